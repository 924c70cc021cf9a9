package io.millrace.client.admin;

/**
 * An offset that was asked for.
 *
 * <pre>{@code
 * long end = admin.listOffsets(Map.of(partition, OffsetSpec.latest())).join().orThrow().get(partition).offset();
 * }</pre>
 *
 * @param offset -1 if there is no such record
 * @param timestamp of the record there, in ms since the epoch; -1 if a place was asked for and not a time
 * @param leaderEpoch in which it was written; -1 if that is not known
 */
public record ListedOffset(long offset, long timestamp, int leaderEpoch) {

    /** Whether there is one. */
    public boolean exists() {
        return offset >= 0;
    }
}
