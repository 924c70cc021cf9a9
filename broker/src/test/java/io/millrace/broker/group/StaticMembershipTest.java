package io.millrace.broker.group;

import static io.millrace.broker.group.TestGroups.INITIAL_DELAY_MS;
import static io.millrace.broker.group.TestGroups.SESSION_MS;
import static io.millrace.broker.group.TestGroups.error;
import static io.millrace.broker.group.TestGroups.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.SyncGroup;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Members with a name of their own come back without a rebalance, and there is never more than one of a name. */
class StaticMembershipTest {
    private static final JoiningClient OLD = new JoiningClient("app", "/h", true, false);

    private final TestGroups groups = new TestGroups();
    private String leader = "";
    private String follower = "";

    @BeforeEach
    void twoStaticMembers() {
        Reply<JoinGroup.Response> first = groups.join("", "one");
        Reply<JoinGroup.Response> second = groups.join("", "two");
        groups.loop.advance(2 * INITIAL_DELAY_MS);
        leader = first.get().memberId;
        follower = second.get().memberId;
        assertThat(first.get().leader).isEqualTo(leader).startsWith("one-");
        groups.assign(List.of(leader, follower), 1);
    }

    @Test
    void aRestartedFollowerGetsItsPartBackWithoutARebalance() {
        JoinGroup.Response back = groups.join("", "two").get();

        assertThat(error(back.errorCode)).isEqualTo(ErrorCode.NONE);
        assertThat(back.generationId).isEqualTo(1);
        assertThat(back.memberId).startsWith("two-").isNotEqualTo(follower);
        assertThat(back.skipAssignment).isFalse();
        assertThat(groups.state()).isEqualTo("Stable");
        assertThat(text(groups.sync(back.memberId, 1, Map.of()).get().assignment))
                .isEqualTo("part of " + follower);
        assertThat(groups.heartbeat(leader, 1, "one")).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aRestartedLeaderLeadsOnAndIsToldNotToAssign() {
        JoinGroup.Response back = groups.join("", "one").get();

        assertThat(back.leader).isEqualTo(back.memberId);
        assertThat(back.skipAssignment).isTrue();
        assertThat(back.members).hasSize(2);
        assertThat(groups.state()).isEqualTo("Stable");
    }

    @Test
    void anOldLeaderThatIsBackIsNotToldThatItLeads() {
        JoinGroup.Response back =
                groups.join(TestGroups.joinRequest("", "one"), OLD).get();

        assertThat(back.leader).isEqualTo(leader).isNotEqualTo(back.memberId);
        assertThat(back.members).isEmpty();
        assertThat(back.skipAssignment).isFalse();
    }

    @Test
    void theReturnIsStored() {
        JoinGroup.Response back = groups.join("", "two").get();
        TestGroups next = new TestGroups(groups.loop, groups.log, TestGroups.config(10));
        for (int partition = 0; partition < TestGroups.PARTITIONS; partition++) {
            next.elect(partition, 2);
        }
        assertThat(next.heartbeat(back.memberId, 1, "two")).isEqualTo(ErrorCode.NONE);
        assertThat(next.heartbeat(follower, 1, "two")).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    }

    @Test
    void aReturnThatCannotBeStoredFails() {
        groups.log.failAppends(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(error(groups.join("", "two").get().errorCode)).isEqualTo(ErrorCode.NOT_COORDINATOR);
        groups.log.failAppends(ErrorCode.NONE);
        assertThat(error(groups.join("", "two").get().errorCode)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.describe().members).hasSize(2);
    }

    @Test
    void whoDoesNotComeAgainAfterAReturnThatFailedLateIsGoneAfterItsSession() {
        groups.log.failAppends(ErrorCode.REQUEST_TIMED_OUT);
        groups.log.holdOutcomes();
        Reply<JoinGroup.Response> back = groups.join("", "two");
        for (int i = 0; i < 3; i++) {
            groups.loop.advance(SESSION_MS / 2);
            groups.heartbeat(leader, 1, "one");
        }
        groups.log.releaseOutcomes();
        groups.loop.run();
        assertThat(error(back.get().errorCode)).isNotEqualTo(ErrorCode.NONE);
        for (int i = 0; i < 3; i++) {
            groups.loop.advance(SESSION_MS / 2);
            groups.heartbeat(leader, 1, "one");
        }
        assertThat(groups.describe().members).hasSize(1);
    }

    @Test
    void theFormerOneOfANameIsFencedEverywhere() {
        groups.join("", "two");

        assertThat(groups.heartbeat(follower, 1, "two")).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(groups.leave(follower, "two")).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(error(groups.join(follower, "two").get().errorCode)).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        SyncGroup.Request sync = new SyncGroup.Request();
        sync.groupId = TestGroups.GROUP;
        sync.memberId = follower;
        sync.groupInstanceId = "two";
        sync.generationId = 1;
        assertThat(error(groups.sync(sync).get().errorCode)).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        var commit = TestGroups.commitRequest(TestGroups.GROUP, follower, 1, "t", 1, "");
        commit.groupInstanceId = "two";
        assertThat(TestGroups.outcome(groups.commit(commit))).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    }

    @Test
    void whoWaitsUnderANameThatAnotherTookIsFenced() {
        groups.join(leader, "one");
        Reply<JoinGroup.Response> waiting = groups.join(follower, "two", "range");
        // Both have joined, so that the second generation began; now one waits for its part of it.
        assertThat(waiting.get().generationId).isEqualTo(2);
        Reply<SyncGroup.Response> sync = groups.sync(follower, 2, Map.of());
        groups.join("", "two");
        assertThat(error(sync.get().errorCode)).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(groups.state()).isEqualTo("PreparingRebalance");
    }

    @Test
    void aNameThatWasNeverHereIsUnknown() {
        assertThat(groups.heartbeat(follower, 1, "three")).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aReturnWithOtherProtocolsRebalances() {
        Reply<JoinGroup.Response> back = groups.join("", "two", "sticky", "range");
        assertThat(back.get().generationId)
                .as("range is still the only common one")
                .isEqualTo(1);

        groups.join(leader, "one", "sticky", "range");
        groups.join(back.get().memberId, "two", "sticky", "range");
        Reply<JoinGroup.Response> again = groups.join("", "two", "range", "sticky");
        assertThat(again.isThere()).isFalse();
        assertThat(groups.state()).isEqualTo("PreparingRebalance");
    }

    @Test
    void anAbsentMemberKeepsItsPlaceUntilItsSessionEnds() {
        groups.join(leader, "one");
        groups.loop.advance(SESSION_MS - 1);
        assertThat(groups.describe().members).hasSize(2);
        groups.loop.advance(1);
        assertThat(groups.describe().members).hasSize(1);
    }

    @Test
    void anAbsentMemberIsNotDroppedByARebalanceThatItMissesWithinItsSession() {
        JoinGroup.Request hasty = TestGroups.joinRequest(leader, "one");
        hasty.rebalanceTimeoutMs = 1_000;
        JoinGroup.Request other = TestGroups.joinRequest(follower, "two");
        other.rebalanceTimeoutMs = 1_000;
        JoiningClient client = new JoiningClient("app", "/h", true, true);
        groups.join(hasty, client);
        groups.join(other, client);
        groups.assign(List.of(leader, follower), 2);

        Reply<JoinGroup.Response> again = groups.join(hasty, client);
        groups.loop.advance(1_000);
        assertThat(again.get().generationId).isEqualTo(3);
        assertThat(again.get().members).as("with the one that is away").hasSize(2);
        assertThat(groups.heartbeat(follower, 2, "two")).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    }

    @Test
    void anAdministratorCanRemoveAMemberByItsName() {
        assertThat(groups.leave("", "two")).isEqualTo(ErrorCode.NONE);
        assertThat(groups.leave("", "two")).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.describe().members).hasSize(1);
    }
}
