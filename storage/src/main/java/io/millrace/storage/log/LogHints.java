package io.millrace.storage.log;

/**
 * What the checkpoints of a log directory say of one log; -1 = unknown.
 *
 * @param recoveryPoint offset below which everything is on disk
 * @param logStartOffset where the log begins, if that is inside a segment
 * @param highWatermark as last written
 * @param compactedTo offset below which compaction may have made gaps
 * @param clean whether the directory was closed in order
 */
public record LogHints(long recoveryPoint, long logStartOffset, long highWatermark, long compactedTo, boolean clean) {
    /** Of a log that did not exist before: its directory is empty. */
    public static final LogHints NEW = new LogHints(-1, -1, -1, true);

    /** Of a directory that no checkpoint knows. */
    public static final LogHints NONE = new LogHints(-1, -1, -1, false);

    /** Of a log that was never compacted. */
    public LogHints(long recoveryPoint, long logStartOffset, long highWatermark, boolean clean) {
        this(recoveryPoint, logStartOffset, highWatermark, -1, clean);
    }

    /** The same of a log that is looked through nevertheless. */
    public LogHints unclean() {
        return new LogHints(recoveryPoint, logStartOffset, highWatermark, compactedTo, false);
    }
}
