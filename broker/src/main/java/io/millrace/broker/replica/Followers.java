package io.millrace.broker.replica;

import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The other replicas of a partition that this broker leads: how far they are, and what follows from it. Guarded by the
 * partition's lock.
 */
final class Followers {
    private static final Comparator<FollowerProgress> LEAST_LAG = Comparator.comparingLong(
                    FollowerProgress::logEndOffset)
            .thenComparingLong(FollowerProgress::lastCaughtUpTimeMs)
            .thenComparingInt(FollowerProgress::brokerId);

    private static final FollowerProgress[] NONE = {};

    private final ReplicaHost host;
    private FollowerProgress[] all = NONE;

    Followers(ReplicaHost host) {
        this.host = host;
    }

    boolean isEmpty() {
        return all.length == 0;
    }

    void clear() {
        all = NONE;
    }

    /** This broker leads in a new epoch: what is known of followers is from another, and is forgotten. */
    void reset(LeaderAndIsrPartitionState state, long nowMs) {
        clear();
        assign(state.replicas, state.isr, nowMs);
    }

    /** The replicas are these now; those that were there before are known as they were. */
    void assign(int[] replicas, int[] isr, long nowMs) {
        FollowerProgress[] next = new FollowerProgress[replicas.length];
        int count = 0;
        for (int replica : replicas) {
            if (replica != host.brokerId()) {
                FollowerProgress known = find(replica);
                boolean inSync = ReplicationRules.contains(isr, replica);
                next[count++] = known != null
                        ? known
                        : new FollowerProgress(replica, inSync ? nowMs : nowMs - host.lagTimeMaxMs() - 1);
            }
        }
        all = count == 0 ? NONE : Arrays.copyOf(next, count);
    }

    @Nullable
    FollowerProgress find(int brokerId) {
        for (FollowerProgress follower : all) {
            if (follower.brokerId() == brokerId) {
                return follower;
            }
        }
        return null;
    }

    long highWatermark(long current, long leaderEndOffset, Role role, boolean underMinIsr) {
        return ReplicationRules.highWatermark(
                current,
                leaderEndOffset,
                role.maximalIsr(),
                all,
                host.isAlive(),
                underMinIsr,
                isEmpty() ? 0 : host.nowMs(),
                host.lagTimeMaxMs());
    }

    /** The lowest start of a log among this broker's and those of live followers; -1 as long as one has not told its own. */
    long lowWatermark(long logStartOffset) {
        long lowest = logStartOffset;
        for (FollowerProgress follower : all) {
            if (host.isAlive().test(follower.brokerId())) {
                lowest = Math.min(lowest, follower.logStartOffset());
            }
        }
        return lowest;
    }

    /** Those in sync as they should be now: without laggards, with those who have caught up; the same array if they are. */
    int[] properIsr(Role role, long leaderEndOffset, long highWatermark, long epochStartOffset) {
        long nowMs = host.nowMs();
        int[] proper = ReplicationRules.withoutLaggards(
                role.isr(), all, leaderEndOffset, highWatermark, nowMs, host.lagTimeMaxMs());
        if (proper != role.isr()) {
            return proper;
        }
        for (FollowerProgress follower : all) {
            if (!ReplicationRules.contains(proper, follower.brokerId())
                    && ReplicationRules.mayJoin(follower, highWatermark, epochStartOffset)
                    && follower.isFetching(nowMs, host.lagTimeMaxMs())
                    && !follower.isRefused(nowMs)
                    && host.isAlive().test(follower.brokerId())) {
                proper = ReplicationRules.with(proper, follower.brokerId());
            }
        }
        return proper;
    }

    /**
     * The follower that a consumer is best read from: in sync, in possession of what it asks for, and of those the one that
     * lags least. This is what Kafka's RackAwareReplicaSelector chooses among the replicas of a rack.
     *
     * @return broker id, or -1
     */
    int mostCaughtUp(int[] isr, long fetchOffset, IntPredicate eligible) {
        FollowerProgress best = null;
        for (FollowerProgress follower : all) {
            if (ReplicationRules.contains(isr, follower.brokerId())
                    && follower.holds(fetchOffset)
                    && eligible.test(follower.brokerId())
                    && (best == null || LEAST_LAG.compare(follower, best) > 0)) {
                best = follower;
            }
        }
        return best == null ? -1 : best.brokerId();
    }

    /** The controller does not want those of these brokers in the ISR that are not. */
    void refuse(int[] isr, int[] proposed, long firstMs) {
        for (FollowerProgress follower : all) {
            if (ReplicationRules.contains(proposed, follower.brokerId())
                    && !ReplicationRules.contains(isr, follower.brokerId())) {
                follower.refuse(host.nowMs(), firstMs, host.lagTimeMaxMs());
            }
        }
    }

    /** These brokers are in sync, the controller says, in place of those that were before. */
    void accept(int[] isr, int[] before) {
        for (FollowerProgress follower : all) {
            if (ReplicationRules.contains(isr, follower.brokerId())) {
                follower.accept(!ReplicationRules.contains(before, follower.brokerId()), host.nowMs());
            }
        }
    }

    /** The epochs under which these brokers were registered when they last told how far they are. */
    long[] brokerEpochs(int[] brokers) {
        long[] epochs = new long[brokers.length];
        for (int i = 0; i < brokers.length; i++) {
            FollowerProgress follower = find(brokers[i]);
            epochs[i] = brokers[i] == host.brokerId()
                    ? host.brokerEpoch().getAsLong()
                    : follower == null ? -1 : follower.brokerEpoch();
        }
        return epochs;
    }
}
