package io.millrace.broker.config;

/**
 * What following other brokers needs to know.
 *
 * @param brokerId id of this broker, 0 or more
 * @param fetchers {@code num.replica.fetchers}: how many connections to each leader
 * @param waitMaxMs {@code replica.fetch.wait.max.ms}: how long a leader lets a fetch wait for records
 * @param minBytes {@code replica.fetch.min.bytes}: records that end that wait
 * @param maxBytes {@code replica.fetch.max.bytes}: of one partition in one answer, save that a first batch is always whole
 * @param responseMaxBytes {@code replica.fetch.response.max.bytes}: of all partitions in one answer, in the same way
 * @param largestBatchBytes {@code socket.request.max.bytes}: no batch can be larger
 * @param backoffMs {@code replica.fetch.backoff.ms}: how long a partition rests that cannot be fetched
 * @param socketTimeoutMs {@code replica.socket.timeout.ms}: how long to wait for an answer
 * @param socketReceiveBufferBytes {@code replica.socket.receive.buffer.bytes}; -1 leaves it to the system
 */
public record FetcherConfig(
        int brokerId,
        int fetchers,
        int waitMaxMs,
        int minBytes,
        int maxBytes,
        int responseMaxBytes,
        int largestBatchBytes,
        int backoffMs,
        int socketTimeoutMs,
        int socketReceiveBufferBytes) {

    /** The longest answer that makes sense: what was asked for, or one batch, and what comes around it. */
    public int maxResponseBytes() {
        return (int) Math.min(Integer.MAX_VALUE - 64, (long) responseMaxBytes + largestBatchBytes + (16 << 20));
    }
}
