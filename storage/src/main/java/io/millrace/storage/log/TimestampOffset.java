package io.millrace.storage.log;

/**
 * What ListOffsets found.
 *
 * @param timestamp of the record in ms; -1 if none
 * @param offset of the record; -1 if none
 * @param leaderEpoch of its batch; -1 if unknown
 */
public record TimestampOffset(long timestamp, long offset, int leaderEpoch) {
    /** Nothing was found. */
    public static final TimestampOffset NONE = new TimestampOffset(-1, -1, -1);
}
