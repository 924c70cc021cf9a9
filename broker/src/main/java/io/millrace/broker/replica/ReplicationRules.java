package io.millrace.broker.replica;

import io.millrace.storage.checkpoint.EpochEndOffset;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The decisions of a leader, free of side effects: how far the log is committed, and how many replicas that takes. They are
 * applied by {@link Partition}.
 */
final class ReplicationRules {

    private ReplicationRules() {}

    /** What becomes of a proposal when the controller has answered. */
    enum Verdict {
        /** What the answer says holds. */
        COMMITTED,
        /** The controller has the state from which the proposal departs, and has not followed it: that state holds. */
        REJECTED,
        /** The controller has a newer state, or another leader, and will say so: until then nobody knows what holds. */
        OVERTAKEN,
        /** It is to be made again. */
        RETRY
    }

    /**
     * The high watermark: everything below it is stored by every replica that counts. Those are the ones in sync, and one that
     * is about to join them, so that it does not chase the end for ever.
     *
     * @param current present value, below which the answer never is
     * @param leaderEndOffset of the leader's own log
     * @param maximalIsr those in sync, and those that may be because they were proposed (KIP-497)
     * @param followers all other replicas
     * @param isAlive whether a broker is, for one that is about to join
     * @param underMinIsr whether there are fewer replicas in sync than the topic asks for: then nothing more is committed
     */
    static long highWatermark(
            long current,
            long leaderEndOffset,
            int[] maximalIsr,
            FollowerProgress[] followers,
            IntPredicate isAlive,
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
                                    && follower.isCaughtUp(leaderEndOffset, nowMs, lagTimeMaxMs)
                                    && !follower.isRefused(nowMs)
                                    && isAlive.test(follower.brokerId())))) {
                lowest = end;
            }
        }
        return Math.max(current, lowest);
    }

    /** How many replicas must be in sync for acks=all: never more than there are replicas. */
    static int effectiveMinIsr(int minInsyncReplicas, int replicas) {
        return Math.min(minInsyncReplicas, Math.max(1, replicas));
    }

    /**
     * Whether a follower has all that is committed, and all that this leader began with: then it may join those in sync.
     *
     * @param epochStartOffset where the leader's epoch began
     */
    static boolean mayJoin(FollowerProgress follower, long highWatermark, long epochStartOffset) {
        return follower.logEndOffset() >= Math.max(highWatermark, epochStartOffset);
    }

    /**
     * Those in sync without the followers that are not: those too far behind, and those that lack what is committed. A replica
     * in sync has that, unless its disk lost it; it counts again once it has caught up.
     *
     * @return the same array if there are none
     */
    static int[] withoutLaggards(
            int[] isr,
            FollowerProgress[] followers,
            long leaderEndOffset,
            long highWatermark,
            long nowMs,
            long lagTimeMaxMs) {
        int[] left = isr;
        for (FollowerProgress follower : followers) {
            boolean lostRecords = follower.logEndOffset() != FollowerProgress.UNKNOWN_OFFSET
                    && follower.logEndOffset() < highWatermark;
            if (contains(left, follower.brokerId())
                    && (lostRecords || !follower.isCaughtUp(leaderEndOffset, nowMs, lagTimeMaxMs))) {
                left = without(left, follower.brokerId());
            }
        }
        return left;
    }

    /**
     * Where a follower cuts its log off that departs from its leader's.
     *
     * @param leader the newest epoch of the leader that is not newer than the follower's last one, and where it ended there
     * @param own the newest epoch of the follower that is not newer than that one, and where it ended here
     * @param ownEndOffset end of the follower's log
     */
    static long truncationOffset(EpochEndOffset leader, EpochEndOffset own, long ownEndOffset) {
        if (own.leaderEpoch() == leader.leaderEpoch()) {
            return Math.min(Math.min(own.endOffset(), leader.endOffset()), ownEndOffset);
        }
        // All that lies behind an epoch which both may have: the comparison goes on from there.
        return Math.min(own.leaderEpoch() < 0 ? leader.endOffset() : own.endOffset(), ownEndOffset);
    }

    /** What an answer of the controller means for the proposal it was given to. */
    static Verdict verdict(IsrAnswer answer, int leaderEpoch, int partitionEpoch) {
        return switch (answer.error()) {
            case NONE ->
                answer.leaderEpoch() == leaderEpoch && answer.partitionEpoch() >= partitionEpoch
                        ? Verdict.COMMITTED
                        : Verdict.OVERTAKEN;
            // The controller says that it knows this very state and did not change it; nor can one before or after it.
            case OPERATION_NOT_ATTEMPTED, INELIGIBLE_REPLICA -> Verdict.REJECTED;
            case FENCED_LEADER_EPOCH,
                    INVALID_UPDATE_VERSION,
                    NEW_LEADER_ELECTED,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    UNKNOWN_TOPIC_ID,
                    INVALID_REQUEST -> Verdict.OVERTAKEN;
            default -> Verdict.RETRY;
        };
    }

    static int[] with(int[] brokers, int brokerId) {
        int[] more = Arrays.copyOf(brokers, brokers.length + 1);
        more[brokers.length] = brokerId;
        return more;
    }

    static int[] without(int[] brokers, int brokerId) {
        return Arrays.stream(brokers).filter(broker -> broker != brokerId).toArray();
    }

    /** The first, and what the second has more; the first itself if that is nothing. */
    static int[] union(int[] some, int[] others) {
        int[] union = some;
        for (int broker : others) {
            if (!contains(union, broker)) {
                union = with(union, broker);
            }
        }
        return union;
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
