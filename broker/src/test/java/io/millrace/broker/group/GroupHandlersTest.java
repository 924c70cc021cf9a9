package io.millrace.broker.group;

import static io.millrace.broker.group.TestGroups.GROUP;
import static io.millrace.broker.group.TestGroups.error;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.controller.ApiError;
import io.millrace.broker.controller.CreatedTopic;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.group.api.GroupHandlers;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.metadata.SecurityProtocol;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.DeleteGroups;
import io.millrace.protocol.message.DescribeGroups;
import io.millrace.protocol.message.FindCoordinator;
import io.millrace.protocol.message.FindCoordinator.Response.Coordinator;
import io.millrace.protocol.message.Heartbeat;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.message.ListGroups;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetDelete;
import io.millrace.protocol.message.OffsetFetch;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestTopic;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import io.millrace.protocol.message.SyncGroup;
import io.millrace.protocol.message.UpdateMetadata;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataBroker;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataEndpoint;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataPartitionState;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataTopicState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every version of every API is understood, and answered with what clients of that version know. */
class GroupHandlersTest {
    private static final Uuid TOPIC_ID = new Uuid(1, 2);
    private static final Uuid UNKNOWN_ID = new Uuid(3, 4);

    private final TestGroups groups = new TestGroups();
    private final MetadataCache metadata = new MetadataCache("cluster", () -> -1L);
    private final List<NewTopic> wanted = new ArrayList<>();
    private final CompletableFuture<List<CreatedTopic>> created = new CompletableFuture<>();
    private final Map<ApiKey, ApiHandler> handlers = new EnumMap<>(ApiKey.class);

    @BeforeEach
    void aTopic() {
        OffsetsTopic offsetsTopic = new OffsetsTopic(TestGroups.config(10).offsets(), metadata, topics -> {
            wanted.addAll(topics);
            return created;
        });
        GroupHandlers.all(groups.coordinator, offsetsTopic, metadata)
                .forEach(handler -> handlers.put(handler.apiKey(), handler));
        tell("t", TOPIC_ID, 1, 0);
    }

    @Test
    void everyVersionIsAnswered() {
        int calls = 0;
        for (ApiHandler handler : handlers.values()) {
            for (int version = handler.lowestVersion(); version <= handler.highestVersion(); version++) {
                Message request = Messages.newRequest(handler.apiKey());
                VersionedCall call = send(request, version);
                assertThat(call.isAnswered())
                        .as("%s v%d", handler.apiKey(), version)
                        .isTrue();
                calls++;
            }
        }
        assertThat(handlers).hasSize(11);
        assertThat(calls).isEqualTo(7 + 10 + 6 + 5 + 6 + 11 + 11 + 1 + 7 + 6 + 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void theCoordinatorIsFoundOnceTheTopicIsThere(int version) {
        assertThat(error(find(version).errorCode)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(find(version).nodeId).isEqualTo(-1);
        assertThat(wanted).as("asked for once while it is being created").hasSize(1);
        assertThat(wanted.get(0).name()).isEqualTo("__consumer_offsets");
        assertThat(wanted.get(0).numPartitions()).isEqualTo(TestGroups.PARTITIONS);
        assertThat(wanted.get(0).configs())
                .containsEntry("cleanup.policy", "compact")
                .containsEntry("segment.bytes", "1048576");

        tell("__consumer_offsets", Uuid.ZERO, TestGroups.PARTITIONS, 1);
        Coordinator found = find(version);
        assertThat(error(found.errorCode)).isEqualTo(ErrorCode.NONE);
        assertThat(found.nodeId).isEqualTo(1);
        assertThat(found.host).isEqualTo("host-1");
        assertThat(found.port).isEqualTo(9_001);
    }

    @Test
    void theTopicIsAskedForAgainAfterItCouldNotBeCreated() {
        find(4);
        created.complete(List.of(new CreatedTopic(
                "__consumer_offsets",
                new ApiError(ErrorCode.INVALID_REPLICATION_FACTOR, "too few"),
                Uuid.ZERO,
                -1,
                -1)));
        find(4);
        assertThat(wanted).hasSize(2);
    }

    @Test
    void groupsAreSpreadOverThePartitionsThatTheTopicHas() {
        OffsetsTopic topic = new OffsetsTopic(TestGroups.config(10).offsets(), metadata, topics -> created);
        assertThat(topic.partitionCount()).as("while nobody has told").isZero();
        tell("__consumer_offsets", Uuid.ZERO, 7, 1);
        assertThat(topic.partitionCount()).as("whatever is configured").isEqualTo(7);
    }

    @Test
    void aPartitionWithoutLeaderHasNoCoordinator() {
        tell("__consumer_offsets", Uuid.ZERO, TestGroups.PARTITIONS, PartitionMetadata.NO_LEADER);
        assertThat(error(find(4).errorCode)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(wanted).isEmpty();
    }

    @Test
    void severalCoordinatorsAreFoundAtOnceAndThoseOfTransactionsAreNot() {
        tell("__consumer_offsets", Uuid.ZERO, TestGroups.PARTITIONS, 1);
        FindCoordinator.Request request = new FindCoordinator.Request();
        request.coordinatorKeys = List.of("a", "", "b");
        assertThat(send(request, 4).response(FindCoordinator.Response.class).coordinators)
                .extracting(found -> found.key)
                .containsExactly("a", "", "b");
        request.keyType = 1;
        assertThat(send(request, 4).response(FindCoordinator.Response.class).coordinators)
                .allSatisfy(found -> assertThat(error(found.errorCode)).isEqualTo(ErrorCode.INVALID_REQUEST));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void aJoinIsAnsweredInItsVersion(int version) {
        JoinGroup.Request request = TestGroups.joinRequest("", null);
        if (version == 0) {
            request.rebalanceTimeoutMs = -1;
        }
        VersionedCall call = send(request, version);
        if (version < 4) {
            groups.loop.advance(TestGroups.INITIAL_DELAY_MS);
            JoinGroup.Response response = call.response(JoinGroup.Response.class);
            assertThat(error(response.errorCode)).isEqualTo(ErrorCode.NONE);
            assertThat(response.protocolName).isEqualTo("range");
            assertThat(groups.describe().members.get(0).clientHost).isEqualTo("/127.0.0.1");
        } else {
            JoinGroup.Response response = call.response(JoinGroup.Response.class);
            assertThat(error(response.errorCode)).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
            assertThat(response.memberId).startsWith("app-");
            assertThat(response.protocolName).isEqualTo(version < 7 ? "" : null);
        }
    }

    @Test
    void aJoinOfVersion0MayTakeAsLongAsItsSession() {
        JoinGroup.Request request = TestGroups.joinRequest("", null);
        request.rebalanceTimeoutMs = -1;
        send(request, 0);
        groups.loop.advance(TestGroups.INITIAL_DELAY_MS);
        VersionedCall second = send(request, 0);
        groups.loop.advance(TestGroups.SESSION_MS - 1);
        assertThat(second.isAnswered()).isFalse();
        groups.loop.advance(1);
        assertThat(second.isAnswered()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 5})
    void aSyncHasToNameTheProtocolSinceVersion5(int version) {
        SyncGroup.Request request = new SyncGroup.Request();
        request.groupId = GROUP;
        request.memberId = groups.stableGroup(1).get(0);
        request.generationId = 1;
        SyncGroup.Response response = send(request, version).response(SyncGroup.Response.class);
        assertThat(error(response.errorCode))
                .isEqualTo(version < 5 ? ErrorCode.NONE : ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        request.protocolType = version < 5 ? null : "consumer";
        request.protocolName = version < 5 ? null : "range";
        response = send(request, version).response(SyncGroup.Response.class);
        assertThat(error(response.errorCode)).isEqualTo(ErrorCode.NONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void aLeaveIsAnsweredInItsVersion(int version) {
        List<String> members = groups.stableGroup(1);
        LeaveGroup.Request request = new LeaveGroup.Request();
        request.groupId = GROUP;
        leaver(request, version, "zzz");
        assertThat(outcome(send(request, version), version)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        leaver(request, version, members.get(0));
        assertThat(outcome(send(request, version), version)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.state()).isEqualTo("Empty");
    }

    private static void leaver(LeaveGroup.Request request, int version, String memberId) {
        if (version < 3) {
            request.memberId = memberId;
        } else {
            LeaveGroup.Request.MemberIdentity member = new LeaveGroup.Request.MemberIdentity();
            member.memberId = memberId;
            request.members = List.of(member);
        }
    }

    private static ErrorCode outcome(VersionedCall call, int version) {
        LeaveGroup.Response response = call.response(LeaveGroup.Response.class);
        if (version < 3) {
            return error(response.errorCode);
        }
        assertThat(response.errorCode).isZero();
        return error(response.members.get(0).errorCode);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aCommitIsReadInEveryVersion(int version) {
        assertThat(commit(version, "t", TOPIC_ID, 0)).isEqualTo(ErrorCode.NONE);
        for (int reading = 0; reading <= 10; reading++) {
            assertThat(fetch(reading, GROUP))
                    .as("read with version %d", reading)
                    .isEqualTo(42);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 9, 10})
    void aCommitToWhatDoesNotExistIsRefused(int version) {
        assertThat(commit(version, "t", TOPIC_ID, 1)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        ErrorCode unknown = version < 10 ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.UNKNOWN_TOPIC_ID;
        assertThat(commit(version, "unknown", UNKNOWN_ID, 0)).isEqualTo(unknown);
        assertThat(groups.describe().groupState).as("no group was made").isEqualTo("Dead");
    }

    @Test
    void aCommitToWhatExistsAndWhatDoesNotIsAnsweredForBoth() {
        OffsetCommit.Request request = TestGroups.commitRequest(GROUP, "", -1, "t", 42, "");
        request.topics.get(0).partitions = List.of(
                request.topics.get(0).partitions.get(0), new OffsetCommit.Request.OffsetCommitRequestPartition());
        request.topics.get(0).partitions.get(1).partitionIndex = 7;
        OffsetCommit.Response response = send(request, 8).response(OffsetCommit.Response.class);
        Map<Integer, ErrorCode> outcomes = new TreeMap<>();
        response.topics.forEach(topic -> topic.partitions.forEach(
                partition -> outcomes.put(partition.partitionIndex, error(partition.errorCode))));
        assertThat(outcomes)
                .containsEntry(0, ErrorCode.NONE)
                .containsEntry(7, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                .hasSize(2);
    }

    @Test
    void aCommitOfVersion1BringsItsTimeAndOneOfVersion2ItsExpiry() {
        OffsetCommit.Request old = TestGroups.commitRequest(GROUP, "", -1, "t", 42, "");
        old.topics.get(0).partitions.get(0).committedLeaderEpoch = -1;
        old.topics.get(0).partitions.get(0).commitTimestamp = groups.loop.wallClockMs() - TestGroups.RETENTION_MS;
        send(old, 1);
        assertThat(groups.committed("t")).isEqualTo(42);
        groups.loop.advance(TestGroups.RETENTION_CHECK_MS);
        assertThat(groups.committed("t")).as("it was old when it came").isEqualTo(-1);

        OffsetCommit.Request shortLived = TestGroups.commitRequest(GROUP, "", -1, "t", 43, "");
        shortLived.retentionTimeMs = 1;
        send(shortLived, 2);
        groups.loop.advance(2 * TestGroups.RETENTION_CHECK_MS);
        assertThat(groups.committed("t")).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5, 7, 8, 9, 10})
    void theErrorOfAGroupIsToldWhereTheVersionHasRoomForIt(int version) {
        OffsetFetch.Request request = fetchRequest(version, "x".repeat(Short.MAX_VALUE));
        groups.coordinator.close();
        OffsetFetch.Response response = send(request, version).response(OffsetFetch.Response.class);
        ErrorCode expected = ErrorCode.COORDINATOR_NOT_AVAILABLE;
        if (version < 2) {
            assertThat(error(response.topics.get(0).partitions.get(0).errorCode))
                    .isEqualTo(expected);
        } else if (version < 8) {
            assertThat(error(response.errorCode)).isEqualTo(expected);
        } else {
            assertThat(error(response.groups.get(0).errorCode)).isEqualTo(expected);
            assertThat(response.groups.get(0).topics).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 8, 9, 10})
    void allOffsetsOfAGroupAreReadWithoutNamingTopics(int version) {
        commit(9, "t", TOPIC_ID, 0);
        // Since deleted, so that nobody knows its id any more.
        groups.commit("", -1, "nameless", 1);
        OffsetFetch.Request request = fetchRequest(version, GROUP);
        if (version < 8) {
            request.topics = null;
        } else {
            request.groups.get(0).topics = null;
        }
        OffsetFetch.Response response = send(request, version).response(OffsetFetch.Response.class);
        if (version < 8) {
            assertThat(response.topics).extracting(topic -> topic.name).containsExactly("t", "nameless");
        } else if (version < 10) {
            assertThat(response.groups.get(0).topics)
                    .extracting(topic -> topic.name)
                    .containsExactly("t", "nameless");
        } else {
            assertThat(response.groups.get(0).topics)
                    .extracting(topic -> topic.topicId)
                    .containsExactly(TOPIC_ID);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 7, 8, 10})
    void aStableOffsetCanBeAskedForSinceVersion7(int version) {
        groups.log.holdOutcomes();
        VersionedCall commit = send(TestGroups.commitRequest(GROUP, "", -1, "t", 42, ""), 9);
        OffsetFetch.Request request = fetchRequest(version, GROUP);
        request.requireStable = version >= 7;
        OffsetFetch.Response response = send(request, version).response(OffsetFetch.Response.class);
        short error = version < 8
                ? response.topics.get(0).partitions.get(0).errorCode
                : response.groups.get(0).topics.get(0).partitions.get(0).errorCode;
        assertThat(error(error)).isEqualTo(version < 7 ? ErrorCode.NONE : ErrorCode.UNSTABLE_OFFSET_COMMIT);
        assertThat(commit.isAnswered()).isFalse();
    }

    @Test
    void offsetsOfSeveralGroupsAreReadAtOnce() {
        commit(9, "t", TOPIC_ID, 0);
        OffsetFetch.Request request = fetchRequest(10, GROUP);
        OffsetFetchRequestGroup other = fetchRequest(10, "other").groups.get(0);
        OffsetFetchRequestTopics unknown = new OffsetFetchRequestTopics();
        unknown.topicId = UNKNOWN_ID;
        unknown.partitionIndexes = new int[] {0, 5};
        other.topics = List.of(other.topics.get(0), unknown);
        request.groups = List.of(request.groups.get(0), other);

        List<OffsetFetchResponseGroup> answered = send(request, 10).response(OffsetFetch.Response.class).groups;
        assertThat(answered.get(0).topics.get(0).partitions.get(0).committedOffset)
                .isEqualTo(42);
        assertThat(answered.get(1).groupId).isEqualTo("other");
        assertThat(answered.get(1).topics.get(0).partitions.get(0).committedOffset)
                .isEqualTo(-1);
        assertThat(answered.get(1).topics.get(1).topicId).isEqualTo(UNKNOWN_ID);
        assertThat(answered.get(1).topics.get(1).partitions)
                .hasSize(2)
                .allSatisfy(partition -> assertThat(error(partition.errorCode)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void groupsAreDescribedInEveryVersion(int version) {
        groups.stableGroup(1);
        DescribeGroups.Request request = new DescribeGroups.Request();
        request.groups = List.of(GROUP, "nobody");
        request.includeAuthorizedOperations = version >= 3;
        DescribeGroups.Response response = send(request, version).response(DescribeGroups.Response.class);
        assertThat(response.groups.get(0).groupState).isEqualTo("Stable");
        assertThat(response.groups.get(0).members).hasSize(1);
        assertThat(response.groups.get(0).authorizedOperations).isEqualTo(version < 3 ? Integer.MIN_VALUE : 328);
        assertThat(response.groups.get(1).groupState).isEqualTo("Dead");
        assertThat(error(response.groups.get(1).errorCode))
                .isEqualTo(version < 6 ? ErrorCode.NONE : ErrorCode.GROUP_ID_NOT_FOUND);
    }

    @Test
    void groupsAreListedByStateAndType() {
        groups.stableGroup(1);
        groups.commit(TestGroups.commitRequest("simple", "", -1, "t", 1, ""));
        assertThat(list(List.of(), List.of())).containsExactlyInAnyOrder(GROUP, "simple");
        assertThat(list(List.of("stable"), List.of())).containsExactly(GROUP);
        assertThat(list(List.of("Empty", "Dead"), List.of())).containsExactly("simple");
        assertThat(list(List.of("no such state"), List.of())).isEmpty();
        assertThat(list(List.of(), List.of("Classic"))).hasSize(2);
        assertThat(list(List.of(), List.of("consumer"))).isEmpty();
    }

    @Test
    void offsetsOfWhatDoesNotExistAreNotDeleted() {
        commit(9, "t", TOPIC_ID, 0);
        OffsetDelete.Request request = new OffsetDelete.Request();
        request.groupId = GROUP;
        request.topics = List.of(deletion("t", 0, 9), deletion("unknown", 0));
        OffsetDelete.Response response = send(request, 0).response(OffsetDelete.Response.class);
        List<String> outcomes = new ArrayList<>();
        response.topics.forEach(topic -> topic.partitions.forEach(
                partition -> outcomes.add(topic.name + partition.partitionIndex + " " + error(partition.errorCode))));
        assertThat(outcomes)
                .containsExactlyInAnyOrder(
                        "t0 NONE", "t9 UNKNOWN_TOPIC_OR_PARTITION", "unknown0 UNKNOWN_TOPIC_OR_PARTITION");
        assertThat(groups.committed("t")).isEqualTo(-1);
    }

    @Test
    void theNewsThatATopicIsGoneReachesItsOffsets() {
        metadata.addListener(new DeletedTopics(groups.coordinator, metadata.snapshot()));
        commit(9, "t", TOPIC_ID, 0);
        tell("other", UNKNOWN_ID, 1, 0);
        groups.loop.run();
        assertThat(groups.committed("t")).as("other news do no harm").isEqualTo(42);
        tell("t", TOPIC_ID, 1, PartitionMetadata.LEADER_DURING_DELETE);
        groups.loop.run();
        assertThat(groups.committed("t")).isEqualTo(-1);
    }

    @Test
    void aTopicThatIsGivenAnIdKeepsItsOffsets() {
        metadata.addListener(new DeletedTopics(groups.coordinator, metadata.snapshot()));
        tell("old", Uuid.ZERO, 1, 0);
        commit(9, "old", Uuid.ZERO, 0);
        tell("old", UNKNOWN_ID, 1, 0);
        groups.loop.run();
        assertThat(groups.committed("old")).isEqualTo(42);
    }

    @Test
    void newsThatWereOvertakenDoNotMakeANewTopicSeemGone() {
        AtomicBoolean overtaken = new AtomicBoolean();
        metadata.addListener(news -> {
            if (overtaken.compareAndSet(false, true)) {
                tell("new", UNKNOWN_ID, 1, 0);
                commit(9, "new", UNKNOWN_ID, 0);
            }
        });
        metadata.addListener(new DeletedTopics(groups.coordinator, metadata.snapshot()));
        tell("t", TOPIC_ID, 1, 0);
        groups.loop.run();
        assertThat(groups.committed("new")).isEqualTo(42);
    }

    @Test
    void aRequestThatFailsUnexpectedlyIsToldSo() {
        RuntimeException cause = new IllegalStateException("on purpose");
        groups.log.throwAlways(cause);
        DescribeGroups.Request describe = new DescribeGroups.Request();
        describe.groups = List.of(GROUP);
        DeleteGroups.Request delete = new DeleteGroups.Request();
        delete.groupsNames = List.of(GROUP);
        OffsetDelete.Request deleteOffsets = new OffsetDelete.Request();
        deleteOffsets.groupId = GROUP;
        SyncGroup.Request sync = new SyncGroup.Request();
        sync.groupId = GROUP;
        sync.protocolType = "consumer";
        sync.protocolName = "range";
        Heartbeat.Request heartbeat = new Heartbeat.Request();
        heartbeat.groupId = GROUP;
        LeaveGroup.Request leave = new LeaveGroup.Request();
        leave.groupId = GROUP;
        List<Message> requests = List.of(
                TestGroups.joinRequest("", null),
                sync,
                heartbeat,
                leave,
                TestGroups.commitRequest(GROUP, "", -1, "t", 1, ""),
                fetchRequest(8, GROUP),
                deleteOffsets,
                describe,
                delete);
        for (Message request : requests) {
            int version = Math.min(8, handlers.get(request.apiKey()).highestVersion());
            assertThat(send(request, version).failure())
                    .as("%s", request.apiKey())
                    .isSameAs(cause);
        }
    }

    @Test
    void aCommitWhoseOutcomeCannotBeTakenInIsToldSo() {
        RuntimeException cause = new IllegalStateException("on purpose");
        List<RuntimeException> failures = new ArrayList<>();
        groups.coordinator.commitOffsets(
                TestGroups.commitRequest(GROUP, "", -1, "t", 1, ""),
                Answer.of(
                        response -> {
                            throw cause;
                        },
                        failures::add));
        groups.loop.run();
        assertThat(failures).containsExactly(cause);
    }

    @Test
    void aTopicCreatedAnewDoesNotInheritOffsets() {
        metadata.addListener(new DeletedTopics(groups.coordinator, metadata.snapshot()));
        commit(9, "t", TOPIC_ID, 0);
        tell("t", UNKNOWN_ID, 1, 0);
        groups.loop.run();
        assertThat(groups.committed("t")).isEqualTo(-1);
    }

    private static OffsetDelete.Request.OffsetDeleteRequestTopic deletion(String name, int... partitions) {
        OffsetDelete.Request.OffsetDeleteRequestTopic topic = new OffsetDelete.Request.OffsetDeleteRequestTopic();
        topic.name = name;
        topic.partitions = new ArrayList<>();
        for (int partition : partitions) {
            OffsetDelete.Request.OffsetDeleteRequestPartition entry =
                    new OffsetDelete.Request.OffsetDeleteRequestPartition();
            entry.partitionIndex = partition;
            topic.partitions.add(entry);
        }
        return topic;
    }

    private List<String> list(List<String> states, List<String> types) {
        ListGroups.Request request = new ListGroups.Request();
        request.statesFilter = states;
        request.typesFilter = types;
        ListGroups.Response response = send(request, 5).response(ListGroups.Response.class);
        List<String> ids = new ArrayList<>();
        response.groups.forEach(group -> ids.add(group.groupId));
        return ids;
    }

    private VersionedCall send(Message request, int version) {
        VersionedCall call = VersionedCall.send(handlers.get(request.apiKey()), request, version);
        groups.loop.run();
        return call;
    }

    private Coordinator find(int version) {
        FindCoordinator.Request request = new FindCoordinator.Request();
        if (version >= 4) {
            request.coordinatorKeys = List.of(GROUP);
            return send(request, version)
                    .response(FindCoordinator.Response.class)
                    .coordinators
                    .get(0);
        }
        request.key = GROUP;
        FindCoordinator.Response response = send(request, version).response(FindCoordinator.Response.class);
        Coordinator found = new Coordinator();
        found.errorCode = response.errorCode;
        found.nodeId = response.nodeId;
        found.host = response.host;
        found.port = response.port;
        return found;
    }

    private ErrorCode commit(int version, String topic, Uuid id, int partition) {
        OffsetCommit.Request request = TestGroups.commitRequest(GROUP, "", -1, topic, 42, "");
        request.topics.get(0).topicId = version < 10 ? Uuid.ZERO : id;
        request.topics.get(0).partitions.get(0).partitionIndex = partition;
        OffsetCommit.Response response = send(request, version).response(OffsetCommit.Response.class);
        assertThat(response.topics).hasSize(1);
        if (version < 10) {
            assertThat(response.topics.get(0).name).isEqualTo(topic);
        } else {
            assertThat(response.topics.get(0).topicId).isEqualTo(id);
        }
        return error(response.topics.get(0).partitions.get(0).errorCode);
    }

    private static OffsetFetch.Request fetchRequest(int version, String groupId) {
        OffsetFetch.Request request = new OffsetFetch.Request();
        if (version < 8) {
            OffsetFetchRequestTopic topic = new OffsetFetchRequestTopic();
            topic.name = "t";
            topic.partitionIndexes = new int[] {0};
            request.groupId = groupId;
            request.topics = List.of(topic);
        } else {
            OffsetFetchRequestTopics topic = new OffsetFetchRequestTopics();
            topic.name = "t";
            topic.topicId = TOPIC_ID;
            topic.partitionIndexes = new int[] {0};
            OffsetFetchRequestGroup group = new OffsetFetchRequestGroup();
            group.groupId = groupId;
            group.topics = List.of(topic);
            request.groups = List.of(group);
        }
        return request;
    }

    private long fetch(int version, String groupId) {
        OffsetFetch.Response response =
                send(fetchRequest(version, groupId), version).response(OffsetFetch.Response.class);
        return version < 8
                ? response.topics.get(0).partitions.get(0).committedOffset
                : response.groups.get(0).topics.get(0).partitions.get(0).committedOffset;
    }

    /** News of the controller: this topic has these leaders, and there are two brokers. */
    private void tell(String topic, Uuid id, int partitions, int leader) {
        UpdateMetadataTopicState state = new UpdateMetadataTopicState();
        state.topicName = topic;
        state.topicId = id;
        state.partitionStates = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            UpdateMetadataPartitionState partition = new UpdateMetadataPartitionState();
            partition.partitionIndex = i;
            partition.leader = leader;
            state.partitionStates.add(partition);
        }
        UpdateMetadata.Request news = new UpdateMetadata.Request();
        news.topicStates = List.of(state);
        news.liveBrokers = List.of(broker(0), broker(1));
        assertThat(metadata.update(news)).isEqualTo(ErrorCode.NONE);
    }

    private static UpdateMetadataBroker broker(int id) {
        UpdateMetadataEndpoint endpoint = new UpdateMetadataEndpoint();
        endpoint.listener = "PLAINTEXT";
        endpoint.securityProtocol = SecurityProtocol.PLAINTEXT.id();
        endpoint.host = "host-" + id;
        endpoint.port = 9_000 + id;
        UpdateMetadataBroker broker = new UpdateMetadataBroker();
        broker.id = id;
        broker.endpoints = List.of(endpoint);
        return broker;
    }
}
