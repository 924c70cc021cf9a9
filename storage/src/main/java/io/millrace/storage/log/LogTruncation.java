package io.millrace.storage.log;

import io.millrace.storage.file.DurableFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Cuts the end off a log: what a follower does whose leader knows better. Runs under the log's lock. */
final class LogTruncation {
    private final LogCore log;

    LogTruncation(LogCore log) {
        this.log = log;
    }

    /** See {@link PartitionLog#truncateTo}. */
    void truncateTo(long offset) throws IOException {
        log.flusher.forgetMark();
        if (offset < log.segments.first().baseOffset()) {
            restartAt(offset);
        } else if (offset < log.offsets.logEnd()) {
            long end = cutAt(offset);
            long logStart = log.offsets.logStart();
            if (end < logStart) {
                // Nothing that could be read is left.
                restartAt(logStart);
            } else {
                ProducerReplay.rebuild(log.path(), log.segments.array(), log.producers, logStart, end, log.host);
                log.epochs.truncateFromEnd(end);
                moveEndTo(end);
            }
        } else {
            log.epochs.truncateFromEnd(offset);
        }
    }

    // Removes everything from the batch that holds the offset on; returns where the log ends now.
    private long cutAt(long offset) throws IOException {
        LogSegment[] all = log.segments.array();
        int slot = Segments.slotOf(all, offset);
        // A segment that would be left empty goes, unless it is the only one.
        boolean atBase = slot > 0 && all[slot].baseOffset() == offset;
        if (atBase) {
            slot--;
        }
        List<LogSegment> gone = new ArrayList<>();
        for (int i = all.length - 1; i > slot; i--) {
            gone.add(all[i]);
        }
        // The later segments go first: dying in between must not leave them behind a cut.
        log.segments.removeAll(gone);
        removal().remove(gone, log.config().fileDeleteDelayMs());
        if (!gone.isEmpty()) {
            // Else a power failure could bring them back beside what is appended next.
            DurableFiles.syncDirectory(log.path());
        }
        return atBase ? offset : cut(all[slot], offset);
    }

    private static long cut(LogSegment target, long offset) throws IOException {
        BatchScanner scanner = BatchScanner.small();
        boolean found = BatchLocator.seekSound(target, offset, target.size(), scanner);
        // Which may be known only now.
        long damaged = target.damage().positionOfOffset(offset);
        if (damaged >= 0) {
            long end = Math.min(offset, target.damage().firstOffsetAt(damaged));
            target.truncateTo(damaged, end);
            return end;
        }
        if (found) {
            long end = Math.min(offset, scanner.baseOffset());
            target.truncateTo(scanner.position(), end);
            return end;
        }
        return offset;
    }

    /** Removes everything and begins an empty log at {@code offset}. */
    void restartAt(long offset) throws IOException {
        log.flusher.forgetMark();
        removal().remove(List.of(log.segments.array()), log.config().fileDeleteDelayMs());
        LogSegment fresh = LogSegment.create(
                log.path(),
                offset,
                SegmentShape.of(log.config(), 0),
                log.host.clock().millis(),
                log.host.files());
        log.owner.beforeFile();
        // The name of the empty file is all that says where the log begins.
        fresh.createFile();
        DurableFiles.syncDirectory(log.path());
        log.segments.replaceAll(List.of(fresh));
        ProducerReplay.removeSnapshotsFrom(log.path(), 0);
        log.producers.clear();
        log.epochs.clear();
        log.offsets.logStart(offset);
        log.offsets.highWatermark(offset);
        moveEndTo(offset);
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
        // What is appended next is not on disk: no restart may take it for flushed because the old point lay behind it.
        log.host.checkpoints().lower(log.topicPartition, end);
    }
}
