package io.millrace.storage.index;

import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.file.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The transactions whose ABORT marker lies in a segment, in the order of the markers. The file exists only when there is one.
 *
 * <pre>
 *  0 version = 0 (2) | 2 producer id (8) | 10 first offset (8) | 18 last offset: the marker's (8) | 26 last stable offset (8)
 * </pre>
 *
 * All entries are in memory, 32 bytes each, from {@link #load} on: fetches look into them on event loops. Likewise an
 * {@link #append} touches no file; {@link #write} and {@link #force}, on storage threads, bring to the file what is new. Until
 * then it is in the log, from which recovery takes it again. Any thread.
 */
public final class TransactionIndex {
    public static final int ENTRY_BYTES = 34;
    private static final short VERSION = 0;

    private static final int PRODUCER_ID = 0;
    private static final int FIRST_OFFSET = 1;
    private static final int LAST_OFFSET = 2;
    private static final int LAST_STABLE_OFFSET = 3;
    private static final int FIELDS = 4;

    // Taken before the monitor: an append must not wait for a file. It is taken under the log's lock, for which appends
    // wait, and so nothing waits for the disk under it, but at a start.
    private final Object fileLock = new Object();

    private final long baseOffset;

    // Under fileLock.
    private Path path;
    private boolean exists;
    private boolean deleted;
    private int written;

    // The file holds something else, which stays until all entries can be put in its place.
    private boolean stale;

    // Under the monitor.
    private long[] fields = new long[0];
    private int count;

    /** @param baseOffset of the segment, below which no marker lies; -1 if it is not known */
    public TransactionIndex(Path path, long baseOffset) {
        this.path = path;
        this.baseOffset = baseOffset;
    }

    /**
     * Reads the file, if there is one.
     *
     * @return false if it is not whole, so that it wants to be made anew from the log; there are no entries then, and the file
     *     stays until {@link #write} or {@link #replaceFile} puts others in its place
     */
    public boolean load() throws IOException {
        synchronized (fileLock) {
            if (Files.notExists(path)) {
                return true;
            }
            ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(path));
            int entries = in.limit() / ENTRY_BYTES;
            long[] read = new long[entries * FIELDS];
            boolean whole = in.limit() % ENTRY_BYTES == 0;
            for (int i = 0; i < entries && whole; i++) {
                whole = in.getShort() == VERSION;
                for (int field = 0; field < FIELDS; field++) {
                    read[i * FIELDS + field] = in.getLong();
                }
                whole &= isPossible(read, i * FIELDS)
                        && (i == 0 || read[i * FIELDS + LAST_OFFSET] > read[(i - 1) * FIELDS + LAST_OFFSET]);
            }
            exists = true;
            stale = !whole;
            if (whole) {
                written = entries;
                synchronized (this) {
                    fields = read;
                    count = entries;
                }
            }
            return whole;
        }
    }

    private boolean isPossible(long[] read, int at) {
        return read[at + PRODUCER_ID] >= 0
                && read[at + FIRST_OFFSET] >= 0
                && read[at + FIRST_OFFSET] <= read[at + LAST_OFFSET]
                && read[at + LAST_OFFSET] >= baseOffset
                && read[at + LAST_STABLE_OFFSET] >= 0;
    }

    /** Appends an entry, to be brought to the file by {@link #write} or {@link #force}. */
    public synchronized void append(AbortedTransaction transaction) {
        int at = count * FIELDS;
        if (at == fields.length) {
            fields = Arrays.copyOf(fields, Math.max(4 * FIELDS, 2 * at));
        }
        fields[at + PRODUCER_ID] = transaction.producerId();
        fields[at + FIRST_OFFSET] = transaction.firstOffset();
        fields[at + LAST_OFFSET] = transaction.lastOffset();
        fields[at + LAST_STABLE_OFFSET] = transaction.lastStableOffset();
        count++;
    }

    /** All entries, ordered by last offset. */
    public synchronized List<AbortedTransaction> entries() {
        List<AbortedTransaction> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(entry(i));
        }
        return all;
    }

    /**
     * Adds the transactions that reach into a range.
     *
     * @return false if no later segment can have more of them
     */
    public synchronized boolean collect(long fetchOffset, long upperBoundOffset, List<AbortedTransaction> found) {
        for (int i = firstEndingAt(fetchOffset); i < count; i++) {
            if (fields[i * FIELDS + FIRST_OFFSET] < upperBoundOffset) {
                found.add(entry(i));
            }
            if (fields[i * FIELDS + LAST_STABLE_OFFSET] >= upperBoundOffset) {
                return false;
            }
        }
        return true;
    }

    private int firstEndingAt(long offset) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (fields[middle * FIELDS + LAST_OFFSET] < offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private AbortedTransaction entry(int i) {
        int at = i * FIELDS;
        return new AbortedTransaction(
                fields[at + PRODUCER_ID],
                fields[at + FIRST_OFFSET],
                fields[at + LAST_OFFSET],
                fields[at + LAST_STABLE_OFFSET]);
    }

    /** Forgets transactions whose marker lies at or after {@code offset}. */
    public void truncateTo(long offset) throws IOException {
        synchronized (fileLock) {
            int kept;
            synchronized (this) {
                kept = firstEndingAt(offset);
                count = kept;
            }
            if (written > kept) {
                written = kept;
                cutFile();
            }
        }
    }

    /**
     * Forgets everything, to be filled anew. The file stays what it is until {@link #write} or {@link #replaceFile}: a segment that is
     * believed by the next start must not be seen without its aborted transactions.
     */
    public void clear() {
        synchronized (fileLock) {
            synchronized (this) {
                count = 0;
            }
            written = 0;
            exists = Files.exists(path);
            stale = exists;
        }
    }

    private void cutFile() throws IOException {
        if (written == 0) {
            Files.deleteIfExists(path);
            exists = false;
        } else {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate((long) written * ENTRY_BYTES);
            }
        }
    }

    /** Brings what is new to the file. */
    public void write() throws IOException {
        synchronized (fileLock) {
            if (deleted) {
                return;
            }
            if (stale) {
                cutFile();
                stale = false;
            }
            ByteBuffer fresh = unwritten();
            if (!fresh.hasRemaining()) {
                return;
            }
            int entries = fresh.remaining() / ENTRY_BYTES;
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                exists = true;
                long position = (long) written * ENTRY_BYTES;
                while (fresh.hasRemaining()) {
                    position += channel.write(fresh, position);
                }
            } catch (IOException e) {
                throw DiskFullException.isSaidBy(e) ? new DiskFullException("No room for " + path, e) : e;
            }
            written += entries;
        }
    }

    private synchronized ByteBuffer unwritten() {
        ByteBuffer fresh = ByteBuffer.allocate((count - written) * ENTRY_BYTES);
        for (int i = written; i < count; i++) {
            fresh.putShort(VERSION);
            for (int field = 0; field < FIELDS; field++) {
                fresh.putLong(fields[i * FIELDS + field]);
            }
        }
        return fresh.flip();
    }

    /** Waits until everything is on disk, under whatever name the file may get meanwhile. */
    public void force() throws IOException {
        FileChannel channel;
        synchronized (fileLock) {
            write();
            if (!exists) {
                return;
            }
            channel = FileChannel.open(path, StandardOpenOption.WRITE);
        }
        try (channel) {
            channel.force(true);
        }
    }

    /**
     * Puts the entries in the place of whatever is in the file, on disk and at once, so that no start ever finds a part of them. For a
     * start: nobody appends yet.
     *
     * @throws DiskFullException if there is no room; the file is what it was
     */
    public void replaceFile() throws IOException {
        synchronized (fileLock) {
            written = 0;
            ByteBuffer all = unwritten();
            if (all.hasRemaining()) {
                int entries = all.remaining() / ENTRY_BYTES;
                DurableFiles.replace(path, all);
                exists = true;
                written = entries;
            } else if (exists) {
                cutFile();
                DurableFiles.syncDirectory(path.toAbsolutePath().getParent());
            }
            stale = false;
        }
    }

    public void rename(Path target) throws IOException {
        synchronized (fileLock) {
            if (exists) {
                Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
            path = target;
        }
    }

    /** The directory was renamed: the file is found there from now on. */
    public void moveTo(Path target) {
        synchronized (fileLock) {
            path = target;
        }
    }

    public void delete() throws IOException {
        synchronized (fileLock) {
            deleted = true;
            if (exists) {
                Files.deleteIfExists(path);
                exists = false;
            }
        }
    }
}
