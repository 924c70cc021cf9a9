package io.millrace.storage.log;

import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.LogFile;
import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.index.OffsetIndex;
import io.millrace.storage.index.TimeIndex;
import io.millrace.storage.index.TransactionIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of one segment, the batches and the indexes: what is done to all of them, whatever is in them. They are renamed, moved and
 * deleted by the log's writer; the rest is for any thread.
 */
final class SegmentFileSet {
    /** A reader holds a window for the time of one copy. */
    private static final long CUT_TIMEOUT_MS = 2_000;

    private final Path dir;
    private final long baseOffset;
    private final SegmentShape shape;
    private final FileHost host;

    // Made when the first of them is needed, under the monitor: most partitions of a broker are idle, and many empty.
    private volatile @Nullable Parts parts;

    private record Parts(LogFile log, OffsetIndex offsetIndex, TimeIndex timeIndex, TransactionIndex txnIndex) {}

    /** Files that do not exist yet. */
    SegmentFileSet(Path dir, long baseOffset, SegmentShape shape, FileHost host) {
        this.dir = dir;
        this.baseOffset = baseOffset;
        this.shape = shape;
        this.host = host;
    }

    /** Likewise, but they will have this suffix behind their names. */
    static SegmentFileSet withSuffix(Path dir, long baseOffset, SegmentShape shape, FileHost host, String suffix) {
        SegmentFileSet files = new SegmentFileSet(dir, baseOffset, shape, host);
        files.parts = files.newParts(suffix, 0, 0, 0);
        return files;
    }

    /** Files found on disk, which are believed: nothing is opened. */
    static SegmentFileSet found(Path dir, long baseOffset, SegmentShape shape, FileHost host) throws IOException {
        SegmentFileSet files = new SegmentFileSet(dir, baseOffset, shape, host);
        files.parts = files.newParts(
                "",
                Files.size(files.path(SegmentFiles.LOG)),
                entriesIn(files.path(SegmentFiles.OFFSET_INDEX), OffsetIndex.ENTRY_BYTES),
                entriesIn(files.path(SegmentFiles.TIME_INDEX), TimeIndex.ENTRY_BYTES));
        return files;
    }

    private static int entriesIn(Path path, int entryBytes) throws IOException {
        return Files.exists(path) ? (int) Math.min(Integer.MAX_VALUE / entryBytes, Files.size(path) / entryBytes) : 0;
    }

    private Path path(String suffix) {
        return SegmentFiles.path(dir, baseOffset, suffix);
    }

    private Parts newParts(String suffix, long size, int offsetEntries, int timeEntries) {
        int indexBytes = shape.maxIndexBytes();
        return new Parts(
                new LogFile(path(SegmentFiles.LOG + suffix), size, shape.maxBytes(), shape.windowLength(), host),
                new OffsetIndex(path(SegmentFiles.OFFSET_INDEX + suffix), baseOffset, indexBytes, offsetEntries, host),
                new TimeIndex(path(SegmentFiles.TIME_INDEX + suffix), baseOffset, indexBytes, timeEntries, host),
                new TransactionIndex(path(SegmentFiles.TXN_INDEX + suffix), baseOffset));
    }

    private Parts parts() {
        Parts present = parts;
        return present == null ? makeParts() : present;
    }

    private synchronized Parts makeParts() {
        Parts present = parts;
        if (present == null) {
            present = newParts("", 0, 0, 0);
            parts = present;
        }
        return present;
    }

    LogFile log() {
        return parts().log;
    }

    OffsetIndex offsetIndex() {
        return parts().offsetIndex;
    }

    TimeIndex timeIndex() {
        return parts().timeIndex;
    }

    TransactionIndex txnIndex() {
        return parts().txnIndex;
    }

    /** Bytes of batches. */
    long size() {
        Parts present = parts;
        return present == null ? 0 : present.log.size();
    }

    /** Whether memory or a file is held for appending. */
    boolean active() {
        Parts present = parts;
        return present != null && present.log.active();
    }

    /** When the log file was last written, ms; {@code otherwise} if there is none. */
    long lastWrittenMs(long otherwise) throws IOException {
        Parts present = parts;
        try {
            return present == null
                    ? otherwise
                    : Files.getLastModifiedTime(present.log.path()).toMillis();
        } catch (NoSuchFileException e) {
            return otherwise;
        }
    }

    /** See {@link TransactionIndex#collect}. */
    boolean collectAborted(long fetchOffset, long upperBoundOffset, List<AbortedTransaction> found) {
        Parts present = parts;
        return present == null || present.txnIndex.collect(fetchOffset, upperBoundOffset, found);
    }

    /** Lets go of memory and open files; the next append takes them back. */
    void rest() {
        Parts present = parts;
        if (present != null) {
            present.log.rest();
            present.offsetIndex.entries().rest();
            present.timeIndex.entries().rest();
        }
    }

    /** Likewise, of a disk that has failed and is not written to any more. */
    void abandon() {
        Parts present = parts;
        if (present != null) {
            present.log.abandon();
            present.offsetIndex.entries().abandon();
            present.timeIndex.entries().abandon();
            close();
        }
    }

    /** Waits until files at rest have been cut to size; false if a reader has held a window for too long. */
    boolean awaitCut() {
        Parts present = parts;
        return present == null
                || present.log.awaitCut(CUT_TIMEOUT_MS)
                        && present.offsetIndex.entries().awaitCut(CUT_TIMEOUT_MS)
                        && present.timeIndex.entries().awaitCut(CUT_TIMEOUT_MS);
    }

    /** Closes what nobody uses. */
    void close() {
        Parts present = parts;
        if (present != null) {
            present.log.closeIfIdle();
            present.offsetIndex.entries().close();
            present.timeIndex.entries().close();
        }
    }

    /** Waits until the batches are on disk. */
    void forceData() throws IOException {
        if (size() > 0) {
            log().force(false);
        }
    }

    /** Waits until everything is on disk. */
    void force() throws IOException {
        Parts present = parts;
        if (present == null || present.log.size() == 0 && Files.notExists(present.log.path())) {
            return;
        }
        present.log.force(true);
        if (!present.offsetIndex.distrusted()) {
            present.offsetIndex.entries().force();
        }
        if (!present.timeIndex.distrusted()) {
            present.timeIndex.entries().force();
        }
        present.txnIndex.force();
    }

    /** Removes an index that was found wrong, so that the next start makes it anew. */
    void dropDistrustedIndex() throws IOException {
        Parts present = parts();
        if (present.offsetIndex.distrusted()) {
            present.offsetIndex.entries().delete();
        }
        if (present.timeIndex.distrusted()) {
            present.timeIndex.entries().delete();
        }
    }

    /** Creates the empty log file, for a log whose beginning is known by nothing else. */
    void create() throws IOException {
        Files.deleteIfExists(log().path());
        Files.createFile(log().path());
    }

    /** Likewise, unless there are batches in it or a file already. */
    void createIfMissing() throws IOException {
        if (size() == 0 && Files.notExists(log().path())) {
            create();
        }
    }

    /** Gives the files their names with this suffix behind, {@code ""} for none; the log file first. Who reads goes on reading. */
    void renameTo(String suffix) throws IOException {
        Parts present = parts();
        present.log.rename(path(SegmentFiles.LOG + suffix));
        present.offsetIndex.entries().rename(path(SegmentFiles.OFFSET_INDEX + suffix));
        present.timeIndex.entries().rename(path(SegmentFiles.TIME_INDEX + suffix));
        present.txnIndex.rename(path(SegmentFiles.TXN_INDEX + suffix));
    }

    /** The directory was renamed: the files are found there from now on. */
    void moveTo(Path newDir) throws IOException {
        Parts present = parts();
        present.log.rename(newDir.resolve(present.log.path().getFileName()));
        Path offsets = present.offsetIndex.entries().path();
        present.offsetIndex.entries().rename(newDir.resolve(offsets.getFileName()));
        Path times = present.timeIndex.entries().path();
        present.timeIndex.entries().rename(newDir.resolve(times.getFileName()));
        present.txnIndex.moveTo(SegmentFiles.path(newDir, baseOffset, SegmentFiles.TXN_INDEX));
    }

    /** Whether the files have been given the names of what is to be deleted. Any thread. */
    boolean marked() {
        return toString().endsWith(SegmentFiles.DELETED);
    }

    /** Removes the files; who reads goes on reading. */
    void delete() throws IOException {
        Parts present = parts();
        present.log.delete();
        present.offsetIndex.entries().delete();
        present.timeIndex.entries().delete();
        present.txnIndex.delete();
    }

    /** The path of the log file. */
    @Override
    public String toString() {
        Parts present = parts;
        return (present == null ? path(SegmentFiles.LOG) : present.log.path()).toString();
    }
}
