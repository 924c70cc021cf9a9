package io.millrace.broker.cluster;

/** Something in a history that must not be. */
record Violation(Kind kind, int partition, String text) {

    enum Kind {
        /** Acknowledged and not there at the end. */
        LOST,
        /** There twice. */
        DUPLICATE,
        /** Before a record that its stream wrote earlier. */
        REORDER,
        /** Acknowledged with one offset and found at another. */
        ACK_OFFSET_MISMATCH,
        /** Read, and never written. */
        PHANTOM,
        /** Not the bytes that were written. */
        CORRUPT,
        /** Failed for certain, and visible all the same. */
        FAILED_VISIBLE,
        /** An offset that nobody ever filled. */
        OFFSET_GAP,
        /** An offset that was one record for one reader and another for another. */
        INCONSISTENT_OFFSET,
        /** Read by somebody and gone afterwards. */
        READ_THEN_VANISHED,
        /** A reader was not given a record between two that it got. */
        POLL_SKIP,
        /** A reader was taken back. */
        NON_MONOTONIC_POLL,
        /** Replicas hold different bytes below the high watermark. */
        REPLICA_DIVERGED
    }

    @Override
    public String toString() {
        return kind + " in partition " + partition + ": " + text;
    }
}
