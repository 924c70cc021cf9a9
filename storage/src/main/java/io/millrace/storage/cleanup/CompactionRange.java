package io.millrace.storage.cleanup;

import io.millrace.storage.LogConfig;
import io.millrace.storage.log.SegmentView;
import java.util.List;

/**
 * Which part of a log compaction would look at, and whether it is time. A pure decision.
 *
 * @param firstDirtyOffset where the keys begin that were not compacted yet
 * @param endOffset where compaction stops: the end of a sealed segment
 * @param due whether enough is dirty, or something has been so for too long
 */
public record CompactionRange(long firstDirtyOffset, long endOffset, double dirtyRatio, boolean due) {

    /**
     * @param segments from the oldest to the active one
     * @param checkpoint where the last compaction stopped; -1 if there was none
     * @param limit nothing at or above this offset is touched: high watermark and first unstable offset
     */
    public static CompactionRange of(
            List<SegmentView> segments,
            LogConfig config,
            long checkpoint,
            long logStartOffset,
            long limit,
            long nowMs) {
        long activeBase = segments.get(segments.size() - 1).baseOffset();
        long firstDirty = checkpoint < logStartOffset || checkpoint > activeBase ? logStartOffset : checkpoint;
        long end = firstDirty;
        long cleanBytes = 0;
        long dirtyBytes = 0;
        boolean overdue = false;
        for (SegmentView segment : segments) {
            if (segment.endOffset() <= firstDirty) {
                cleanBytes += segment.bytes();
                continue;
            }
            boolean tooYoung =
                    config.minCompactionLagMs() > 0 && nowMs - segment.timestamp() < config.minCompactionLagMs();
            if (segment.baseOffset() == activeBase || segment.endOffset() > limit || tooYoung) {
                break;
            }
            dirtyBytes += segment.bytes();
            // As KIP-354 has it: what came first has waited longest.
            overdue |= nowMs - segment.firstTimestamp() > config.maxCompactionLagMs();
            end = segment.endOffset();
        }
        double ratio = dirtyBytes == 0 ? 0 : (double) dirtyBytes / (cleanBytes + dirtyBytes);
        boolean due = dirtyBytes > 0 && (overdue || ratio >= config.minCleanableDirtyRatio());
        return new CompactionRange(firstDirty, end, ratio, due);
    }
}
