package io.millrace.storage.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The offsets by which a log is known to others. Written under the log's lock; read by anybody, who then also sees everything that was
 * written before the offset was published.
 */
final class LogOffsets {
    private static final VarHandle LOG_END;
    private static final VarHandle HIGH_WATERMARK;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LOG_END = lookup.findVarHandle(LogOffsets.class, "logEnd", long.class);
            HIGH_WATERMARK = lookup.findVarHandle(LogOffsets.class, "highWatermark", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile long logStart;
    private volatile long firstUnstable;

    @SuppressWarnings("FieldMayBeFinal") // changed through LOG_END
    private long logEnd;

    @SuppressWarnings("FieldMayBeFinal") // changed through HIGH_WATERMARK
    private long highWatermark;

    LogOffsets(long logStart, long logEnd) {
        this.logStart = logStart;
        this.logEnd = logEnd;
        this.highWatermark = logStart;
    }

    long logStart() {
        return logStart;
    }

    void logStart(long offset) {
        logStart = offset;
    }

    long logEnd() {
        return (long) LOG_END.getAcquire(this);
    }

    /** Publishes what was appended below. */
    void logEnd(long offset) {
        LOG_END.setRelease(this, offset);
    }

    long highWatermark() {
        return (long) HIGH_WATERMARK.getAcquire(this);
    }

    void highWatermark(long offset) {
        HIGH_WATERMARK.setRelease(this, offset);
    }

    long firstUnstable() {
        return firstUnstable;
    }

    // Seldom another one, and a volatile store costs more than a look.
    void firstUnstable(long offset) {
        if (offset != firstUnstable) {
            firstUnstable = offset;
        }
    }
}
