package io.millrace.broker.replica;

/**
 * The decisions of a leader, free of side effects: how far the log is committed, and how many replicas that takes. They are
 * applied by {@link Partition}.
 */
final class ReplicationRules {

    private ReplicationRules() {}

    /**
     * The high watermark: everything below it is stored by every replica that counts. Those are the ones in sync, and one that
     * is about to join them, so that it does not chase the end for ever.
     *
     * @param current present value, below which the answer never is
     * @param leaderEndOffset of the leader's own log
     * @param isr broker ids
     * @param followers all other replicas
     * @param underMinIsr whether there are fewer replicas in sync than the topic asks for: then nothing more is committed
     */
    static long highWatermark(
            long current,
            long leaderEndOffset,
            int[] isr,
            FollowerProgress[] followers,
            boolean underMinIsr,
            long nowMs,
            long lagTimeMaxMs) {
        if (underMinIsr) {
            return current;
        }
        long lowest = leaderEndOffset;
        for (FollowerProgress follower : followers) {
            long end = follower.logEndOffset();
            if (end < lowest
                    && (contains(isr, follower.brokerId())
                            || (end != FollowerProgress.UNKNOWN_OFFSET
                                    && follower.isCaughtUp(leaderEndOffset, nowMs, lagTimeMaxMs)))) {
                lowest = end;
            }
        }
        return Math.max(current, lowest);
    }

    /** How many replicas must be in sync for acks=all: never more than there are replicas. */
    static int effectiveMinIsr(int minInsyncReplicas, int replicas) {
        return Math.min(minInsyncReplicas, Math.max(1, replicas));
    }

    static boolean contains(int[] brokers, int brokerId) {
        for (int broker : brokers) {
            if (broker == brokerId) {
                return true;
            }
        }
        return false;
    }
}
