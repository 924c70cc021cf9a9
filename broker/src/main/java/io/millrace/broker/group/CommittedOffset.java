package io.millrace.broker.group;

/**
 * How far a group has come in one partition.
 *
 * @param offset the next one it wants to read
 * @param leaderEpoch of the record before it, or -1
 * @param metadata whatever the consumer wants to remember; empty for nothing
 * @param commitTimestampMs when it was committed, since 1970
 * @param expireTimestampMs when it ends, since 1970, as old clients could ask; -1 for as the broker is configured
 */
record CommittedOffset(long offset, int leaderEpoch, String metadata, long commitTimestampMs, long expireTimestampMs) {
    /** Stands in place of {@link #expireTimestampMs} when the broker's own retention holds. */
    static final long NO_EXPIRY = -1;

    /** Whether it is to be forgotten, {@code sinceMs} being the time from which the broker's retention counts. */
    boolean isExpired(long nowMs, long sinceMs, long retentionMs) {
        return expireTimestampMs == NO_EXPIRY ? nowMs - sinceMs >= retentionMs : nowMs >= expireTimestampMs;
    }
}
