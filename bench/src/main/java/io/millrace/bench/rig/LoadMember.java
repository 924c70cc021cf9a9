package io.millrace.bench.rig;

import io.millrace.client.net.BrokerConnection;
import io.millrace.client.net.Call;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.ConsumerProtocol;
import io.millrace.protocol.message.ConsumerProtocol.Assignment;
import io.millrace.protocol.message.ConsumerProtocol.Subscription;
import io.millrace.protocol.message.ConsumerProtocol.TopicPartitions;
import io.millrace.protocol.message.Heartbeat;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.JoinGroup.Request.JoinGroupRequestProtocol;
import io.millrace.protocol.message.JoinGroup.Response.JoinGroupResponseMember;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.message.LeaveGroup.Request.MemberIdentity;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestTopic;
import io.millrace.protocol.message.SyncGroup;
import io.millrace.protocol.message.SyncGroup.Request.SyncGroupRequestAssignment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * One member of a {@link LoadGroup}, on a connection of its own, as a consumer is that has nothing to read: it joins, assigns if
 * it leads, joins again when it is told to, and sends a heartbeat when {@link GroupLoad} says. On the loop of the load.
 */
final class LoadMember {
    static final String TOPIC = "grouped";
    static final String PROTOCOL = "range";

    /** How long the members of a group may take to come together; far more than they need. */
    private static final int REBALANCE_TIMEOUT_MS = 300_000;

    private static final int RETRY_MS = 50;

    /** Since offset commits go by topic ids in later versions. */
    private static final int LAST_WITH_NAMES = 9;

    private static final int FIRST_COMMIT_OF_MEMBERS = 2;

    private final LoadGroup group;
    private final BrokerConnection connection;
    private String memberId = "";
    private int generation = -1;
    private boolean joined;
    private boolean settled;
    private boolean gone;
    private boolean heartbeatUnderWay;
    private int[] partitions = {};

    LoadMember(LoadGroup group, BrokerConnection connection) {
        this.group = group;
        this.connection = connection;
    }

    /** The generation whose assignment it has, or -1 while it has none. */
    int settledGeneration() {
        return settled ? generation : -1;
    }

    int[] partitions() {
        return partitions;
    }

    boolean isGone() {
        return gone;
    }

    boolean isHeartbeatUnderWay() {
        return heartbeatUnderWay && !gone;
    }

    /** Joins the group for the first time. */
    void joinUnlessJoined() {
        if (!joined) {
            join();
        }
    }

    private void join() {
        joined = true;
        settled = false;
        Subscription subscription = new Subscription();
        subscription.topics = List.of(TOPIC);
        JoinGroupRequestProtocol protocol = new JoinGroupRequestProtocol();
        protocol.name = PROTOCOL;
        protocol.metadata = subscription.toBytes(ConsumerProtocol.HIGHEST_VERSION);
        JoinGroup.Request request = new JoinGroup.Request();
        request.groupId = group.id;
        request.memberId = memberId;
        request.sessionTimeoutMs = group.sessionTimeoutMs;
        request.rebalanceTimeoutMs = REBALANCE_TIMEOUT_MS;
        request.protocolType = ConsumerProtocol.PROTOCOL_TYPE;
        request.protocols = List.of(protocol);
        call(request, JoinGroup.Response::new, (response, error) -> {
            if (error == ErrorCode.NONE) {
                memberId = response.memberId;
                generation = response.generationId;
                sync(response);
            } else if (error == ErrorCode.MEMBER_ID_REQUIRED) {
                memberId = response.memberId;
                join();
            } else {
                joinAgain(error);
            }
        });
    }

    private void sync(JoinGroup.Response joined) {
        SyncGroup.Request request = new SyncGroup.Request();
        request.groupId = group.id;
        request.memberId = memberId;
        request.generationId = generation;
        request.protocolType = ConsumerProtocol.PROTOCOL_TYPE;
        request.protocolName = PROTOCOL;
        if (joined.leader.equals(memberId)) {
            request.assignments = assignments(joined.members);
        }
        call(request, SyncGroup.Response::new, (response, error) -> {
            if (error == ErrorCode.NONE) {
                partitions = partitions(response.assignment);
                settled = true;
                group.onAssigned(generation, memberId, partitions);
            } else {
                joinAgain(error);
            }
        });
    }

    /** Deals the partitions out in turn. */
    private List<SyncGroupRequestAssignment> assignments(List<JoinGroupResponseMember> members) {
        List<SyncGroupRequestAssignment> assignments = new ArrayList<>(members.size());
        for (int i = 0; i < members.size(); i++) {
            TopicPartitions part = new TopicPartitions();
            part.topic = TOPIC;
            part.partitions = new int[(group.partitions - i + members.size() - 1) / members.size()];
            for (int k = 0; k < part.partitions.length; k++) {
                part.partitions[k] = i + k * members.size();
            }
            Assignment assignment = new Assignment();
            assignment.assignedPartitions = List.of(part);
            SyncGroupRequestAssignment entry = new SyncGroupRequestAssignment();
            entry.memberId = members.get(i).memberId;
            entry.assignment = assignment.toBytes(ConsumerProtocol.HIGHEST_VERSION);
            assignments.add(entry);
        }
        return assignments;
    }

    private static int[] partitions(byte[] assignment) {
        List<TopicPartitions> parts = Assignment.parse(ByteBuffer.wrap(assignment)).assignedPartitions;
        return parts.isEmpty() ? new int[0] : parts.get(0).partitions;
    }

    /** Sends a heartbeat, unless the member has no assignment yet or its last heartbeat is not answered. */
    void heartbeat() {
        if (!settled || gone || heartbeatUnderWay) {
            return;
        }
        heartbeatUnderWay = true;
        Heartbeat.Request request = new Heartbeat.Request();
        request.groupId = group.id;
        request.memberId = memberId;
        request.generationId = generation;
        call(request, Heartbeat.Response::new, (response, error) -> {
            heartbeatUnderWay = false;
            group.load.onHeartbeatAnswered();
            if (error != ErrorCode.NONE) {
                joinAgain(error);
            }
        });
    }

    /** Commits this offset for each of its partitions; a refusal is a fault. */
    void commit(long offset) {
        OffsetCommitRequestTopic topic = new OffsetCommitRequestTopic();
        topic.name = TOPIC;
        topic.partitions = new ArrayList<>(partitions.length);
        for (int partition : partitions) {
            OffsetCommitRequestPartition committed = new OffsetCommitRequestPartition();
            committed.partitionIndex = partition;
            committed.committedOffset = offset;
            topic.partitions.add(committed);
        }
        OffsetCommit.Request request = new OffsetCommit.Request();
        request.groupId = group.id;
        request.memberId = memberId;
        request.generationIdOrMemberEpoch = generation;
        request.topics = List.of(topic);
        Call<OffsetCommit.Response> call =
                Call.of(request, OffsetCommit.Response::new).versions(FIRST_COMMIT_OF_MEMBERS, LAST_WITH_NAMES);
        call(
                call,
                (response, error) -> response.topics.forEach(answered -> answered.partitions.forEach(partition -> {
                    if (partition.errorCode == ErrorCode.NONE.code()) {
                        group.load.onCommitted();
                    } else {
                        group.load.onFault(memberId + " could not commit: " + ErrorCode.of(partition.errorCode));
                    }
                })));
    }

    /** Leaves the group as a consumer does that is closed. */
    void leave() {
        gone = true;
        MemberIdentity identity = new MemberIdentity();
        identity.memberId = memberId;
        LeaveGroup.Request request = new LeaveGroup.Request();
        request.groupId = group.id;
        request.members = List.of(identity);
        connection.send(Call.of(request, LeaveGroup.Response::new)).whenComplete((response, failure) -> {
            if (failure != null || response.errorCode != 0 || response.members.get(0).errorCode != 0) {
                group.load.onFault(memberId + " could not leave: " + failure);
            }
            connection.close();
        });
    }

    /** Goes without a word. */
    void crash() {
        gone = true;
        connection.close();
    }

    private void joinAgain(ErrorCode error) {
        settled = false;
        switch (error) {
            case REBALANCE_IN_PROGRESS, ILLEGAL_GENERATION -> join();
            case UNKNOWN_MEMBER_ID -> {
                memberId = "";
                join();
            }
            case COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR ->
                group.load.loop().schedule(this::join, RETRY_MS, TimeUnit.MILLISECONDS);
            default -> group.load.onFault(memberId + " of " + group.id + " was told " + error);
        }
    }

    private <R extends Message> void call(Message request, Supplier<R> response, BiConsumer<R, ErrorCode> onAnswer) {
        call(Call.of(request, response), onAnswer);
    }

    private <R extends Message> void call(Call<R> call, BiConsumer<R, ErrorCode> onAnswer) {
        connection.send(call.timeoutMs(REBALANCE_TIMEOUT_MS)).whenComplete((response, failure) -> {
            if (gone) {
                return;
            }
            if (failure != null) {
                group.load.onFault(memberId + " of " + group.id + " got no answer: " + failure);
            } else {
                onAnswer.accept(response, errorOf(response));
            }
        });
    }

    private static ErrorCode errorOf(Message response) {
        if (response instanceof JoinGroup.Response join) {
            return ErrorCode.of(join.errorCode);
        }
        if (response instanceof SyncGroup.Response sync) {
            return ErrorCode.of(sync.errorCode);
        }
        return response instanceof Heartbeat.Response heartbeat ? ErrorCode.of(heartbeat.errorCode) : ErrorCode.NONE;
    }
}
