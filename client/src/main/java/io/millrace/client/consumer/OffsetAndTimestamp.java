package io.millrace.client.consumer;

/**
 * The first record at or after a moment.
 *
 * <pre>{@code
 * OffsetAndTimestamp found = consumer.offsetsForTimes(Map.of(partition, noon)).get(partition);
 * if (found != null) {
 *     consumer.seek(partition, found.offset());
 * }
 * }</pre>
 *
 * @param offset its offset
 * @param timestamp its own, in ms since the epoch; -1 when the start or end of the partition was asked for
 */
public record OffsetAndTimestamp(long offset, long timestamp) {}
