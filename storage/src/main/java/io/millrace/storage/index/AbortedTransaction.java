package io.millrace.storage.index;

/**
 * A transaction that was rolled back, as a fetch tells it to a consumer that reads committed records.
 *
 * @param producerId whose it was
 * @param firstOffset of its first record
 * @param lastOffset of its ABORT marker
 * @param lastStableOffset of the log when the marker was written
 */
public record AbortedTransaction(long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}
