package io.millrace.storage.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with a batch that a scanner stands on: its checksum, or its offsets, which no checksum covers. */
final class BatchFault {
    private BatchFault() {}

    /**
     * Null if the batch is sound.
     *
     * @param end where the log ends before it
     * @param nextBase base offset of the segment that follows, {@link Long#MAX_VALUE} if none does
     */
    static @Nullable String of(BatchScanner scanner, LogSegment segment, long end, long nextBase) throws IOException {
        if (!scanner.checksumIsValid()) {
            return "the checksum of a batch is wrong";
        }
        long baseOffset = scanner.baseOffset();
        long lastOffset = scanner.lastOffset();
        if (baseOffset < end || lastOffset < baseOffset || lastOffset >= nextBase || !segment.canHold(lastOffset)) {
            return "offset " + baseOffset + " comes after " + (end - 1);
        }
        // Compaction leaves gaps; but what comes next must lie behind it.
        long following = baseOffset > end ? scanner.peekBaseOffset() : -1;
        return following >= end && following <= lastOffset
                ? "offset " + baseOffset + " comes before " + following
                : null;
    }
}
