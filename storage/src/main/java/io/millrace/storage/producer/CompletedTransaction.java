package io.millrace.storage.producer;

/**
 * A transaction that a marker has ended.
 *
 * @param lastOffset of the marker
 * @param lastStableOffset where the next transaction without a marker begins, or the offset after this marker
 */
public record CompletedTransaction(
        long producerId, long firstOffset, long lastOffset, boolean aborted, long lastStableOffset) {}
