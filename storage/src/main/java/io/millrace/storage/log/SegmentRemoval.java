package io.millrace.storage.log;

import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the files of segments that are no longer part of a log: renamed at once, so that a restart does not find them again,
 * and deleted after {@code file.delete.delay.ms}, when late readers are gone.
 */
final class SegmentRemoval {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentRemoval.class);

    private final Path dir;
    private final LogHost host;

    SegmentRemoval(Path dir, LogHost host) {
        this.dir = dir;
        this.host = host;
    }

    /**
     * Removes segments in this order: whatever moment the process dies, those that are left must have no hole. From the start of a
     * log they rise, from its end they fall.
     */
    void remove(List<LogSegment> segments, long delayMs) throws IOException {
        for (LogSegment segment : segments) {
            segment.rest();
            segment.files().renameTo(SegmentFiles.DELETED);
            Path snapshot = SegmentFiles.path(dir, segment.baseOffset(), SegmentFiles.PRODUCER_SNAPSHOT);
            Files.deleteIfExists(snapshot);
        }
        deleteLater(segments, delayMs);
    }

    /** Deletes the files of segments that are marked. */
    void deleteLater(List<LogSegment> segments, long delayMs) {
        if (segments.isEmpty()) {
            return;
        }
        try {
            host.scheduler().schedule(() -> delete(segments), delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The broker is stopping: the next start removes what is marked.
            LOG.debug("Left marked segments to the next start dir={}", dir);
        }
    }

    private void delete(List<LogSegment> segments) {
        for (LogSegment segment : segments) {
            try {
                segment.files().delete();
            } catch (IOException e) {
                LOG.warn("Cannot delete segment={}, the next start tries again", segment, e);
            }
        }
    }
}
