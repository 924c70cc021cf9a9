package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.zk.PartitionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class LeaderElectionTest {
    private static final List<Integer> REPLICAS = List.of(1, 2, 3);

    @Test
    void theFirstReplicaAliveLeadsANewPartition() {
        assertThat(LeaderElection.first(REPLICAS, alive(2, 3)::contains, 7))
                .isEqualTo(new PartitionState(2, 0, List.of(2, 3), false, 7, 0));
        assertThat(LeaderElection.first(REPLICAS, alive(9)::contains, 7)).isNull();
    }

    @Test
    void theFirstAssignedReplicaInSyncTakesOver() {
        PartitionState next =
                LeaderElection.afterFailure(REPLICAS, state(1, List.of(3, 1, 2)), alive(2, 3)::contains, false);

        assertThat(next.leader()).isEqualTo(2);
        assertThat(next.isr()).containsExactly(3, 2);
        assertThat(next.leaderEpoch()).isEqualTo(5);
        assertThat(next.recovering()).isFalse();
    }

    @Test
    void aDeadFollowerLeavesTheIsrAndTheLeaderStays() {
        PartitionState next =
                LeaderElection.afterFailure(REPLICAS, state(1, List.of(1, 2, 3)), alive(1, 3)::contains, false);

        assertThat(next.leader()).isEqualTo(1);
        assertThat(next.isr()).containsExactly(1, 3);
        assertThat(next.leaderEpoch()).isEqualTo(5);
    }

    @Test
    void theLastInSyncStaysOnRecordWhenNobodyMayLead() {
        PartitionState next = LeaderElection.afterFailure(REPLICAS, state(1, List.of(1)), alive(2, 3)::contains, false);

        assertThat(next.leader()).isEqualTo(PartitionState.NO_LEADER);
        assertThat(next.isr()).containsExactly(1);
        assertThat(LeaderElection.afterFailure(REPLICAS, next, alive(2, 3)::contains, false))
                .as("nothing to change")
                .isEqualTo(next);
    }

    @Test
    void anUncleanLeaderIsAloneInSyncAndOnRecordAsRecovering() {
        PartitionState next = LeaderElection.afterFailure(REPLICAS, state(1, List.of(1)), alive(3, 2)::contains, true);

        assertThat(next.leader()).isEqualTo(2);
        assertThat(next.isr()).containsExactly(2);
        assertThat(next.recovering()).isTrue();
    }

    @Test
    void theReplicaThatCameBackLeadsAgain() {
        PartitionState offline = state(PartitionState.NO_LEADER, List.of(2));

        assertThat(LeaderElection.afterFailure(REPLICAS, offline, alive(2)::contains, false)
                        .leader())
                .isEqualTo(2);
    }

    @Test
    void thePreferredLeaderTakesOverOnlyIfItIsInSync() {
        assertThat(LeaderElection.preferred(REPLICAS, state(2, List.of(2, 1)), alive(1, 2)::contains))
                .satisfies(next -> assertThat(next.leader()).isEqualTo(1))
                .satisfies(next -> assertThat(next.isr()).containsExactly(2, 1));
        assertThat(LeaderElection.preferred(REPLICAS, state(2, List.of(2)), alive(1, 2)::contains))
                .isNull();
        assertThat(LeaderElection.preferred(REPLICAS, state(2, List.of(2, 1)), alive(2)::contains))
                .isNull();
        assertThat(LeaderElection.preferred(REPLICAS, state(1, List.of(1)), alive(1)::contains))
                .isNull();
    }

    @Test
    void aBrokerThatStopsHandsOver() {
        PartitionState next = LeaderElection.beforeShutdown(
                REPLICAS, state(1, List.of(1, 2, 3)), alive(1, 2, 3)::contains, Set.of(1));

        assertThat(next.leader()).isEqualTo(2);
        assertThat(next.isr()).containsExactly(2, 3);
        assertThat(LeaderElection.beforeShutdown(REPLICAS, state(1, List.of(1)), alive(1, 2)::contains, Set.of(1)))
                .as("nobody to hand over to")
                .isNull();
    }

    @Test
    void aFollowerThatStopsLeavesTheIsr() {
        PartitionState next = LeaderElection.beforeShutdown(
                REPLICAS, state(2, List.of(1, 2, 3)), alive(1, 2, 3)::contains, Set.of(1));

        assertThat(next.leader()).isEqualTo(2);
        assertThat(next.isr()).containsExactly(2, 3);
    }

    @Test
    void theFirstOfTheNewReplicasInSyncLeadsAfterAReassignment() {
        assertThat(LeaderElection.reassigned(List.of(4, 5), state(1, List.of(1, 5)), alive(1, 4, 5)::contains)
                        .leader())
                .isEqualTo(5);
        assertThat(LeaderElection.reassigned(List.of(4), state(1, List.of(1)), alive(1, 4)::contains))
                .isNull();
    }

    @Property(seed = "1")
    void neverElectsACleanLeaderThatWasNotInSyncAndAlive(
            @ForAll("ids") List<Integer> isr, @ForAll("ids") List<Integer> alive, @ForAll boolean unclean) {
        PartitionState before = state(isr.isEmpty() ? -1 : isr.get(0), isr.isEmpty() ? List.of(1) : isr);

        PartitionState after = LeaderElection.afterFailure(REPLICAS, before, alive::contains, unclean);

        assertThat(after.isr()).isNotEmpty();
        if (after.leader() != PartitionState.NO_LEADER) {
            assertThat(alive).contains(after.leader());
            assertThat(after.isr()).contains(after.leader());
            assertThat(after.recovering() || before.isr().contains(after.leader()))
                    .isTrue();
            assertThat(after.recovering()).isEqualTo(before.isr().stream().noneMatch(alive::contains));
        }
        assertThat(after.recovering()).as("only where it is allowed").isIn(false, unclean);
        assertThat(after.equals(before) || after.leaderEpoch() == before.leaderEpoch() + 1)
                .isTrue();
        assertThat(LeaderElection.afterFailure(REPLICAS, after, alive::contains, unclean))
                .as("what was decided stands")
                .isEqualTo(after);
    }

    @Test
    void whoMayHaveLostRecordsMakesWayForThoseInSyncEvenIfTheyAreDead() {
        PartitionState before = state(-1, List.of(1, 2, 3));
        PartitionState led = afterLoss(before, alive(1, 3), 1);
        assertThat(led.leader()).isEqualTo(3);
        assertThat(led.isr()).containsExactly(2, 3);
        assertThat(led.leaderEpoch()).isEqualTo(5);

        PartitionState waits = afterLoss(before, alive(1), 1);
        assertThat(waits.leader()).isEqualTo(PartitionState.NO_LEADER);
        assertThat(waits.isr()).containsExactly(2, 3);
        assertThat(afterLoss(state(2, List.of(2, 3)), alive(1, 2, 3), 1))
                .as("it was not in sync anyway")
                .isEqualTo(state(2, List.of(2, 3)));
    }

    @Test
    void theLastInSyncMakesWayForThoseWithoutWhomNothingWasCommitted() {
        PartitionState before = state(-1, List.of(1)).withEligible(List.of(2, 3));
        PartitionState led = afterLoss(before, alive(1, 3), 1);
        assertThat(led.leader()).isEqualTo(3);
        assertThat(led.isr()).containsExactly(3);
        assertThat(led.recovering()).as("nothing is lost by this").isFalse();

        PartitionState waits = afterLoss(before, alive(1), 1);
        assertThat(waits.leader()).isEqualTo(PartitionState.NO_LEADER);
        assertThat(waits.isr()).as("the first to come leads").containsExactly(2, 3);
        PartitionState nobodyElse = state(-1, List.of(1));
        assertThat(afterLoss(nobodyElse, alive(1, 2, 3), 1)).isEqualTo(nobodyElse);
        assertThat(LeaderElection.afterLoss(REPLICAS, before, alive(1, 2, 3)::contains, Set.of(1), false)
                        .isr())
                .as("the topic asks for fewer in sync now")
                .containsExactly(1);
        assertThat(afterLoss(before, alive(1, 2), 2).eligible())
                .as("an eligible one lost records")
                .containsExactly(3);
    }

    @Test
    void whoLeavesMayLeadAsLongAsTooFewAreInSync() {
        PartitionState before = state(1, List.of(1, 2, 3));
        assertThat(eligible(before, before.withIsr(List.of(1, 2), false), true)).isEmpty();
        assertThat(eligible(before, before.withIsr(List.of(1), false), false)).containsExactly(2, 3);
        PartitionState alone = before.withIsr(List.of(1), false).withEligible(List.of(2, 3));
        assertThat(eligible(alone, alone.withIsr(List.of(1, 2), false), true)).isEmpty();
        assertThat(eligible(alone, alone.elect(-1, List.of(1), false), false)).containsExactly(2, 3);
        assertThat(eligible(alone, alone.elect(2, List.of(2), true), false))
                .as("after an unclean election nobody knows who has what")
                .isEmpty();
        assertThat(LeaderElection.eligible(REPLICAS, before, before.withIsr(List.of(2), false), Set.of(1), () -> false))
                .as("it leaves because it may have lost records")
                .containsExactly(3);
    }

    private static PartitionState afterLoss(PartitionState state, Set<Integer> alive, int loser) {
        return LeaderElection.afterLoss(REPLICAS, state, alive::contains, Set.of(loser), true);
    }

    private static List<Integer> eligible(PartitionState now, PartitionState next, boolean enoughInSync) {
        return LeaderElection.eligible(REPLICAS, now, next, Set.of(), () -> enoughInSync);
    }

    @Provide
    Arbitrary<List<Integer>> ids() {
        return Arbitraries.shuffle(1, 2, 3)
                .flatMap(order ->
                        Arbitraries.integers().between(0, 3).map(size -> new ArrayList<>(order.subList(0, size))));
    }

    private static PartitionState state(int leader, List<Integer> isr) {
        return new PartitionState(leader, 4, isr, false, 7, 9);
    }

    private static Set<Integer> alive(Integer... ids) {
        return Set.of(ids);
    }
}
