package io.millrace.storage.cleanup;

import io.millrace.storage.LogConfig;
import io.millrace.storage.log.SegmentView;
import java.util.ArrayList;
import java.util.List;

/** Which segments a log may lose. A pure decision: only ever the oldest, and none that reaches beyond the high watermark. */
public final class Retention {
    /** Why a segment goes. */
    public enum Reason {
        /** The log starts behind it. */
        LOG_START,
        /** {@code retention.ms} */
        TIME,
        /** {@code retention.bytes} */
        SIZE;

        /** For people, with the setting that says so. */
        String sentence(LogConfig config) {
            return switch (this) {
                case LOG_START -> "the log starts behind it";
                case TIME -> "its newest record is older than retention.ms=" + config.retentionMs();
                case SIZE -> "without it the log still has retention.bytes=" + config.retentionBytes() + " or more";
            };
        }
    }

    private Retention() {}

    /**
     * Why the oldest segments go: a reason for each one that does, from the oldest on.
     *
     * @param segments from the oldest to the active one
     * @param nowMs wall clock
     */
    public static List<Reason> expired(
            List<SegmentView> segments, LogConfig config, long logStartOffset, long highWatermark, long nowMs) {
        long size = 0;
        for (SegmentView segment : segments) {
            size += segment.bytes();
        }
        List<Reason> reasons = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            SegmentView segment = segments.get(i);
            // Compaction may leave a sealed segment empty; the active one is empty when it is new.
            boolean counts = segment.bytes() > 0 || i + 1 < segments.size();
            if (segment.endOffset() > highWatermark) {
                break;
            }
            boolean belowStart = segment.endOffset() <= logStartOffset && segment.endOffset() > segment.baseOffset();
            boolean tooOld = config.delete()
                    && config.retentionMs() >= 0
                    && counts
                    && nowMs - segment.timestamp() > config.retentionMs();
            boolean tooMuch = config.delete()
                    && config.retentionBytes() >= 0
                    && size - segment.bytes() >= config.retentionBytes();
            if (!belowStart && !tooOld && !(tooMuch && counts)) {
                break;
            }
            size -= segment.bytes();
            reasons.add(belowStart ? Reason.LOG_START : tooOld ? Reason.TIME : Reason.SIZE);
        }
        return reasons;
    }
}
