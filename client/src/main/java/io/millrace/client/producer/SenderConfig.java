package io.millrace.client.producer;

import io.millrace.client.net.Backoff;
import io.millrace.protocol.record.Compression;

/**
 * How to batch and how to send.
 *
 * @param acks how many replicas must have a batch before it counts as sent: 0 (nobody answers), 1 (the leader), -1 (all in
 *     sync)
 * @param batchSize bytes of records a batch takes, uncompressed; a larger record gets a batch of its own
 * @param lingerMs how long a batch that is not full waits for more
 * @param bufferMemory bytes of all batches not yet acknowledged
 * @param maxRequestSize bytes of batches one request carries, and the largest record accepted
 * @param maxInFlight requests without an answer per broker; at most 5 with idempotence, since brokers remember that many
 * @param requestTimeoutMs how long one request may take
 * @param deliveryTimeoutMs how long a record may take from {@code send} to its acknowledgement, with all retries
 * @param retries how many times at most a batch is sent again
 * @param retry how long to wait before that
 * @param compression of batches
 * @param compressionLevel of the codec
 * @param idempotent whether brokers are to recognise a batch that was sent again
 */
public record SenderConfig(
        short acks,
        int batchSize,
        long lingerMs,
        long bufferMemory,
        int maxRequestSize,
        int maxInFlight,
        int requestTimeoutMs,
        int deliveryTimeoutMs,
        int retries,
        Backoff retry,
        Compression compression,
        int compressionLevel,
        boolean idempotent) {

    /** Brokers keep so many batches of a producer and partition to recognise them by. */
    public static final int MAX_IN_FLIGHT_IDEMPOTENT = 5;

    public SenderConfig {
        if (idempotent && acks != -1) {
            throw new IllegalArgumentException("enable.idempotence=true needs acks=all, not acks=" + acks);
        }
        if (idempotent && maxInFlight > MAX_IN_FLIGHT_IDEMPOTENT) {
            throw new IllegalArgumentException("enable.idempotence=true allows"
                    + " max.in.flight.requests.per.connection up to " + MAX_IN_FLIGHT_IDEMPOTENT + ", not "
                    + maxInFlight);
        }
        if (idempotent && retries == 0) {
            throw new IllegalArgumentException("enable.idempotence=true needs retries above 0");
        }
        if (deliveryTimeoutMs < lingerMs + requestTimeoutMs) {
            throw new IllegalArgumentException("delivery.timeout.ms=" + deliveryTimeoutMs
                    + " must be at least linger.ms + request.timeout.ms = " + (lingerMs + requestTimeoutMs));
        }
    }
}
