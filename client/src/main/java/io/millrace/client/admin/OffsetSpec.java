package io.millrace.client.admin;

/**
 * Which offset of a partition is meant.
 *
 * <pre>{@code
 * admin.listOffsets(Map.of(partition, OffsetSpec.forTimestamp(yesterday.toEpochMilli())))
 * }</pre>
 *
 * @param timestamp ms since the epoch, or one of the negative numbers that Kafka's protocol has for places
 */
public record OffsetSpec(long timestamp) {

    /** The oldest offset that is still there. */
    public static OffsetSpec earliest() {
        return new OffsetSpec(-2);
    }

    /** The next offset to be written, as far as everybody may read. */
    public static OffsetSpec latest() {
        return new OffsetSpec(-1);
    }

    /** The first record that is not older than this, in ms since the epoch. */
    public static OffsetSpec forTimestamp(long timestamp) {
        if (timestamp < 0) {
            throw new IllegalArgumentException("A time is in ms since 1970, and " + timestamp + " is before that");
        }
        return new OffsetSpec(timestamp);
    }

    /** The youngest record, which need not be the last one. Brokers older than Kafka 3.0 cannot tell. */
    public static OffsetSpec maxTimestamp() {
        return new OffsetSpec(-3);
    }

    /** The oldest offset on the disks of the broker, where older ones are in remote storage. */
    public static OffsetSpec earliestLocal() {
        return new OffsetSpec(-4);
    }

    /** The last offset that is in remote storage. */
    public static OffsetSpec latestTiered() {
        return new OffsetSpec(-5);
    }

    /** Of ListOffsets, to be able to say this. Version 0 answers with lists of segment boundaries. */
    int lowestVersion() {
        // Places came one by one: -3 with version 7, -4 with 8, -5 with 9.
        return timestamp <= -3 ? (int) (4 - timestamp) : 1;
    }
}
