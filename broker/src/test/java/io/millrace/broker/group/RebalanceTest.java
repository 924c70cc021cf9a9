package io.millrace.broker.group;

import static io.millrace.broker.group.TestGroups.GROUP;
import static io.millrace.broker.group.TestGroups.INITIAL_DELAY_MS;
import static io.millrace.broker.group.TestGroups.REBALANCE_MS;
import static io.millrace.broker.group.TestGroups.SESSION_MS;
import static io.millrace.broker.group.TestGroups.error;
import static io.millrace.broker.group.TestGroups.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.JoinGroup.Response.JoinGroupResponseMember;
import io.millrace.protocol.message.SyncGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Members come, get their parts, change and go. */
class RebalanceTest {
    private final TestGroups groups = new TestGroups();

    @Test
    void aStrangerIsGivenAnIdBeforeItCounts() {
        JoinGroup.Response response = groups.join("", null).get();

        assertThat(error(response.errorCode)).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
        assertThat(response.memberId).startsWith("app-").hasSize(40);
        assertThat(response.generationId).isEqualTo(-1);
        assertThat(response.protocolName).isNull();
        assertThat(groups.describe().members).isEmpty();
    }

    @Test
    void anOldClientCountsAtOnce() {
        Reply<JoinGroup.Response> join =
                groups.join(TestGroups.joinRequest("", null), new JoiningClient("old", "/127.0.0.1", false, false));
        groups.loop.advance(INITIAL_DELAY_MS);
        assertThat(error(join.get().errorCode)).isEqualTo(ErrorCode.NONE);
        assertThat(join.get().memberId).startsWith("old-");
    }

    @Test
    void theFirstGenerationWaitsForMoreMembersAfterEachThatComes() {
        Reply<JoinGroup.Response> first = groups.joinNew();
        groups.loop.advance(INITIAL_DELAY_MS - 1);
        Reply<JoinGroup.Response> second = groups.joinNew();
        groups.loop.advance(1);
        assertThat(first.isThere()).as("the end was put off").isFalse();

        groups.loop.advance(INITIAL_DELAY_MS);
        assertThat(first.get().generationId).isEqualTo(1);
        assertThat(second.get().generationId).isEqualTo(1);
    }

    @Test
    void theFirstGenerationDoesNotWaitLongerThanTheRebalanceTimeout() {
        JoinGroup.Request impatient = TestGroups.joinRequest("", null);
        impatient.rebalanceTimeoutMs = 2 * INITIAL_DELAY_MS;
        JoiningClient old = new JoiningClient("old", "/127.0.0.1", false, false);
        Reply<JoinGroup.Response> first = groups.join(impatient, old);
        for (int i = 0; i < 3; i++) {
            groups.loop.advance(INITIAL_DELAY_MS - 1_000);
            groups.join(TestGroups.joinRequest("", null), old);
        }
        assertThat(first.isThere()).isTrue();
    }

    @Test
    void onlyTheLeaderHearsWhoTheMembersAre() {
        Reply<JoinGroup.Response> first = groups.joinNew();
        Reply<JoinGroup.Response> second = groups.joinNew();
        groups.loop.advance(2 * INITIAL_DELAY_MS);

        assertThat(first.get().leader).isEqualTo(first.get().memberId);
        assertThat(second.get().leader).isEqualTo(first.get().memberId);
        assertThat(first.get().members)
                .extracting(member -> member.memberId)
                .containsExactly(first.get().memberId, second.get().memberId);
        assertThat(first.get().members.get(0).metadata).isEqualTo(TestGroups.bytes("wishes"));
        assertThat(second.get().members).isEmpty();
        assertThat(first.get().protocolName).isEqualTo("range");
        assertThat(first.get().protocolType).isEqualTo("consumer");
    }

    @Test
    void everybodyGetsItsPartOnceTheLeadersAssignmentIsStored() {
        Reply<JoinGroup.Response> first = groups.joinNew();
        Reply<JoinGroup.Response> second = groups.joinNew();
        groups.loop.advance(2 * INITIAL_DELAY_MS);
        String leader = first.get().memberId;
        String other = second.get().memberId;

        groups.log.holdOutcomes();
        Reply<SyncGroup.Response> otherSync = groups.sync(other, 1, Map.of());
        Reply<SyncGroup.Response> leaderSync = groups.sync(leader, 1, Map.of(leader, "a", other, "b"));
        assertThat(groups.log.appends()).isEqualTo(1);
        assertThat(otherSync.isThere()).isFalse();
        assertThat(leaderSync.isThere()).isFalse();
        assertThat(groups.state()).isEqualTo("CompletingRebalance");

        groups.log.releaseOutcomes();
        groups.loop.run();
        assertThat(text(leaderSync.get().assignment)).isEqualTo("a");
        assertThat(text(otherSync.get().assignment)).isEqualTo("b");
        assertThat(groups.state()).isEqualTo("Stable");
    }

    @Test
    void aMemberThatTheLeaderForgotGetsAnEmptyPart() {
        List<String> members = groups.stableGroup(2);
        groups.join(members.get(0), null);
        groups.join(members.get(1), null);
        groups.sync(members.get(0), 2, Map.of(members.get(0), "all"));

        SyncGroup.Response response = groups.sync(members.get(1), 2, Map.of()).get();
        assertThat(error(response.errorCode)).isEqualTo(ErrorCode.NONE);
        assertThat(response.assignment).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_ENOUGH_REPLICAS, COORDINATOR_NOT_AVAILABLE",
        "NOT_ENOUGH_REPLICAS_AFTER_APPEND, COORDINATOR_NOT_AVAILABLE",
        "REQUEST_TIMED_OUT, REBALANCE_IN_PROGRESS",
        "MESSAGE_TOO_LARGE, UNKNOWN_SERVER_ERROR",
        "KAFKA_STORAGE_ERROR, NOT_COORDINATOR"
    })
    void anAssignmentThatCannotBeStoredStartsOver(ErrorCode ofTheLog, ErrorCode told) {
        List<String> members = groups.stableGroup(1);
        groups.join(members.get(0), null);
        groups.log.failAppends(ofTheLog);

        SyncGroup.Response response =
                groups.sync(members.get(0), 2, Map.of(members.get(0), "all")).get();
        assertThat(error(response.errorCode)).isEqualTo(told);
        assertThat(groups.state()).isEqualTo("PreparingRebalance");

        groups.log.failAppends(ErrorCode.NONE);
        assertThat(groups.join(members.get(0), null).get().generationId).isEqualTo(3);
        assertThat(text(groups.sync(members.get(0), 3, Map.of(members.get(0), "all"))
                        .get()
                        .assignment))
                .isEqualTo("all");
    }

    @Test
    void anAssignmentOfAnOverrunGenerationIsNotHandedOut() {
        List<String> members = groups.stableGroup(2);
        groups.join(members.get(0), null);
        groups.join(members.get(1), null);
        groups.log.holdOutcomes();
        Reply<SyncGroup.Response> leaderSync = groups.sync(members.get(0), 2, Map.of(members.get(0), "old"));
        Reply<JoinGroup.Response> third = groups.joinNew();

        assertThat(error(leaderSync.get().errorCode)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        groups.log.releaseOutcomes();
        groups.loop.run();
        assertThat(groups.state()).isEqualTo("PreparingRebalance");
        groups.join(members.get(0), null);
        groups.join(members.get(1), null);
        assertThat(third.get().generationId).isEqualTo(3);
    }

    @Test
    void anAssignmentThatIsStoredTooLateIsNotTakenForThatOfTheNextGeneration() {
        List<String> members = groups.stableGroup(1);
        groups.join(members.get(0), null);
        groups.log.holdOutcomes();
        groups.sync(members.get(0), 2, Map.of(members.get(0), "old"));
        assertThat(groups.join(members.get(0), null, "range", "sticky").get().generationId)
                .isEqualTo(3);
        groups.log.releaseOutcomes();
        groups.loop.run();
        assertThat(groups.state()).isEqualTo("CompletingRebalance");
        assertThat(text(groups.sync(members.get(0), 3, Map.of(members.get(0), "new"))
                        .get()
                        .assignment))
                .isEqualTo("new");
    }

    @Test
    void aNewMemberMakesTheOthersJoinAgain() {
        List<String> members = groups.stableGroup(2);
        Reply<JoinGroup.Response> third = groups.joinNew();
        assertThat(third.isThere()).isFalse();
        assertThat(groups.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);

        Reply<JoinGroup.Response> first = groups.join(members.get(0), null);
        assertThat(first.isThere()).isFalse();
        Reply<JoinGroup.Response> second = groups.join(members.get(1), null);
        assertThat(first.get().generationId).isEqualTo(2);
        assertThat(second.get().generationId).isEqualTo(2);
        assertThat(third.get().generationId).isEqualTo(2);
        assertThat(first.get().members).hasSize(3);
    }

    @Test
    void whoDoesNotJoinAgainInTimeIsOut() {
        List<String> members = groups.stableGroup(2);
        Reply<JoinGroup.Response> third = groups.joinNew();
        groups.join(members.get(0), null);
        for (int i = 0; i < REBALANCE_MS / 5_000 - 1; i++) {
            groups.loop.advance(5_000);
            assertThat(groups.heartbeat(members.get(1), 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        }
        assertThat(third.isThere()).isFalse();
        groups.loop.advance(5_000);

        assertThat(third.get().generationId).isEqualTo(2);
        assertThat(groups.heartbeat(members.get(1), 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.describe().members).hasSize(2);
    }

    @Test
    void whoWaitsForTheOthersDoesNotLoseItsSession() {
        List<String> members = groups.stableGroup(2);
        Reply<JoinGroup.Response> third = groups.joinNew();
        groups.join(members.get(0), null);
        for (int i = 0; i < 10; i++) {
            groups.loop.advance(SESSION_MS / 2);
            groups.heartbeat(members.get(1), 1);
        }
        groups.join(members.get(1), null);
        assertThat(third.get().generationId).isEqualTo(2);
        assertThat(groups.describe().members).hasSize(3);
    }

    @Test
    void aSilentMemberIsOutAndTheOthersGoOn() {
        List<String> members = groups.stableGroup(2);
        groups.loop.advance(SESSION_MS - 1);
        assertThat(groups.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.NONE);
        groups.loop.advance(1);

        assertThat(groups.heartbeat(members.get(0), 1)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        JoinGroup.Response response = groups.join(members.get(0), null).get();
        assertThat(response.generationId).isEqualTo(2);
        assertThat(response.members).hasSize(1);
    }

    @Test
    void aMemberThatLeavesMakesRoomAtOnce() {
        List<String> members = groups.stableGroup(3);
        assertThat(groups.leave(members.get(0))).isEqualTo(ErrorCode.NONE);

        groups.join(members.get(1), null);
        JoinGroup.Response response = groups.join(members.get(2), null).get();
        assertThat(response.generationId).isEqualTo(2);
        assertThat(response.leader).isEqualTo(members.get(1));
    }

    @Test
    void nobodyWaitsForAMemberThatLeavesInsteadOfJoiningAgain() {
        List<String> members = groups.stableGroup(2);
        Reply<JoinGroup.Response> waiting = groups.join(members.get(0), null);
        assertThat(waiting.isThere()).isFalse();
        groups.leave(members.get(1));
        assertThat(waiting.get().generationId).isEqualTo(2);
        assertThat(waiting.get().members).hasSize(1);
    }

    @Test
    void aGroupIsEmptyWhenTheLastMemberLeft() {
        List<String> members = groups.stableGroup(1);
        int appends = groups.log.appends();
        groups.leave(members.get(0));

        assertThat(groups.state()).isEqualTo("Empty");
        assertThat(groups.log.appends()).as("that it is empty is stored").isEqualTo(appends + 1);
        Reply<JoinGroup.Response> next = groups.joinNew();
        groups.loop.advance(INITIAL_DELAY_MS);
        assertThat(next.get().generationId).as("generation 2 was the empty one").isEqualTo(3);
    }

    @Test
    void whoDoesNotFetchItsPartIsOut() {
        List<String> members = groups.stableGroup(2);
        groups.join(members.get(0), null);
        groups.join(members.get(1), null);
        groups.sync(members.get(0), 2, Map.of());
        assertThat(groups.state()).isEqualTo("Stable");
        for (int i = 0; i < REBALANCE_MS / 5_000; i++) {
            assertThat(groups.heartbeat(members.get(0), 2)).isEqualTo(ErrorCode.NONE);
            assertThat(groups.heartbeat(members.get(1), 2)).isEqualTo(ErrorCode.NONE);
            groups.loop.advance(5_000);
        }
        assertThat(groups.heartbeat(members.get(1), 2)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.heartbeat(members.get(0), 2)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
    }

    @Test
    void theSameJoinAgainChangesNothing() {
        List<String> members = groups.stableGroup(2);
        JoinGroup.Response follower = groups.join(members.get(1), null).get();
        assertThat(follower.generationId).isEqualTo(1);
        assertThat(follower.members).isEmpty();
        assertThat(groups.state()).isEqualTo("Stable");
    }

    @Test
    void theLeaderJoiningAgainRebalances() {
        List<String> members = groups.stableGroup(2);
        Reply<JoinGroup.Response> leader = groups.join(members.get(0), null);
        assertThat(leader.isThere()).isFalse();
        assertThat(groups.state()).isEqualTo("PreparingRebalance");
    }

    @Test
    void aJoinSentTwiceIsAnsweredTwice() {
        Reply<JoinGroup.Response> first = groups.joinNew();
        List<Reply<JoinGroup.Response>> replies = new ArrayList<>();
        String memberId = groups.newMemberId();
        replies.add(groups.join(memberId, null));
        replies.add(groups.join(memberId, null));
        groups.loop.advance(2 * INITIAL_DELAY_MS);

        assertThat(error(replies.get(0).get().errorCode)).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        assertThat(replies.get(1).get().generationId).isEqualTo(1);
        assertThat(first.get().members).hasSize(2);
    }

    @Test
    void theProtocolMostMembersPreferAmongTheCommonOnesWins() {
        Reply<JoinGroup.Response> a = groups.joinNew("sticky", "range", "roundrobin");
        Reply<JoinGroup.Response> b = groups.joinNew("roundrobin", "range");
        Reply<JoinGroup.Response> c = groups.joinNew("range", "roundrobin");
        Reply<JoinGroup.Response> d = groups.joinNew("roundrobin", "range", "roundrobin");
        groups.loop.advance(2 * INITIAL_DELAY_MS);
        // Votes: range, roundrobin, range, roundrobin; the one voted for first.
        assertThat(List.of(a, b, c, d))
                .allSatisfy(join -> assertThat(join.get().protocolName).isEqualTo("range"));
    }

    @Test
    void nobodyJoinsWithoutACommonProtocol() {
        groups.joinNew("range");
        JoinGroup.Response other = groups.join("", null, "sticky").get();
        assertThat(error(other.errorCode)).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);

        JoinGroup.Request connect = TestGroups.joinRequest("", null, "range");
        connect.protocolType = "connect";
        assertThat(error(groups.join(connect, new JoiningClient("c", "/h", true, true))
                        .get()
                        .errorCode))
                .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void anyTypeOfGroupCanBe() {
        JoinGroup.Request request = TestGroups.joinRequest("", null, "sessioned");
        request.protocolType = "connect";
        Reply<JoinGroup.Response> join = groups.join(request, new JoiningClient("c", "/h", false, false));
        groups.loop.advance(INITIAL_DELAY_MS);
        assertThat(join.get().protocolType).isEqualTo("connect");
        assertThat(groups.describe().protocolType).isEqualTo("connect");
    }

    @Test
    void anIdThatNobodyTakesUpIsForgotten() {
        String id = groups.newMemberId();
        groups.loop.advance(SESSION_MS);
        assertThat(error(groups.join(id, null).get().errorCode)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.state()).isEqualTo("Dead");
    }

    @Test
    void anIdThatIsGivenBackIsNotWaitedFor() {
        List<String> members = groups.stableGroup(1);
        String pending = groups.newMemberId();
        Reply<JoinGroup.Response> leader = groups.join(members.get(0), null);
        assertThat(leader.isThere()).as("it waits for the id handed out").isFalse();
        assertThat(groups.leave(pending)).isEqualTo(ErrorCode.NONE);
        assertThat(leader.get().generationId).isEqualTo(2);
    }

    @Test
    void aNewMemberThatIsNeverServedIsOutInTheEnd() {
        JoinGroup.Request patient = TestGroups.joinRequest("", null);
        patient.rebalanceTimeoutMs = 3_600_000;
        patient.sessionTimeoutMs = 1_800_000;
        JoiningClient old = new JoiningClient("old", "/h", false, false);
        Reply<JoinGroup.Response> first = groups.join(patient, old);
        groups.loop.advance(INITIAL_DELAY_MS);
        Reply<JoinGroup.Response> second = groups.join(patient, old);
        groups.loop.advance(5 * 60_000);
        assertThat(error(second.get().errorCode)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(second.get().memberId).isEmpty();
        assertThat(first.isThere()).isTrue();
    }

    @Test
    void aFullGroupTakesNobodyMore() {
        TestGroups small = new TestGroups(2);
        small.stableGroup(2);
        JoinGroup.Response third = small.join("", null).get();
        assertThat(error(third.errorCode)).isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
        assertThat(third.memberId).isEmpty();
        assertThat(small.state()).isEqualTo("Stable");
    }

    @Test
    void aRebalanceOfAFullGroupHasRoomForThoseWhoCameFirst() {
        TestGroups small = new TestGroups(2);
        Reply<JoinGroup.Response> a = small.joinNew();
        Reply<JoinGroup.Response> b = small.joinNew();
        JoinGroup.Response c = small.join("", null).get();
        assertThat(error(c.errorCode)).isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
        small.loop.advance(2 * INITIAL_DELAY_MS);
        assertThat(a.get().members).hasSize(2);
        assertThat(b.isThere()).isTrue();
    }

    @Test
    void nothingHappensInAStableGroupButHeartbeats() {
        List<String> members = groups.stableGroup(2);
        int appends = groups.log.appends();
        for (int i = 0; i < 1_000; i++) {
            groups.loop.advance(3_000);
            members.forEach(member -> assertThat(groups.heartbeat(member, 1)).isEqualTo(ErrorCode.NONE));
        }
        assertThat(groups.log.appends()).isEqualTo(appends);
        assertThat(groups.state()).isEqualTo("Stable");
    }

    @Test
    void describesMembersOnlyWhenTheirPartsAreSettled() {
        List<String> members = groups.stableGroup(2);
        assertThat(groups.describe().protocolData).isEqualTo("range");
        assertThat(groups.describe().members).allSatisfy(member -> {
            assertThat(text(member.memberAssignment)).isEqualTo("part of " + member.memberId);
            assertThat(text(member.memberMetadata)).isEqualTo("wishes");
            assertThat(member.clientHost).isEqualTo("/127.0.0.1");
        });
        groups.join(members.get(0), null);
        assertThat(groups.describe().protocolData).isEmpty();
        assertThat(groups.describe().members)
                .allSatisfy(member -> assertThat(member.memberAssignment).isEmpty());
    }

    @Test
    void membersOfAnswersAreThoseOfTheGeneration() {
        List<String> members = groups.stableGroup(1);
        JoinGroup.Response response = groups.join(members.get(0), null).get();
        assertThat(response.members)
                .extracting((JoinGroupResponseMember m) -> m.memberId)
                .isEqualTo(members);
        assertThat(groups.describe(GROUP, true).errorCode).isZero();
    }
}
