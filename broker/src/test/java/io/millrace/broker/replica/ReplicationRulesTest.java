package io.millrace.broker.replica;

import static io.millrace.broker.replica.TestReplicas.fetch;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReplicationRulesTest {
    private static final long LAG_MS = 1_000;
    private static final long NOW_MS = 100_000;

    @Test
    void highWatermarkIsTheLogEndOfASingleReplica() {
        assertThat(highWatermark(3, 10, new int[] {1}, false)).isEqualTo(10);
    }

    @Test
    void highWatermarkIsWhatTheSlowestReplicaInSyncHas() {
        assertThat(highWatermark(3, 10, new int[] {1, 2, 3}, false, follower(2, 7), follower(3, 9)))
                .isEqualTo(7);
    }

    @Test
    void replicasOutOfSyncDoNotHoldTheHighWatermarkBack() {
        FollowerProgress late = follower(3, 4);
        FollowerProgress[] followers = {follower(2, 9), late};
        assertThat(ReplicationRules.highWatermark(
                        3, 10, new int[] {1, 2}, followers, broker -> true, false, NOW_MS + LAG_MS + 1, LAG_MS))
                .isEqualTo(9);
    }

    @Test
    void aReplicaAboutToJoinHoldsItBackSoThatItCanJoin() {
        assertThat(highWatermark(3, 10, new int[] {1, 2}, false, follower(2, 9), follower(3, 8)))
                .isEqualTo(8);
    }

    @Test
    void aReplicaThatNeverFetchedHoldsItBackOnlyIfItIsInSync() {
        FollowerProgress silent = new FollowerProgress(3, NOW_MS);
        assertThat(highWatermark(3, 10, new int[] {1, 2, 3}, false, follower(2, 9), silent))
                .isEqualTo(3);
        assertThat(highWatermark(3, 10, new int[] {1, 2}, false, follower(2, 9), silent))
                .isEqualTo(9);
    }

    @Test
    void highWatermarkNeverGoesBack() {
        assertThat(highWatermark(8, 10, new int[] {1, 2}, false, follower(2, 5)))
                .isEqualTo(8);
    }

    @Test
    void nothingIsCommittedWhileTooFewReplicasAreInSync() {
        assertThat(highWatermark(3, 10, new int[] {1}, true)).isEqualTo(3);
    }

    @Test
    void aFollowerThatKeepsPaceIsCaughtUpThoughItIsNeverAtTheEnd() {
        FollowerProgress follower = new FollowerProgress(2, 0);
        for (int fetch = 1; fetch <= 100; fetch++) {
            follower.onFetch(-1, fetch((fetch - 1) * 10L, fetch * 100L, (fetch - 1) * 100L), fetch * 10L);
        }
        assertThat(follower.isCaughtUp(1_005, 10_000 + LAG_MS - 100, LAG_MS)).isTrue();
        assertThat(follower.isCaughtUp(1_005, 10_000 + LAG_MS, LAG_MS)).isFalse();
    }

    @Test
    void noMoreReplicasAreAskedForThanThereAre() {
        assertThat(ReplicationRules.effectiveMinIsr(2, 1)).isEqualTo(1);
        assertThat(ReplicationRules.effectiveMinIsr(2, 3)).isEqualTo(2);
    }

    private static FollowerProgress follower(int id, long logEndOffset) {
        FollowerProgress follower = new FollowerProgress(id, NOW_MS);
        follower.onFetch(-1, fetch(logEndOffset, NOW_MS, NOW_MS), Long.MAX_VALUE);
        return follower;
    }

    private static long highWatermark(
            long current, long leaderEnd, int[] isr, boolean underMinIsr, FollowerProgress... followers) {
        return ReplicationRules.highWatermark(
                current, leaderEnd, isr, followers, broker -> true, underMinIsr, NOW_MS, LAG_MS);
    }
}
