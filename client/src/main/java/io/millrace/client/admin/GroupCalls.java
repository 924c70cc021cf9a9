package io.millrace.client.admin;

import io.millrace.client.consumer.GroupOffsets;
import io.millrace.client.consumer.OffsetAndMetadata;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.Node;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ConsumerProtocol;
import io.millrace.protocol.message.DeleteGroups;
import io.millrace.protocol.message.DescribeGroups;
import io.millrace.protocol.message.ListGroups;
import io.millrace.protocol.message.OffsetDelete;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Consumer groups and how far they have come: all brokers list them, their coordinators know the rest. Any thread. */
public final class GroupCalls {
    private static final int LOWEST_VERSION_WITH_STATES = 4;
    private static final int LOWEST_VERSION_WITH_TYPES = 5;

    private final AdminLink link;

    public GroupCalls(AdminLink link) {
        this.link = link;
    }

    public CompletableFuture<List<GroupListing>> list(Collection<String> states, Collection<String> types) {
        ListGroups.Request request = new ListGroups.Request();
        request.statesFilter = List.copyOf(states);
        request.typesFilter = List.copyOf(types);
        int lowestVersion =
                !types.isEmpty() ? LOWEST_VERSION_WITH_TYPES : states.isEmpty() ? 0 : LOWEST_VERSION_WITH_STATES;
        Call<ListGroups.Response> call =
                Call.of(request, ListGroups.Response::new).versions(lowestVersion, ApiKey.LIST_GROUPS.highestVersion());
        return link.brokerIds()
                .thenCompose(brokers -> link.<List<GroupListing>>askBrokers(
                        brokers,
                        (node, ids) -> link.client().send(node, call).thenApply(response -> {
                            Outcomes<Integer, List<GroupListing>> outcomes = new Outcomes<>();
                            List<GroupListing> groups = response.groups.stream()
                                    .map(group -> new GroupListing(
                                            group.groupId, group.protocolType, group.groupState, group.groupType))
                                    .toList();
                            outcomes.note(node.id(), groups, response.errorCode, null, "Cannot list groups of " + node);
                            return outcomes;
                        })))
                .thenApply(outcomes -> outcomes.orThrow().values().stream()
                        .flatMap(List::stream)
                        .sorted(Comparator.comparing(GroupListing::groupId))
                        .toList());
    }

    public CompletableFuture<Outcomes<String, GroupDescription>> describe(Collection<String> groupIds) {
        return link.askCoordinators(groupIds, (node, mine) -> {
            DescribeGroups.Request request = new DescribeGroups.Request();
            request.groups = mine;
            return link.client()
                    .send(node, Call.of(request, DescribeGroups.Response::new))
                    .thenApply(response -> {
                        Outcomes<String, GroupDescription> outcomes = new Outcomes<>();
                        for (DescribeGroups.Response.DescribedGroup group : response.groups) {
                            // Since version 6 a group that does not exist is an error, before it is a dead group.
                            boolean missing = group.errorCode == ErrorCode.GROUP_ID_NOT_FOUND.code();
                            outcomes.note(
                                    group.groupId,
                                    description(group, node),
                                    missing ? ErrorCode.NONE.code() : group.errorCode,
                                    group.errorMessage,
                                    "Cannot describe group " + group.groupId);
                        }
                        return outcomes;
                    });
        });
    }

    private static GroupDescription description(DescribeGroups.Response.DescribedGroup group, Node coordinator) {
        boolean ofConsumers = group.protocolType.equals(ConsumerProtocol.PROTOCOL_TYPE);
        List<GroupDescription.Member> members = group.members.stream()
                .map(member -> new GroupDescription.Member(
                        member.memberId,
                        member.groupInstanceId,
                        member.clientId,
                        member.clientHost,
                        ofConsumers ? assignment(member.memberAssignment) : Set.of()))
                .toList();
        String state = group.groupState.isEmpty() ? GroupDescription.DEAD : group.groupState;
        return new GroupDescription(group.groupId, group.protocolType, state, group.protocolData, coordinator, members);
    }

    /** What a member was told to read. The bytes are the members' own: ones that cannot be read say nothing. */
    private static Set<TopicPartition> assignment(byte[] bytes) {
        Set<TopicPartition> partitions = new TreeSet<>(AdminLink.BY_NAME);
        try {
            for (ConsumerProtocol.TopicPartitions topic :
                    ConsumerProtocol.Assignment.parse(ByteBuffer.wrap(bytes)).assignedPartitions) {
                for (int partition : topic.partitions) {
                    partitions.add(new TopicPartition(topic.topic, partition));
                }
            }
        } catch (WireException e) {
            return Set.of();
        }
        return partitions;
    }

    public CompletableFuture<Outcomes<String, Void>> delete(Collection<String> groupIds) {
        return link.askCoordinators(groupIds, (node, mine) -> {
            DeleteGroups.Request request = new DeleteGroups.Request();
            request.groupsNames = mine;
            return link.client()
                    .send(node, Call.of(request, DeleteGroups.Response::new))
                    .thenApply(response -> {
                        Outcomes<String, Void> outcomes = new Outcomes<>();
                        for (DeleteGroups.Response.DeletableGroupResult result : response.results) {
                            String what = "Cannot delete group " + result.groupId;
                            outcomes.note(result.groupId, null, result.errorCode, null, what);
                        }
                        return outcomes;
                    });
        });
    }

    /** @param partitions null for all that the group has offsets of */
    public CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> offsets(
            String groupId, @Nullable Collection<TopicPartition> partitions) {
        return GroupOffsets.ofOutsider(link.client(), groupId).fetch(partitions, link.apiTimeoutMs());
    }

    public CompletableFuture<Void> alterOffsets(String groupId, Map<TopicPartition, OffsetAndMetadata> offsets) {
        return GroupOffsets.ofOutsider(link.client(), groupId).commit(offsets, true, link.apiTimeoutMs());
    }

    public CompletableFuture<Outcomes<TopicPartition, Void>> deleteOffsets(
            String groupId, Collection<TopicPartition> partitions) {
        OffsetDelete.Request request = new OffsetDelete.Request();
        request.groupId = groupId;
        request.topics = AdminLink.byTopic(partitions, (name, members) -> {
            OffsetDelete.Request.OffsetDeleteRequestTopic topic = new OffsetDelete.Request.OffsetDeleteRequestTopic();
            topic.name = name;
            topic.partitions = new ArrayList<>();
            for (int number : AdminLink.numbers(members)) {
                OffsetDelete.Request.OffsetDeleteRequestPartition partition =
                        new OffsetDelete.Request.OffsetDeleteRequestPartition();
                partition.partitionIndex = number;
                topic.partitions.add(partition);
            }
            return topic;
        });
        return link.<Outcomes<TopicPartition, Void>>askCoordinators(
                        List.of(groupId),
                        (node, mine) -> link.client()
                                .send(node, Call.of(request, OffsetDelete.Response::new))
                                .thenApply(response -> deletedOffsets(groupId, response)))
                .thenApply(outcomes -> {
                    ClientException failure = outcomes.failures().get(groupId);
                    return failure == null ? outcomes.values().get(groupId) : Outcomes.failed(partitions, failure);
                });
    }

    private static Outcomes<String, Outcomes<TopicPartition, Void>> deletedOffsets(
            String groupId, OffsetDelete.Response response) {
        Outcomes<TopicPartition, Void> partitions = new Outcomes<>();
        for (OffsetDelete.Response.OffsetDeleteResponseTopic topic : response.topics) {
            for (OffsetDelete.Response.OffsetDeleteResponsePartition result : topic.partitions) {
                TopicPartition partition = new TopicPartition(topic.name, result.partitionIndex);
                String what = "Cannot delete the offset of " + partition + " in group " + groupId;
                partitions.note(partition, null, result.errorCode, null, what);
            }
        }
        Outcomes<String, Outcomes<TopicPartition, Void>> outcomes = new Outcomes<>();
        String what = "Cannot delete offsets of group " + groupId;
        outcomes.note(groupId, partitions, response.errorCode, null, what);
        return outcomes;
    }
}
