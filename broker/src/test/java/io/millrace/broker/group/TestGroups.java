package io.millrace.broker.group;

import io.millrace.broker.config.GroupConfig;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.DeleteGroups;
import io.millrace.protocol.message.DescribeGroups;
import io.millrace.protocol.message.DescribeGroups.Response.DescribedGroup;
import io.millrace.protocol.message.Heartbeat;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.JoinGroup.Request.JoinGroupRequestProtocol;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.message.LeaveGroup.Request.MemberIdentity;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import io.millrace.protocol.message.SyncGroup;
import io.millrace.protocol.message.SyncGroup.Request.SyncGroupRequestAssignment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One coordinator on virtual time that has all partitions, and what members ask of it in one line each. */
final class TestGroups {
    static final String GROUP = "orders";
    static final int SESSION_MS = 10_000;
    static final int REBALANCE_MS = 60_000;
    static final int INITIAL_DELAY_MS = 3_000;
    static final long RETENTION_MS = 60_000;
    static final long RETENTION_CHECK_MS = 10_000;
    static final int PARTITIONS = 4;

    final VirtualLoop loop;
    final MemoryOffsetLog log;
    final GroupCoordinator coordinator;

    TestGroups() {
        this(Integer.MAX_VALUE);
    }

    TestGroups(int maxSize) {
        this(new VirtualLoop(), new MemoryOffsetLog(PARTITIONS), config(maxSize));
        for (int partition = 0; partition < PARTITIONS; partition++) {
            elect(partition, 1);
        }
    }

    TestGroups(VirtualLoop loop, MemoryOffsetLog log, GroupConfig config) {
        this.loop = loop;
        this.log = log;
        this.coordinator = new GroupCoordinator(config, loop, log);
    }

    static GroupConfig config(int maxSize) {
        return config(maxSize, RETENTION_MS, RETENTION_CHECK_MS);
    }

    static GroupConfig config(int maxSize, long retentionMs, long retentionCheckMs) {
        GroupConfig.Offsets offsets =
                new GroupConfig.Offsets(PARTITIONS, 1, 1 << 20, 0, 4_096, 5_000, retentionMs, retentionCheckMs);
        return new GroupConfig(6_000, 1_800_000, INITIAL_DELAY_MS, maxSize, offsets);
    }

    void elect(int partition, int leaderEpoch) {
        log.elect(partition, leaderEpoch);
        coordinator.onElected(partition, leaderEpoch);
        loop.run();
    }

    /** Asks to join as of the newest version. */
    Reply<JoinGroup.Response> join(String memberId, @Nullable String instanceId, String... protocols) {
        return join(joinRequest(memberId, instanceId, protocols), new JoiningClient("app", "/127.0.0.1", true, true));
    }

    Reply<JoinGroup.Response> join(JoinGroup.Request request, JoiningClient client) {
        Reply<JoinGroup.Response> reply = new Reply<>();
        coordinator.join(request, client, reply);
        loop.run();
        return reply;
    }

    static JoinGroup.Request joinRequest(String memberId, @Nullable String instanceId, String... protocols) {
        JoinGroup.Request request = new JoinGroup.Request();
        request.groupId = GROUP;
        request.memberId = memberId;
        request.groupInstanceId = instanceId;
        request.sessionTimeoutMs = SESSION_MS;
        request.rebalanceTimeoutMs = REBALANCE_MS;
        request.protocolType = "consumer";
        request.protocols = new ArrayList<>();
        for (String protocol : protocols.length == 0 ? new String[] {"range"} : protocols) {
            JoinGroupRequestProtocol entry = new JoinGroupRequestProtocol();
            entry.name = protocol;
            entry.metadata = bytes("wishes");
            request.protocols.add(entry);
        }
        return request;
    }

    /** Gets an id and then joins with it. */
    Reply<JoinGroup.Response> joinNew(String... protocols) {
        return join(newMemberId(protocols), null, protocols);
    }

    String newMemberId(String... protocols) {
        JoinGroup.Response response = join("", null, protocols).get();
        if (error(response.errorCode) != ErrorCode.MEMBER_ID_REQUIRED) {
            throw new AssertionError("expected to be given an id, got " + error(response.errorCode));
        }
        return response.memberId;
    }

    Reply<SyncGroup.Response> sync(String memberId, int generation, Map<String, String> assignments) {
        SyncGroup.Request request = new SyncGroup.Request();
        request.groupId = GROUP;
        request.memberId = memberId;
        request.generationId = generation;
        request.assignments = new ArrayList<>();
        assignments.forEach((member, text) -> {
            SyncGroupRequestAssignment assignment = new SyncGroupRequestAssignment();
            assignment.memberId = member;
            assignment.assignment = bytes(text);
            request.assignments.add(assignment);
        });
        return sync(request);
    }

    Reply<SyncGroup.Response> sync(SyncGroup.Request request) {
        Reply<SyncGroup.Response> reply = new Reply<>();
        coordinator.sync(request, reply);
        loop.run();
        return reply;
    }

    ErrorCode heartbeat(String memberId, int generation) {
        return heartbeat(memberId, generation, null);
    }

    ErrorCode heartbeat(String memberId, int generation, @Nullable String instanceId) {
        Heartbeat.Request request = new Heartbeat.Request();
        request.groupId = GROUP;
        request.memberId = memberId;
        request.generationId = generation;
        request.groupInstanceId = instanceId;
        Reply<Heartbeat.Response> reply = new Reply<>();
        coordinator.heartbeat(request, reply);
        loop.run();
        return error(reply.get().errorCode);
    }

    ErrorCode leave(String memberId) {
        return leave(memberId, null);
    }

    ErrorCode leave(String memberId, @Nullable String instanceId) {
        MemberIdentity identity = new MemberIdentity();
        identity.memberId = memberId;
        identity.groupInstanceId = instanceId;
        LeaveGroup.Response response = leaveAll(GROUP, List.of(identity));
        return error(response.errorCode != 0 ? response.errorCode : response.members.get(0).errorCode);
    }

    LeaveGroup.Response leaveAll(String groupId, List<MemberIdentity> members) {
        LeaveGroup.Request request = new LeaveGroup.Request();
        request.groupId = groupId;
        request.members = members;
        Reply<LeaveGroup.Response> reply = new Reply<>();
        coordinator.leave(request, reply);
        loop.run();
        return reply.get();
    }

    /** Commits an offset of partition 0 of a topic. */
    Reply<OffsetCommit.Response> commit(String memberId, int generation, String topic, long offset) {
        return commit(commitRequest(GROUP, memberId, generation, topic, offset, ""));
    }

    Reply<OffsetCommit.Response> commit(OffsetCommit.Request request) {
        Reply<OffsetCommit.Response> reply = new Reply<>();
        coordinator.commitOffsets(request, reply);
        loop.run();
        return reply;
    }

    static OffsetCommit.Request commitRequest(
            String group, String memberId, int generation, String topic, long offset, String metadata) {
        OffsetCommitRequestPartition partition = new OffsetCommitRequestPartition();
        partition.committedOffset = offset;
        partition.committedLeaderEpoch = 7;
        partition.committedMetadata = metadata;
        OffsetCommitRequestTopic requestTopic = new OffsetCommitRequestTopic();
        requestTopic.name = topic;
        requestTopic.partitions = List.of(partition);
        OffsetCommit.Request request = new OffsetCommit.Request();
        request.groupId = group;
        request.memberId = memberId;
        request.generationIdOrMemberEpoch = generation;
        request.topics = List.of(requestTopic);
        return request;
    }

    static ErrorCode outcome(Reply<OffsetCommit.Response> reply) {
        return error(reply.get().topics.get(0).partitions.get(0).errorCode);
    }

    /** The committed offset of partition 0 of a topic, or -1. */
    long committed(String topic) {
        OffsetFetchResponseGroup group = fetch(GROUP, topic);
        if (group.errorCode != 0) {
            throw new AssertionError("offsets are not to be had: " + error(group.errorCode));
        }
        return group.topics.get(0).partitions.get(0).committedOffset;
    }

    /** Partition 0 of these topics; null stands for all that the group has. */
    OffsetFetchResponseGroup fetch(String groupId, @Nullable String topic) {
        return fetch(groupId, topic, false);
    }

    OffsetFetchResponseGroup fetch(String groupId, @Nullable String topic, boolean requireStable) {
        OffsetFetchRequestGroup request = new OffsetFetchRequestGroup();
        request.groupId = groupId;
        request.topics = null;
        if (topic != null) {
            OffsetFetchRequestTopics asked = new OffsetFetchRequestTopics();
            asked.name = topic;
            asked.partitionIndexes = new int[] {0};
            request.topics = List.of(asked);
        }
        Reply<List<OffsetFetchResponseGroup>> reply = new Reply<>();
        coordinator.fetchOffsets(List.of(request), requireStable, reply);
        loop.run();
        return reply.get().get(0);
    }

    DescribedGroup describe() {
        return describe(GROUP, false);
    }

    DescribedGroup describe(String groupId, boolean missingIsError) {
        DescribeGroups.Request request = new DescribeGroups.Request();
        request.groups = List.of(groupId);
        Reply<DescribeGroups.Response> reply = new Reply<>();
        coordinator.describe(request, missingIsError, reply);
        loop.run();
        return reply.get().groups.get(0);
    }

    String state() {
        return describe().groupState;
    }

    Reply<DeleteGroups.Response> delete(String... groups) {
        DeleteGroups.Request request = new DeleteGroups.Request();
        request.groupsNames = List.of(groups);
        Reply<DeleteGroups.Response> reply = new Reply<>();
        coordinator.deleteGroups(request, reply);
        loop.run();
        return reply;
    }

    /** Brings so many members into a stable group, the first of them its leader. */
    List<String> stableGroup(int size) {
        List<Reply<JoinGroup.Response>> joins = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            joins.add(joinNew());
        }
        // Newcomers put the end off once.
        loop.advance(2 * INITIAL_DELAY_MS);
        List<String> members = new ArrayList<>();
        joins.forEach(join -> members.add(join.get().memberId));
        String leader = joins.get(0).get().leader;
        members.remove(leader);
        members.add(0, leader);
        assign(members, joins.get(0).get().generationId);
        return members;
    }

    /** Lets all members sync, the first being the leader; each gets "part of" and its id. */
    void assign(List<String> members, int generation) {
        Map<String, String> parts = new HashMap<>();
        members.forEach(member -> parts.put(member, "part of " + member));
        List<Reply<SyncGroup.Response>> syncs = new ArrayList<>();
        members.subList(1, members.size()).forEach(member -> syncs.add(sync(member, generation, Map.of())));
        syncs.add(sync(members.get(0), generation, parts));
        syncs.forEach(sync -> {
            if (sync.get().errorCode != 0) {
                throw new AssertionError("sync failed: " + error(sync.get().errorCode));
            }
        });
    }

    static ErrorCode error(short code) {
        return ErrorCode.of(code);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
