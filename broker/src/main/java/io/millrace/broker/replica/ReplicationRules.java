package io.millrace.broker.replica;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The decisions of a leader, free of side effects: when the high watermark moves, and who is in sync. They are applied by
 * {@link Partition}.
 */
final class ReplicationRules {

    private ReplicationRules() {}

    /**
     * The high watermark: everything below it is stored by every replica that counts. Those are the maximal ISR, the committed
     * one and whoever is proposed for it: a proposed replica may be in the ISR already without the leader knowing, and one
     * proposed to leave may still be in it. A replica about to join counts too, so that it does not chase the end for ever.
     *
     * @param current present value, below which the answer never is
     * @param leaderEndOffset of the leader's own log
     * @param maximalIsr broker ids
     * @param followers all other replicas
     * @param underMinIsr whether there are fewer replicas in sync than the topic asks for: then nothing more is committed
     */
    static long highWatermark(
            long current,
            long leaderEndOffset,
            int[] maximalIsr,
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
                    && (contains(maximalIsr, follower.brokerId())
                            || (end != FollowerProgress.UNKNOWN_OFFSET
                                    && follower.isCaughtUp(leaderEndOffset, nowMs, lagTimeMaxMs)))) {
                lowest = end;
            }
        }
        return Math.max(current, lowest);
    }

    /** Whether a follower may join the ISR: it has everything committed, and everything since this leader was elected. */
    static boolean mayJoin(FollowerProgress follower, int[] maximalIsr, long highWatermark, long epochStartOffset) {
        return !contains(maximalIsr, follower.brokerId())
                && follower.logEndOffset() >= highWatermark
                && follower.logEndOffset() >= epochStartOffset;
    }

    /** The members of the ISR that have been behind for longer than the lag time. */
    static List<Integer> outOfSync(
            int[] isr, FollowerProgress[] followers, long leaderEndOffset, long nowMs, long lagTimeMaxMs) {
        List<Integer> out = new ArrayList<>(0);
        for (FollowerProgress follower : followers) {
            if (contains(isr, follower.brokerId()) && !follower.isCaughtUp(leaderEndOffset, nowMs, lagTimeMaxMs)) {
                out.add(follower.brokerId());
            }
        }
        return out;
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

    /** The union of two sets of brokers. */
    static int[] union(int[] some, int[] others) {
        int[] union = Arrays.copyOf(some, some.length + others.length);
        int count = some.length;
        for (int broker : others) {
            if (!contains(some, broker)) {
                union[count++] = broker;
            }
        }
        return Arrays.copyOf(union, count);
    }
}
