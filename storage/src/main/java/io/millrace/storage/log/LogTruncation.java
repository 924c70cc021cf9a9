package io.millrace.storage.log;

import io.millrace.storage.file.DurableFiles;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the end off a log: what a follower does whose leader knows better. Runs under the log's lock and waits for the disk there: the
 * lowered checkpoint must be on it before anything is cut, and the removed names before anything is appended.
 */
final class LogTruncation {
    private final LogCore log;

    LogTruncation(LogCore log) {
        this.log = log;
    }

    /** See {@link PartitionLog#truncateTo}. */
    void truncateTo(long offset) throws IOException {
        try {
            truncate(offset);
        } finally {
            log.flusher.onCutEnded();
        }
    }

    /** Removes everything and begins an empty log at {@code offset}. */
    void restartAt(long offset) throws IOException {
        try {
            beginAt(offset);
        } finally {
            log.flusher.onCutEnded();
        }
    }

    private void truncate(long offset) throws IOException {
        log.flusher.marks().forget();
        if (offset < log.segments.first().baseOffset()) {
            beginAt(offset);
        } else if (offset < log.offsets.logEnd()) {
            Cut cut = find(offset);
            long logStart = log.offsets.logStart();
            if (cut.end < logStart) {
                // Nothing that could be read is left.
                beginAt(logStart);
            } else {
                lowerCheckpoints(cut.end);
                try {
                    cut(cut);
                } catch (IOException e) {
                    throw halfDone(e);
                }
                ProducerReplay.rebuild(log.path(), log.segments.array(), log.producers, logStart, cut.end, log.host);
                log.epochs.truncateFromEnd(cut.end);
                moveEndTo(cut.end);
            }
        } else {
            log.epochs.truncateFromEnd(offset);
        }
    }

    /**
     * Where a log is cut.
     *
     * @param slot of the segment that is the last one then
     * @param position where that one ends; -1 = it keeps everything
     * @param end offset at which the log ends
     */
    private record Cut(int slot, long position, long end) {}

    // At the batch that holds the offset. Changes nothing.
    private Cut find(long offset) throws IOException {
        LogSegment[] all = log.segments.array();
        int slot = Segments.slotOf(all, offset);
        LogSegment target = all[slot];
        if (slot > 0 && target.baseOffset() == offset) {
            // A segment that would be left empty goes, unless it is the only one.
            return new Cut(slot - 1, -1, offset);
        }
        BatchScanner scanner = BatchScanner.small();
        boolean found = BatchLocator.seekSound(target, offset, target.size(), scanner);
        // Which may be known only now.
        long damaged = target.damage().positionOfOffset(offset);
        if (damaged >= 0) {
            return new Cut(slot, damaged, Math.min(offset, target.damage().firstOffsetAt(damaged)));
        }
        return found
                ? new Cut(slot, scanner.position(), Math.min(offset, scanner.baseOffset()))
                : new Cut(slot, -1, offset);
    }

    private void cut(Cut cut) throws IOException {
        LogSegment[] all = log.segments.array();
        List<LogSegment> gone = new ArrayList<>();
        for (int i = all.length - 1; i > cut.slot; i--) {
            gone.add(all[i]);
        }
        // The later segments go first: dying in between must not leave them behind a cut.
        log.segments.removeAll(gone);
        removal().remove(gone, log.config().fileDeleteDelayMs());
        if (!gone.isEmpty()) {
            // Else a power failure could bring them back beside what is appended next.
            DurableFiles.syncDirectory(log.path());
        }
        if (cut.position >= 0) {
            all[cut.slot].truncateTo(cut.position, cut.end);
        }
    }

    // What is appended next is not on disk: no restart may take it for flushed because the old point lay behind it. On
    // a full disk this is refused, and has to be while nothing is cut yet: the next attempt would find nothing to cut,
    // and not come here.
    private void lowerCheckpoints(long end) throws IOException {
        log.flusher.lowerRecoveryPoint(end);
        log.host.checkpoints().lower(log.topicPartition, end);
    }

    private void beginAt(long offset) throws IOException {
        log.flusher.marks().forget();
        lowerCheckpoints(offset);
        LogSegment fresh = createAside(offset);
        try {
            putInPlaceOfAll(fresh);
        } catch (IOException e) {
            throw halfDone(e);
        }
        ProducerReplay.removeSnapshotsFrom(log.path(), 0);
        log.producers.clear();
        log.epochs.clear();
        log.offsets.logStart(offset);
        log.offsets.highWatermark(offset);
        moveEndTo(offset);
    }

    // Under a name that a restart removes, so that a disk without room for a file refuses before anything has changed.
    // The name of the empty file is all that says where the log begins.
    private LogSegment createAside(long offset) throws IOException {
        log.owner.beforeFile();
        LogSegment fresh = LogSegment.createCleaned(
                log.path(),
                offset,
                SegmentShape.of(log.config(), 0),
                log.host.clock().millis(),
                log.host.files());
        fresh.files().create();
        return fresh;
    }

    private void putInPlaceOfAll(LogSegment fresh) throws IOException {
        removal().remove(List.of(log.segments.array()), log.config().fileDeleteDelayMs());
        fresh.files().renameTo("");
        DurableFiles.syncDirectory(log.path());
        log.segments.replaceAll(List.of(fresh));
    }

    // Files have names by now that the next start removes, so that nothing may be appended to them: not even a full
    // disk can be got over.
    private static IOException halfDone(IOException cause) {
        return cause instanceof ClosedChannelException
                ? cause
                : new IOException("A cut that has begun cannot be finished", cause);
    }

    private SegmentRemoval removal() {
        return new SegmentRemoval(log.path(), log.host);
    }

    private void moveEndTo(long end) throws IOException {
        LogOffsets offsets = log.offsets;
        log.cutAt(end);
        log.appender.onTruncated(end, log.config());
        offsets.logEnd(end);
        offsets.logStart(Math.min(offsets.logStart(), end));
        offsets.highWatermark(Math.min(offsets.highWatermark(), end));
        log.publishFirstUnstableOffset();
    }
}
