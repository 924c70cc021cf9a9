package io.millrace.storage.log;

import io.millrace.storage.LogConfig;
import io.millrace.storage.file.DurableFiles;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Cuts the end off a log. Runs under the log's lock. */
final class LogTruncation {
    private final Path dir;
    private final Segments segments;
    private final ProducerStates producers;
    private final LogHost host;

    LogTruncation(Path dir, Segments segments, ProducerStates producers, LogHost host) {
        this.dir = dir;
        this.segments = segments;
        this.producers = producers;
        this.host = host;
    }

    /**
     * Removes everything from the batch that holds {@code offset} on, which lies in the log.
     *
     * @return the new log end; if that is below the log start, nothing that could be read is left and the log must begin anew
     */
    long truncateTo(long offset, long logStartOffset, LogConfig config) throws IOException {
        LogSegment[] all = segments.array();
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
        segments.removeAll(gone);
        new SegmentRemoval(dir, host).remove(gone, config.fileDeleteDelayMs());
        LogSegment target = all[slot];
        BatchScanner scanner = BatchScanner.small();
        if (!gone.isEmpty()) {
            // Else a power failure could bring them back beside what is appended next.
            DurableFiles.syncDirectory(dir);
        }
        long end = offset;
        long damaged = atBase ? -1 : target.damage().positionOfOffset(offset);
        if (damaged >= 0) {
            end = Math.min(offset, target.damage().firstOffsetAt(damaged));
            target.truncateTo(damaged, end);
        } else if (!atBase && BatchLocator.seekSound(target, offset, target.size(), scanner)) {
            end = Math.min(offset, scanner.baseOffset());
            target.truncateTo(scanner.position(), end);
        }
        if (end < logStartOffset) {
            return end;
        }
        ProducerReplay.rebuild(dir, segments.array(), producers, logStartOffset, end, host);
        return end;
    }

    /** Removes everything and begins an empty log at {@code offset}. */
    void restartAt(long offset, LogConfig config) throws IOException {
        List<LogSegment> gone = List.of(segments.array());
        new SegmentRemoval(dir, host).remove(gone, config.fileDeleteDelayMs());
        LogSegment fresh = LogSegment.create(
                dir, offset, SegmentShape.of(config, 0), host.clock().millis(), host.files());
        // The name of the empty file is all that says where the log begins.
        fresh.createFile();
        DurableFiles.syncDirectory(dir);
        segments.replaceAll(List.of(fresh));
        ProducerReplay.removeSnapshotsFrom(dir, 0);
        producers.clear();
    }
}
