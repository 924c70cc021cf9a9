package io.millrace.storage.log;

import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Puts a rewritten segment in the place of those it was made of. Each rename can be the last thing that happens: a start puts the
 * directory in order from any of these states, see {@link SegmentDirectory}. Under the log's lock.
 */
final class SegmentReplacement {
    private SegmentReplacement() {}

    /** False, and nothing happened, if the segments are not neighbours in the log any more. */
    static boolean replace(Path dir, Segments segments, List<LogSegment> group, LogSegment cleaned) throws IOException {
        if (!segments.contains(group)) {
            return false;
        }
        cleaned.files().renameTo(SegmentFiles.SWAP);
        for (LogSegment old : group) {
            old.files().renameTo(SegmentFiles.DELETED);
            if (old.baseOffset() != cleaned.baseOffset()) {
                Files.deleteIfExists(SegmentFiles.path(dir, old.baseOffset(), SegmentFiles.PRODUCER_SNAPSHOT));
            }
        }
        cleaned.files().renameTo("");
        segments.replace(group, cleaned);
        return true;
    }
}
