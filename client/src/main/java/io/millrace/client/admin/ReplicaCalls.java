package io.millrace.client.admin;

import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.AlterPartitionReassignments;
import io.millrace.protocol.message.ElectLeaders;
import io.millrace.protocol.message.ListPartitionReassignments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Which replicas a partition has and which of them leads: the controller's business. Any thread. */
public final class ReplicaCalls {
    private final AdminLink link;

    public ReplicaCalls(AdminLink link) {
        this.link = link;
    }

    /** @param partitions null for all */
    public CompletableFuture<Outcomes<TopicPartition, Boolean>> elect(
            ElectionType type, @Nullable Collection<TopicPartition> partitions) {
        ElectLeaders.Request request = new ElectLeaders.Request();
        request.electionType = (byte) type.ordinal();
        request.timeoutMs = link.brokerTimeoutMs();
        request.topicPartitions = partitions == null
                ? null
                : AdminLink.byTopic(partitions, (name, members) -> {
                    ElectLeaders.Request.TopicPartitions topic = new ElectLeaders.Request.TopicPartitions();
                    topic.topic = name;
                    topic.partitions = AdminLink.numbers(members);
                    return topic;
                });
        // Version 0 knows preferred leaders only.
        Call<ElectLeaders.Response> call = Call.of(request, ElectLeaders.Response::new)
                .versions(type.ordinal(), ApiKey.ELECT_LEADERS.highestVersion());
        return link.atController(call, response -> response.errorCode, response -> {
            ClientException.requireSuccess(response.errorCode, null, "Cannot elect leaders");
            Outcomes<TopicPartition, Boolean> outcomes = new Outcomes<>();
            for (ElectLeaders.Response.ReplicaElectionResult topic : response.replicaElectionResults) {
                for (ElectLeaders.Response.PartitionResult result : topic.partitionResult) {
                    TopicPartition partition = new TopicPartition(topic.topic, result.partitionId);
                    if (result.errorCode == ErrorCode.ELECTION_NOT_NEEDED.code()) {
                        outcomes.succeed(partition, false);
                    } else {
                        String what = "Cannot elect a leader of " + partition;
                        outcomes.note(partition, true, result.errorCode, result.errorMessage, what);
                    }
                }
            }
            return outcomes;
        });
    }

    public CompletableFuture<Outcomes<TopicPartition, Void>> reassign(
            Map<TopicPartition, List<Integer>> targets, Collection<TopicPartition> cancelled) {
        List<TopicPartition> partitions = new ArrayList<>(targets.keySet());
        partitions.addAll(cancelled);
        return link.askController(partitions, (node, mine) -> {
            AlterPartitionReassignments.Request request = new AlterPartitionReassignments.Request();
            request.timeoutMs = link.brokerTimeoutMs();
            request.topics = AdminLink.byTopic(mine, (name, members) -> {
                AlterPartitionReassignments.Request.ReassignableTopic topic =
                        new AlterPartitionReassignments.Request.ReassignableTopic();
                topic.name = name;
                topic.partitions = new ArrayList<>();
                for (TopicPartition member : members) {
                    AlterPartitionReassignments.Request.ReassignablePartition wanted =
                            new AlterPartitionReassignments.Request.ReassignablePartition();
                    wanted.partitionIndex = member.partition();
                    List<Integer> target = targets.get(member);
                    wanted.replicas = target == null ? null : AdminLink.ids(target);
                    topic.partitions.add(wanted);
                }
                return topic;
            });
            return link.client()
                    .send(node, Call.of(request, AlterPartitionReassignments.Response::new))
                    .thenApply(response -> {
                        ClientException failure = ClientException.in(
                                response.errorCode, response.errorMessage, "Cannot reassign partitions");
                        return failure == null ? reassigned(response) : Outcomes.failed(mine, failure);
                    });
        });
    }

    private static Outcomes<TopicPartition, Void> reassigned(AlterPartitionReassignments.Response response) {
        Outcomes<TopicPartition, Void> outcomes = new Outcomes<>();
        for (AlterPartitionReassignments.Response.ReassignableTopicResponse topic : response.responses) {
            for (AlterPartitionReassignments.Response.ReassignablePartitionResponse result : topic.partitions) {
                TopicPartition partition = new TopicPartition(topic.name, result.partitionIndex);
                String what = "Cannot reassign " + partition;
                outcomes.note(partition, null, result.errorCode, result.errorMessage, what);
            }
        }
        return outcomes;
    }

    /** @param partitions null for all */
    public CompletableFuture<Map<TopicPartition, Reassignment>> reassignments(
            @Nullable Collection<TopicPartition> partitions) {
        ListPartitionReassignments.Request request = new ListPartitionReassignments.Request();
        request.timeoutMs = link.brokerTimeoutMs();
        request.topics = partitions == null
                ? null
                : AdminLink.byTopic(partitions, (name, members) -> {
                    ListPartitionReassignments.Request.ListPartitionReassignmentsTopics topic =
                            new ListPartitionReassignments.Request.ListPartitionReassignmentsTopics();
                    topic.name = name;
                    topic.partitionIndexes = AdminLink.numbers(members);
                    return topic;
                });
        Call<ListPartitionReassignments.Response> call = Call.of(request, ListPartitionReassignments.Response::new);
        return link.atController(call, response -> response.errorCode, response -> {
            ClientException.requireSuccess(response.errorCode, response.errorMessage, "Cannot list reassignments");
            Map<TopicPartition, Reassignment> moving = new TreeMap<>(AdminLink.BY_NAME);
            for (ListPartitionReassignments.Response.OngoingTopicReassignment topic : response.topics) {
                for (ListPartitionReassignments.Response.OngoingPartitionReassignment partition : topic.partitions) {
                    moving.put(
                            new TopicPartition(topic.name, partition.partitionIndex),
                            new Reassignment(
                                    boxed(partition.replicas),
                                    boxed(partition.addingReplicas),
                                    boxed(partition.removingReplicas)));
                }
            }
            return moving;
        });
    }

    private static List<Integer> boxed(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }
}
