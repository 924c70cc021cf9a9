package io.millrace.client.consumer;

/**
 * How to fetch.
 *
 * @param minBytes the broker waits until it has so many, or
 * @param maxWaitMs so long
 * @param maxBytes of one answer; also what the consumer fetches ahead at most, give or take one answer
 * @param maxPartitionBytes of one partition in one answer
 * @param readCommitted whether records of open and aborted transactions are left out
 * @param checkCrcs whether checksums are verified
 */
public record FetchConfig(
        int minBytes, int maxWaitMs, int maxBytes, int maxPartitionBytes, boolean readCommitted, boolean checkCrcs) {}
