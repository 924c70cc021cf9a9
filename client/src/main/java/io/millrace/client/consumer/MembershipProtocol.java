package io.millrace.client.consumer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ConsumerProtocol;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.SyncGroup;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The requests by which a consumer enters and leaves a group. Joining is one way through JoinGroup and SyncGroup: says what this
 * member wants, divides the partitions if it is the one to lead, and comes back with what this member gets. It changes nothing
 * but the cluster view's topics; whoever calls decides what the outcome means.
 */
final class MembershipProtocol {
    /** The coordinator answers when all members have joined; it gets a little longer than it gives them. */
    private static final int JOIN_GRACE_MS = 5_000;

    /** LeaveGroup names several members at once from here on. */
    private static final int LOWEST_VERSION_WITH_MEMBERS = 3;

    private final BrokerClient client;
    private final CoordinatorLink coordinator;
    private final GroupConfig config;

    MembershipProtocol(BrokerClient client, CoordinatorLink coordinator, GroupConfig config) {
        this.client = client;
        this.coordinator = coordinator;
        this.config = config;
    }

    /**
     * What came of joining.
     *
     * @param member who this consumer is now
     * @param assignor how the partitions were divided
     * @param assignment what it gets
     * @param partitionCounts of the group's topics, if this member leads, else null
     */
    record Joined(
            MemberIdentity member,
            String assignor,
            List<TopicPartition> assignment,
            @Nullable Map<String, Integer> partitionCounts) {}

    /**
     * Joins.
     *
     * @param member who this consumer was before
     * @param onNamed told the id that the coordinator gives, as soon as it does: from then on there is something to leave
     * @return fails with the error of the first request refused; MEMBER_ID_REQUIRED is answered here by joining again
     */
    CompletableFuture<Joined> join(
            MemberIdentity member,
            Collection<String> topics,
            Collection<TopicPartition> owned,
            String reason,
            Consumer<String> onNamed) {
        JoinGroup.Request request = new JoinGroup.Request();
        request.groupId = config.groupId();
        request.sessionTimeoutMs = config.sessionTimeoutMs();
        request.rebalanceTimeoutMs = config.maxPollIntervalMs();
        request.memberId = member.memberId();
        request.groupInstanceId = config.instanceId();
        request.protocolType = ConsumerProtocol.PROTOCOL_TYPE;
        request.protocols = protocols(member, topics, owned);
        request.reason = reason;
        int timeoutMs = (int) Math.min(
                Integer.MAX_VALUE,
                Math.max((long) config.maxPollIntervalMs() + JOIN_GRACE_MS, config.requestTimeoutMs()));
        return coordinator
                .send(Call.of(request, JoinGroup.Response::new).timeoutMs(timeoutMs))
                .thenCompose(response -> {
                    ErrorCode error = ErrorCode.of(response.errorCode);
                    if (error == ErrorCode.MEMBER_ID_REQUIRED
                            && member.memberId().isEmpty()) {
                        onNamed.accept(response.memberId);
                        return join(new MemberIdentity(response.memberId, -1), topics, owned, reason, onNamed);
                    }
                    requireSuccess(error, "join");
                    onNamed.accept(response.memberId);
                    return onJoined(response);
                });
    }

    private List<JoinGroup.Request.JoinGroupRequestProtocol> protocols(
            MemberIdentity member, Collection<String> topics, Collection<TopicPartition> owned) {
        List<JoinGroup.Request.JoinGroupRequestProtocol> protocols = new ArrayList<>();
        for (Assignor assignor : config.assignors()) {
            ConsumerProtocol.Subscription subscription = new ConsumerProtocol.Subscription();
            subscription.topics = List.copyOf(new TreeSet<>(topics));
            subscription.ownedPartitions = topicPartitions(owned);
            subscription.generationId = member.generation();
            JoinGroup.Request.JoinGroupRequestProtocol protocol = new JoinGroup.Request.JoinGroupRequestProtocol();
            protocol.name = assignor.name();
            protocol.metadata = subscription.toBytes(ConsumerProtocol.HIGHEST_VERSION);
            protocols.add(protocol);
        }
        return protocols;
    }

    private CompletableFuture<Joined> onJoined(JoinGroup.Response response) {
        MemberIdentity member = new MemberIdentity(response.memberId, response.generationId);
        String assignor = response.protocolName == null ? "" : response.protocolName;
        if (!response.leader.equals(response.memberId)) {
            return sync(member, assignor, List.of(), null);
        }
        List<Assignor.Member> members = members(response);
        TreeSet<String> topics = new TreeSet<>();
        members.forEach(other -> topics.addAll(other.topics()));
        return client.view().track(topics).thenCompose(cluster -> {
            Map<String, Integer> counts = partitionCounts(cluster, topics);
            return sync(
                    member,
                    assignor,
                    response.skipAssignment ? List.of() : assignments(assignor, members, counts),
                    counts);
        });
    }

    static Map<String, Integer> partitionCounts(ClusterSnapshot cluster, Collection<String> topics) {
        Map<String, Integer> counts = new TreeMap<>();
        for (String topic : topics) {
            int count = cluster.partitionCount(topic);
            if (count > 0) {
                counts.put(topic, count);
            }
        }
        return counts;
    }

    private static List<Assignor.Member> members(JoinGroup.Response response) {
        List<Assignor.Member> members = new ArrayList<>();
        for (JoinGroup.Response.JoinGroupResponseMember member : response.members) {
            ConsumerProtocol.Subscription subscription =
                    ConsumerProtocol.Subscription.parse(ByteBuffer.wrap(member.metadata));
            members.add(new Assignor.Member(
                    member.memberId,
                    member.groupInstanceId,
                    subscription.topics,
                    partitions(subscription.ownedPartitions),
                    subscription.generationId));
        }
        return members;
    }

    private List<SyncGroup.Request.SyncGroupRequestAssignment> assignments(
            String name, List<Assignor.Member> members, Map<String, Integer> partitionCounts) {
        Assignor assignor = assignor(name);
        List<SyncGroup.Request.SyncGroupRequestAssignment> assignments = new ArrayList<>();
        assignor.assign(members, partitionCounts).forEach((memberId, partitions) -> {
            ConsumerProtocol.Assignment assignment = new ConsumerProtocol.Assignment();
            assignment.assignedPartitions = topicPartitions(partitions);
            SyncGroup.Request.SyncGroupRequestAssignment entry = new SyncGroup.Request.SyncGroupRequestAssignment();
            entry.memberId = memberId;
            entry.assignment = assignment.toBytes(ConsumerProtocol.HIGHEST_VERSION);
            assignments.add(entry);
        });
        return assignments;
    }

    private Assignor assignor(String name) {
        for (Assignor assignor : config.assignors()) {
            if (assignor.name().equals(name)) {
                return assignor;
            }
        }
        throw new ClientException(
                ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
                "The coordinator chose the assignor '" + name + "', which this member has not offered");
    }

    private CompletableFuture<Joined> sync(
            MemberIdentity member,
            String assignor,
            List<SyncGroup.Request.SyncGroupRequestAssignment> assignments,
            @Nullable Map<String, Integer> partitionCounts) {
        SyncGroup.Request request = new SyncGroup.Request();
        request.groupId = config.groupId();
        request.generationId = member.generation();
        request.memberId = member.memberId();
        request.groupInstanceId = config.instanceId();
        request.protocolType = ConsumerProtocol.PROTOCOL_TYPE;
        request.protocolName = assignor;
        request.assignments = assignments;
        int timeoutMs = (int) Math.min(Integer.MAX_VALUE, (long) config.maxPollIntervalMs() + JOIN_GRACE_MS);
        return coordinator
                .send(Call.of(request, SyncGroup.Response::new).timeoutMs(timeoutMs))
                .thenApply(response -> {
                    requireSuccess(ErrorCode.of(response.errorCode), "get its partitions in");
                    ConsumerProtocol.Assignment mine =
                            ConsumerProtocol.Assignment.parse(ByteBuffer.wrap(response.assignment));
                    return new Joined(member, assignor, partitions(mine.assignedPartitions), partitionCounts);
                });
    }

    private void requireSuccess(ErrorCode error, String what) {
        if (error != ErrorCode.NONE) {
            coordinator.forget(error);
            throw new ClientException(error, "A consumer cannot " + what + " group " + config.groupId());
        }
    }

    /** Leaves, so that the others need not wait for the session to run out. */
    CompletableFuture<LeaveGroup.Response> leave(MemberIdentity leaving, String reason) {
        // A coordinator reads no further on a connection as long as it owes the answer to a member that joins.
        return coordinator.sendApart(Call.of(
                ApiKey.LEAVE_GROUP, version -> leaveRequest(version, leaving, reason), LeaveGroup.Response::new));
    }

    private Message leaveRequest(int version, MemberIdentity leaving, String reason) {
        LeaveGroup.Request request = new LeaveGroup.Request();
        request.groupId = config.groupId();
        if (version >= LOWEST_VERSION_WITH_MEMBERS) {
            LeaveGroup.Request.MemberIdentity identity = new LeaveGroup.Request.MemberIdentity();
            identity.memberId = leaving.memberId();
            identity.groupInstanceId = config.instanceId();
            identity.reason = reason;
            request.members = List.of(identity);
        } else {
            request.memberId = leaving.memberId();
        }
        return request;
    }

    private static List<ConsumerProtocol.TopicPartitions> topicPartitions(Collection<TopicPartition> partitions) {
        Map<String, List<TopicPartition>> byTopic = partitions.stream()
                .collect(Collectors.groupingBy(TopicPartition::topic, TreeMap::new, Collectors.toList()));
        List<ConsumerProtocol.TopicPartitions> result = new ArrayList<>();
        byTopic.forEach((topic, members) -> {
            ConsumerProtocol.TopicPartitions entry = new ConsumerProtocol.TopicPartitions();
            entry.topic = topic;
            entry.partitions = members.stream()
                    .mapToInt(TopicPartition::partition)
                    .sorted()
                    .toArray();
            result.add(entry);
        });
        return result;
    }

    private static List<TopicPartition> partitions(List<ConsumerProtocol.TopicPartitions> entries) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (ConsumerProtocol.TopicPartitions entry : entries) {
            for (int partition : entry.partitions) {
                partitions.add(new TopicPartition(entry.topic, partition));
            }
        }
        return partitions;
    }
}
