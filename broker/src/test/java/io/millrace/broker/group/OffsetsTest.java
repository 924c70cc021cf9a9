package io.millrace.broker.group;

import static io.millrace.broker.group.TestGroups.GROUP;
import static io.millrace.broker.group.TestGroups.RETENTION_CHECK_MS;
import static io.millrace.broker.group.TestGroups.RETENTION_MS;
import static io.millrace.broker.group.TestGroups.error;
import static io.millrace.broker.group.TestGroups.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.ConsumerProtocol;
import io.millrace.protocol.message.DeleteGroups;
import io.millrace.protocol.message.GroupRecords.GroupMetadataKey;
import io.millrace.protocol.message.GroupRecords.GroupMetadataValue;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetDelete;
import io.millrace.protocol.message.OffsetDelete.Request.OffsetDeleteRequestPartition;
import io.millrace.protocol.message.OffsetDelete.Request.OffsetDeleteRequestTopic;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import io.millrace.protocol.record.BatchBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Offsets are kept as long as they are wanted, and seen once they are safe. */
class OffsetsTest {
    private static final int PARTITION = Shards.partitionOf(GROUP, TestGroups.PARTITIONS);

    private final TestGroups groups = new TestGroups();

    @Test
    void whatWasCommittedIsRead() {
        OffsetCommit.Request request = TestGroups.commitRequest(GROUP, "", -1, "t", 42, "note");
        assertThat(outcome(groups.commit(request))).isEqualTo(ErrorCode.NONE);

        var partition = groups.fetch(GROUP, "t").topics.get(0).partitions.get(0);
        assertThat(partition.committedOffset).isEqualTo(42);
        assertThat(partition.committedLeaderEpoch).isEqualTo(7);
        assertThat(partition.metadata).isEqualTo("note");
        assertThat(groups.fetch(GROUP, null).topics).hasSize(1);
        assertThat(groups.state()).isEqualTo("Empty");
    }

    @Test
    void whatWasNeverCommittedIsMinusOne() {
        var partition = groups.fetch("nobody", "t").topics.get(0).partitions.get(0);
        assertThat(partition.committedOffset).isEqualTo(-1);
        assertThat(partition.metadata).isEmpty();
        assertThat(partition.errorCode).isZero();
        assertThat(groups.fetch("nobody", null).topics).isEmpty();
    }

    @Test
    void aCommitIsSeenWhenItIsStoredAndNotBefore() {
        groups.log.holdOutcomes();
        Reply<OffsetCommit.Response> commit = groups.commit("", -1, "t", 42);
        assertThat(groups.committed("t")).isEqualTo(-1);
        groups.log.releaseOutcomes();
        groups.loop.run();
        assertThat(outcome(commit)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.committed("t")).isEqualTo(42);
    }

    @Test
    void whoWantsAStableOffsetIsToldToAskAgainWhileACommitIsUnderWay() {
        groups.commit("", -1, "t", 1);
        groups.log.holdOutcomes();
        groups.commit("", -1, "t", 2);
        assertThat(groups.committed("t"))
                .as("others hear the last one that is safe")
                .isEqualTo(1);
        for (String topic : new String[] {"t", null}) {
            var partition =
                    groups.fetch(GROUP, topic, true).topics.get(0).partitions.get(0);
            assertThat(error(partition.errorCode)).isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT);
            assertThat(partition.committedOffset).isEqualTo(-1);
        }
        groups.log.releaseOutcomes();
        groups.loop.run();
        var partition = groups.fetch(GROUP, "t", true).topics.get(0).partitions.get(0);
        assertThat(error(partition.errorCode)).isEqualTo(ErrorCode.NONE);
        assertThat(partition.committedOffset).isEqualTo(2);
    }

    @Test
    void theLastCommitCountsWhateverTheOrderOfTheNews() {
        groups.log.holdOutcomes();
        groups.commit("", -1, "t", 1);
        groups.commit("", -1, "t", 2);
        groups.commit("", -1, "t", 3);
        groups.log.releaseOutcomesBackwards();
        groups.loop.run();
        assertThat(groups.committed("t")).isEqualTo(3);
    }

    @Test
    void aCommitThatFailedIsNotSeen() {
        groups.commit("", -1, "t", 1);
        groups.log.failAppends(ErrorCode.NOT_ENOUGH_REPLICAS);
        assertThat(outcome(groups.commit("", -1, "t", 2))).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        groups.log.failAppends(ErrorCode.MESSAGE_TOO_LARGE);
        assertThat(outcome(groups.commit("", -1, "t", 2))).isEqualTo(ErrorCode.INVALID_COMMIT_OFFSET_SIZE);
        assertThat(groups.committed("t")).isEqualTo(1);
    }

    @Test
    void anAppendThatThrowsIsAnsweredAndHoldsBackNoOther() {
        groups.log.holdOutcomes();
        groups.log.throwAfterNextAppend(new IllegalStateException("on purpose"));
        Reply<OffsetCommit.Response> thrown = groups.commit("", -1, "t", 1);
        assertThat(TestGroups.outcome(thrown)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        Reply<OffsetCommit.Response> next = groups.commit("", -1, "u", 2);
        groups.log.releaseOutcomes();
        groups.loop.run();
        assertThat(TestGroups.outcome(next)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.committed("u")).isEqualTo(2);
    }

    @Test
    void anAppendThatThrowsAfterItsOutcomeIsAsGoodAsAnyOther() {
        groups.log.throwAfterNextAppend(new IllegalStateException("on purpose"));
        Reply<OffsetCommit.Response> commit = groups.commit("", -1, "t", 1);
        assertThat(TestGroups.outcome(commit)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.committed("t")).isEqualTo(1);
    }

    @Test
    void whoCannotTakeAnOutcomeKeepsItFromNobodyElse() {
        groups.log.holdOutcomes();
        groups.coordinator.commitOffsets(TestGroups.commitRequest(GROUP, "", -1, "t", 1, ""), response -> {
            throw new IllegalStateException("on purpose");
        });
        Reply<OffsetCommit.Response> sameBatch = groups.commit("", -1, "u", 2);
        Reply<OffsetCommit.Response> nextBatch = groups.commit("", -1, "v", 3);
        groups.log.releaseOutcomes();
        groups.loop.run();
        assertThat(TestGroups.outcome(sameBatch)).isEqualTo(ErrorCode.NONE);
        assertThat(TestGroups.outcome(nextBatch)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void commitsOfOneTurnAreOneBatch() {
        List<Reply<OffsetCommit.Response>> commits = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Reply<OffsetCommit.Response> reply = new Reply<>();
            commits.add(reply);
            groups.coordinator.commitOffsets(TestGroups.commitRequest(GROUP, "", -1, "t" + i, i, ""), reply);
        }
        groups.loop.run();
        assertThat(groups.log.appends()).isEqualTo(1);
        assertThat(commits).allSatisfy(commit -> assertThat(outcome(commit)).isEqualTo(ErrorCode.NONE));
        assertThat(groups.committed("t99")).isEqualTo(99);
    }

    @Test
    void aLargeTurnIsSeveralBatches() {
        String note = "n".repeat(4_000);
        for (int i = 0; i < 300; i++) {
            groups.coordinator.commitOffsets(TestGroups.commitRequest(GROUP, "", -1, "t" + i, i, note), new Reply<>());
        }
        groups.loop.run();
        assertThat(groups.log.appends()).isGreaterThan(2);
        assertThat(groups.log.batches(PARTITION))
                .allSatisfy(batch -> assertThat(batch.remaining()).isLessThan(1 << 20));
        assertThat(groups.committed("t299")).isEqualTo(299);
    }

    @Test
    void commitsThatAreNotTooLargeThemselvesAreNotRefusedForTheCompanyTheyAreIn() {
        groups.log.limitBatches(10_000);
        String note = "n".repeat(3_000);
        List<Reply<OffsetCommit.Response>> commits = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Reply<OffsetCommit.Response> reply = new Reply<>();
            groups.coordinator.commitOffsets(TestGroups.commitRequest(GROUP, "", -1, "t" + i, i, note), reply);
            commits.add(reply);
        }
        groups.loop.run();
        assertThat(commits).allSatisfy(commit -> assertThat(outcome(commit)).isEqualTo(ErrorCode.NONE));
    }

    @Test
    void aGroupWithManyOffsetsIsDeletedFromATopicThatTakesSmallBatchesOnly() {
        for (int i = 0; i < 500; i++) {
            groups.commit("", -1, "a-topic-with-a-name-of-some-length-" + i, i);
        }
        groups.log.limitBatches(2_000);
        assertThat(groups.delete(GROUP).get().results.get(0).errorCode).isZero();
        assertThat(reloaded().state()).isEqualTo("Dead");
    }

    @Test
    void whoClaimsNoGenerationCommitsToAnEmptyGroupUnderWhateverName() {
        // A consumer that assigns partitions to itself tells its static name all the same, if it was given one.
        OffsetCommit.Request named = TestGroups.commitRequest(GROUP, "", -1, "t", 1, "");
        named.groupInstanceId = "one";
        assertThat(outcome(groups.commit(named))).isEqualTo(ErrorCode.NONE);
        assertThat(outcome(groups.commit(named))).as("when the group is there").isEqualTo(ErrorCode.NONE);
        assertThat(outcome(groups.commit("somebody", -1, "t", 2))).isEqualTo(ErrorCode.NONE);
        assertThat(outcome(groups.commit("somebody", 0, "t", 3))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);

        groups.stableGroup(1);
        assertThat(outcome(groups.commit(named))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void onlyMembersCommitToAGroupThatHasSome() {
        List<String> members = groups.stableGroup(1);
        assertThat(outcome(groups.commit("", -1, "t", 1))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(outcome(groups.commit(members.get(0), 0, "t", 1))).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(outcome(groups.commit("stranger", 1, "t", 1))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(outcome(groups.commit(members.get(0), 1, "t", 1))).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aMemberMayCommitWhileTheOthersJoinButNotBeforeItHasItsPart() {
        List<String> members = groups.stableGroup(2);
        groups.join(members.get(0), null);
        assertThat(outcome(groups.commit(members.get(1), 1, "t", 1))).isEqualTo(ErrorCode.NONE);
        groups.join(members.get(1), null);
        assertThat(outcome(groups.commit(members.get(1), 2, "t", 2))).isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        assertThat(outcome(groups.commit(members.get(1), 1, "t", 2))).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
    }

    @Test
    void aCommitIsASignOfLife() {
        List<String> members = groups.stableGroup(1);
        for (int i = 0; i < 5; i++) {
            groups.loop.advance(TestGroups.SESSION_MS - 1);
            assertThat(outcome(groups.commit(members.get(0), 1, "t", i))).isEqualTo(ErrorCode.NONE);
        }
    }

    @Test
    void aNoteThatIsTooLongIsRefusedAndTheOthersAreNot() {
        OffsetCommit.Request request = TestGroups.commitRequest(GROUP, "", -1, "t", 1, "n".repeat(4_097));
        OffsetCommitRequestPartition fine = new OffsetCommitRequestPartition();
        fine.partitionIndex = 1;
        fine.committedOffset = 5;
        fine.committedMetadata = null;
        request.topics.get(0).partitions =
                List.of(request.topics.get(0).partitions.get(0), fine);
        OffsetCommit.Response response = groups.commit(request).get();
        assertThat(error(response.topics.get(0).partitions.get(0).errorCode))
                .isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);
        assertThat(response.topics.get(0).partitions.get(1).errorCode).isZero();
        assertThat(groups.committed("t")).isEqualTo(-1);
    }

    @Test
    void offsetsOfALeftGroupAreForgottenAfterTheRetention() {
        List<String> members = groups.stableGroup(1);
        groups.commit(members.get(0), 1, "t", 1);
        for (int i = 0; i < 2 * RETENTION_MS / 5_000; i++) {
            groups.loop.advance(5_000);
            groups.heartbeat(members.get(0), 1);
        }
        assertThat(groups.committed("t")).as("the group lives").isEqualTo(1);
        groups.leave(members.get(0));
        groups.loop.advance(RETENTION_MS - 1);
        assertThat(groups.committed("t")).isEqualTo(1);
        groups.loop.advance(RETENTION_CHECK_MS + 1);

        assertThat(groups.state()).isEqualTo("Dead");
        assertThat(reloaded().fetch(GROUP, null).topics).as("also in the log").isEmpty();
        assertThat(reloaded().state()).isEqualTo("Dead");
    }

    @Test
    void offsetsOfWhoNeverJoinedAreForgottenAfterTheirCommit() {
        groups.commit("", -1, "old", 1);
        groups.loop.advance(RETENTION_MS / 2);
        groups.commit("", -1, "young", 1);
        groups.loop.advance(RETENTION_MS / 2 + RETENTION_CHECK_MS);
        assertThat(groups.committed("old")).isEqualTo(-1);
        assertThat(groups.committed("young")).isEqualTo(1);
    }

    @Test
    void aConsumerGroupForgetsTopicsItDoesNotReadAnyMore() {
        String member = consumerGroupReading("t");
        groups.commit(member, 1, "t", 1);
        groups.commit(member, 1, "former", 1);
        for (int i = 0; i < (RETENTION_MS + RETENTION_CHECK_MS) / 5_000 + 1; i++) {
            groups.loop.advance(5_000);
            groups.heartbeat(member, 1);
        }
        assertThat(groups.committed("former")).isEqualTo(-1);
        assertThat(groups.committed("t")).isEqualTo(1);
    }

    @Test
    void aCommitThatAsksForAnExpiryGetsIt() {
        OffsetCommit.Request request = TestGroups.commitRequest(GROUP, "", -1, "t", 1, "");
        request.retentionTimeMs = 1_000;
        groups.commit(request);
        groups.loop.advance(RETENTION_CHECK_MS);
        assertThat(groups.committed("t")).isEqualTo(-1);
    }

    @Test
    void aCommitThatAsksToBeKeptForEverIsKept() {
        OffsetCommit.Request request = TestGroups.commitRequest(GROUP, "", -1, "t", 1, "");
        request.retentionTimeMs = Long.MAX_VALUE;
        groups.commit(request);
        groups.loop.advance(2 * RETENTION_MS);
        assertThat(groups.committed("t")).isEqualTo(1);
    }

    @Test
    void aCommitOnItsWayIsNotForgotten() {
        groups.commit("", -1, "t", 1);
        groups.loop.advance(RETENTION_MS - 1);
        groups.log.holdOutcomes();
        groups.commit("", -1, "t", 2);
        groups.loop.advance(RETENTION_CHECK_MS);
        groups.log.releaseOutcomes();
        groups.loop.run();
        assertThat(groups.committed("t")).isEqualTo(2);
        assertThat(reloaded().committed("t")).isEqualTo(2);
    }

    @Test
    void offsetsAreForgottenByABrokerThatTookThemOverAndIsAskedNothing() {
        groups.commit("", -1, "t", 1);
        TestGroups taken = reloaded();
        taken.loop.advance(RETENTION_MS + RETENTION_CHECK_MS);
        assertThat(taken.state()).isEqualTo("Dead");
    }

    @Test
    void offsetsOfAGroupThatDoesNotSaySinceWhenItIsEmptyCountFromTheirCommit() {
        GroupMetadataKey key = new GroupMetadataKey();
        key.group = GROUP;
        GroupMetadataValue value = new GroupMetadataValue();
        value.protocolType = "consumer";
        value.generation = 3;
        groups.log.put(
                PARTITION,
                new BatchBuilder().append(0, key.toBytes(), value.toBytes(1)).finish());
        groups.commit("", -1, "t", 1);
        TestGroups taken = reloaded();
        taken.loop.advance(RETENTION_CHECK_MS);
        assertThat(taken.committed("t")).isEqualTo(1);
        taken.loop.advance(RETENTION_MS);
        assertThat(taken.state()).isEqualTo("Dead");
    }

    @Test
    void nothingTicksWhenThereAreNoGroups() {
        groups.commit("", -1, "t", 1);
        groups.loop.advance(RETENTION_MS + 2 * RETENTION_CHECK_MS);
        assertThat(groups.loop.isIdle()).isTrue();
    }

    @Test
    void aDeletedGroupIsGoneFromTheLogToo() {
        List<String> members = groups.stableGroup(1);
        groups.commit(members.get(0), 1, "t", 1);
        assertThat(deleted(groups.delete(GROUP))).isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        groups.leave(members.get(0));
        assertThat(deleted(groups.delete(GROUP))).isEqualTo(ErrorCode.NONE);
        assertThat(deleted(groups.delete(GROUP))).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(reloaded().fetch(GROUP, null).topics).isEmpty();
        assertThat(reloaded().state()).isEqualTo("Dead");
    }

    @Test
    void aDeletionTakesCommitsOnTheirWayWithIt() {
        groups.log.holdOutcomes();
        groups.commit("", -1, "t", 1);
        Reply<DeleteGroups.Response> deletion = groups.delete(GROUP);
        assertThat(outcome(groups.commit("", -1, "t", 2)))
                .as("while it is deleted")
                .isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        groups.log.releaseOutcomes();
        groups.loop.run();
        assertThat(deleted(deletion)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.committed("t")).isEqualTo(-1);
        assertThat(reloaded().committed("t")).isEqualTo(-1);
    }

    @Test
    void aDeletionThatCannotBeStoredLeavesTheGroupAsItWas() {
        groups.commit("", -1, "t", 1);
        groups.log.failAppends(ErrorCode.NOT_ENOUGH_REPLICAS);
        assertThat(deleted(groups.delete(GROUP))).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        groups.log.failAppends(ErrorCode.NONE);
        assertThat(groups.committed("t")).isEqualTo(1);
        assertThat(outcome(groups.commit("", -1, "t", 2))).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void severalGroupsAreDeletedEachOnItsOwn() {
        groups.commit("", -1, "t", 1);
        DeleteGroups.Response response = groups.delete("nobody", GROUP).get();
        assertThat(response.results).hasSize(2);
        assertThat(response.results).anySatisfy(result -> {
            assertThat(result.groupId).isEqualTo(GROUP);
            assertThat(result.errorCode).isZero();
        });
        assertThat(groups.delete().get().results).isEmpty();
    }

    @Test
    void aGroupWithManyOffsetsIsDeletedInSeveralBatches() {
        for (int i = 0; i < 60; i++) {
            groups.commit("", -1, "t".repeat(20_000) + i, i);
        }
        int appends = groups.log.appends();
        assertThat(deleted(groups.delete(GROUP))).isEqualTo(ErrorCode.NONE);
        assertThat(groups.log.appends() - appends).isGreaterThan(2);
        assertThat(reloaded().fetch(GROUP, null).topics).isEmpty();
    }

    @Test
    void offsetsOfTopicsThatMembersReadAreNotDeleted() {
        String member = consumerGroupReading("t");
        groups.commit(member, 1, "t", 1);
        groups.commit(member, 1, "former", 1);
        OffsetDelete.Response response = deleteOffsets("t", "former");
        assertThat(response.errorCode).isZero();
        assertThat(error(response.topics.get(0).partitions.get(0).errorCode))
                .isEqualTo(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
        assertThat(response.topics.get(1).partitions.get(0).errorCode).isZero();
        assertThat(groups.committed("t")).isEqualTo(1);
        assertThat(groups.committed("former")).isEqualTo(-1);
        assertThat(reloaded().committed("former")).isEqualTo(-1);
    }

    @Test
    void aConsumerGroupWhoseWishesCannotBeReadKeepsAllItsOffsets() {
        List<String> members = groups.stableGroup(1);
        groups.commit(members.get(0), 1, "t", 1);
        assertThat(error(deleteOffsets("t").topics.get(0).partitions.get(0).errorCode))
                .isEqualTo(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
    }

    @Test
    void offsetsOfAGroupOfAnotherKindAreDeletedOnlyWhenItIsEmpty() {
        JoinGroup.Request request = TestGroups.joinRequest("", null, "default");
        request.protocolType = "connect";
        groups.join(request, new JoiningClient("c", "/h", false, false));
        groups.loop.advance(TestGroups.INITIAL_DELAY_MS);
        assertThat(error(deleteOffsets("t").errorCode)).isEqualTo(ErrorCode.NON_EMPTY_GROUP);
    }

    @Test
    void offsetsOfAnEmptyGroupAreDeleted() {
        groups.commit("", -1, "t", 1);
        assertThat(deleteOffsets("t", "never").errorCode).isZero();
        assertThat(groups.committed("t")).isEqualTo(-1);
        OffsetDelete.Request nobody = new OffsetDelete.Request();
        nobody.groupId = "nobody";
        assertThat(error(deleteOffsets(nobody).errorCode)).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    }

    @Test
    void offsetsGoWithTheirTopic() {
        groups.commit("", -1, "gone", 1);
        groups.commit("", -1, "t", 1);
        groups.coordinator.onTopicsDeleted("gone"::equals);
        groups.loop.run();
        assertThat(groups.committed("gone")).isEqualTo(-1);
        assertThat(groups.committed("t")).isEqualTo(1);
        assertThat(reloaded().committed("gone")).isEqualTo(-1);
    }

    @Test
    void offsetsGoWithTheirTopicThoughTheyWereOnlyBeingRead() {
        groups.commit("", -1, "gone", 1);
        groups.commit("", -1, "t", 1);
        TestGroups next = new TestGroups(new VirtualLoop(), groups.log, TestGroups.config(100));
        groups.log.holdReplays();
        next.elect(PARTITION, 2);
        next.coordinator.onTopicsDeleted("gone"::equals);
        next.loop.run();
        groups.log.releaseReplays();
        next.loop.run();
        assertThat(next.committed("gone")).isEqualTo(-1);
        assertThat(next.committed("t")).isEqualTo(1);

        TestGroups afterNext = new TestGroups(new VirtualLoop(), groups.log, TestGroups.config(100));
        afterNext.elect(PARTITION, 3);
        assertThat(afterNext.committed("gone")).as("in the log").isEqualTo(-1);
    }

    /** Another coordinator that has read the log. */
    private TestGroups reloaded() {
        TestGroups next = new TestGroups(new VirtualLoop(), groups.log, TestGroups.config(100));
        next.elect(PARTITION, 2);
        return next;
    }

    private String consumerGroupReading(String topic) {
        ConsumerProtocol.Subscription subscription = new ConsumerProtocol.Subscription();
        subscription.topics = List.of(topic);
        JoinGroup.Request request = TestGroups.joinRequest("", null);
        request.protocols.get(0).metadata = subscription.toBytes(1);
        Reply<JoinGroup.Response> join = groups.join(request, new JoiningClient("c", "/h", false, false));
        groups.loop.advance(TestGroups.INITIAL_DELAY_MS);
        groups.sync(join.get().memberId, 1, Map.of());
        return join.get().memberId;
    }

    @Test
    void anEmptyGroupGoesWithItsLastOffset() {
        groups.commit("", -1, "t", 1);
        groups.commit("", -1, "u", 1);
        deleteOffsets("t");
        assertThat(groups.state()).isEqualTo("Empty");
        deleteOffsets("u");
        assertThat(groups.state()).isEqualTo("Dead");

        groups.commit("", -1, "t", 1);
        groups.coordinator.onTopicsDeleted("t"::equals);
        groups.loop.run();
        assertThat(groups.state()).isEqualTo("Dead");
        assertThat(reloaded().state()).isEqualTo("Dead");
    }

    @Test
    void aGroupWithMembersOutlivesItsLastOffset() {
        List<String> members = groups.stableGroup(1);
        groups.commit(members.get(0), 1, "t", 1);
        groups.coordinator.onTopicsDeleted("t"::equals);
        groups.loop.run();
        assertThat(groups.state()).isEqualTo("Stable");
        assertThat(groups.committed("t")).isEqualTo(-1);
    }

    @Test
    void aGroupNamedTwiceIsDeletedOnce() {
        groups.commit("", -1, "t", 1);
        DeleteGroups.Response response = groups.delete(GROUP, "nobody", GROUP).get();
        assertThat(response.results)
                .extracting(result -> result.groupId + " " + error(result.errorCode))
                .containsExactlyInAnyOrder(GROUP + " NONE", "nobody GROUP_ID_NOT_FOUND");
    }

    private OffsetDelete.Response deleteOffsets(String... topics) {
        OffsetDelete.Request request = new OffsetDelete.Request();
        request.groupId = GROUP;
        request.topics = new ArrayList<>();
        for (String topic : topics) {
            OffsetDeleteRequestTopic entry = new OffsetDeleteRequestTopic();
            entry.name = topic;
            entry.partitions = List.of(new OffsetDeleteRequestPartition());
            request.topics.add(entry);
        }
        return deleteOffsets(request);
    }

    private OffsetDelete.Response deleteOffsets(OffsetDelete.Request request) {
        Reply<OffsetDelete.Response> reply = new Reply<>();
        groups.coordinator.deleteOffsets(request, reply);
        groups.loop.run();
        return reply.get();
    }

    private static ErrorCode deleted(Reply<DeleteGroups.Response> reply) {
        return error(reply.get().results.get(0).errorCode);
    }

    @Test
    void aGroupErrorIsToldForTheGroup() {
        OffsetFetchResponseGroup group = groups.fetch("x".repeat(40_000), "t");
        assertThat(error(group.errorCode)).isEqualTo(ErrorCode.INVALID_GROUP_ID);
    }
}
