package io.millrace.client.admin;

import io.millrace.client.net.Call;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.Outcomes;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.CreatePartitions;
import io.millrace.protocol.message.CreateTopics;
import io.millrace.protocol.message.DeleteTopics;
import io.millrace.protocol.message.Message;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Topics and their number of partitions: changes go to the controller, questions to any broker. Any thread. */
public final class TopicCalls {
    private static final int LOWEST_VERSION_DELETE_BY_STATE = 6;

    private final AdminLink link;

    public TopicCalls(AdminLink link) {
        this.link = link;
    }

    public CompletableFuture<Outcomes<String, Void>> create(Collection<NewTopic> topics, boolean validateOnly) {
        Map<String, NewTopic> byName = new LinkedHashMap<>();
        topics.forEach(topic -> byName.put(topic.name(), topic));
        return link.askController(byName.keySet(), (node, names) -> {
            CreateTopics.Request request = new CreateTopics.Request();
            request.timeoutMs = link.brokerTimeoutMs();
            request.validateOnly = validateOnly;
            request.topics =
                    names.stream().map(name -> creatable(byName.get(name))).toList();
            return link.client()
                    .send(node, Call.of(request, CreateTopics.Response::new))
                    .thenApply(response -> {
                        Outcomes<String, Void> outcomes = new Outcomes<>();
                        for (CreateTopics.Response.CreatableTopicResult result : response.topics) {
                            String what = "Cannot create topic " + result.name;
                            outcomes.note(result.name, null, result.errorCode, result.errorMessage, what);
                        }
                        return outcomes;
                    });
        });
    }

    private static CreateTopics.Request.CreatableTopic creatable(NewTopic topic) {
        CreateTopics.Request.CreatableTopic creatable = new CreateTopics.Request.CreatableTopic();
        creatable.name = topic.name();
        creatable.numPartitions = topic.partitions();
        creatable.replicationFactor = topic.replicationFactor();
        creatable.assignments = topic.assignment().entrySet().stream()
                .map(entry -> {
                    CreateTopics.Request.CreatableReplicaAssignment assignment =
                            new CreateTopics.Request.CreatableReplicaAssignment();
                    assignment.partitionIndex = entry.getKey();
                    assignment.brokerIds = AdminLink.ids(entry.getValue());
                    return assignment;
                })
                .toList();
        creatable.configs = topic.configs().entrySet().stream()
                .map(entry -> {
                    CreateTopics.Request.CreatableTopicConfig config = new CreateTopics.Request.CreatableTopicConfig();
                    config.name = entry.getKey();
                    config.value = entry.getValue();
                    return config;
                })
                .toList();
        return creatable;
    }

    public CompletableFuture<Outcomes<String, Void>> delete(Collection<String> topics) {
        return link.askController(
                topics,
                (node, names) -> link.client()
                        .send(
                                node,
                                Call.of(
                                        ApiKey.DELETE_TOPICS,
                                        version -> deleteRequest(version, names),
                                        DeleteTopics.Response::new))
                        .thenApply(response -> {
                            Outcomes<String, Void> outcomes = new Outcomes<>();
                            for (DeleteTopics.Response.DeletableTopicResult result : response.responses) {
                                String what = "Cannot delete topic " + result.name;
                                outcomes.note(
                                        String.valueOf(result.name), null, result.errorCode, result.errorMessage, what);
                            }
                            return outcomes;
                        }));
    }

    private Message deleteRequest(int version, List<String> topics) {
        DeleteTopics.Request request = new DeleteTopics.Request();
        request.timeoutMs = link.brokerTimeoutMs();
        if (version < LOWEST_VERSION_DELETE_BY_STATE) {
            request.topicNames = topics;
            return request;
        }
        request.topics = topics.stream()
                .map(name -> {
                    DeleteTopics.Request.DeleteTopicState topic = new DeleteTopics.Request.DeleteTopicState();
                    topic.name = name;
                    return topic;
                })
                .toList();
        return request;
    }

    public CompletableFuture<Outcomes<String, Void>> createPartitions(
            String topic, int totalCount, @Nullable List<List<Integer>> assignments) {
        CreatePartitions.Request.CreatePartitionsTopic wanted = new CreatePartitions.Request.CreatePartitionsTopic();
        wanted.name = topic;
        wanted.count = totalCount;
        wanted.assignments = assignments == null
                ? null
                : assignments.stream()
                        .map(brokers -> {
                            CreatePartitions.Request.CreatePartitionsAssignment assignment =
                                    new CreatePartitions.Request.CreatePartitionsAssignment();
                            assignment.brokerIds = AdminLink.ids(brokers);
                            return assignment;
                        })
                        .toList();
        CreatePartitions.Request request = new CreatePartitions.Request();
        request.timeoutMs = link.brokerTimeoutMs();
        request.topics = List.of(wanted);
        return link.askController(
                List.of(topic),
                (node, topics) -> link.client()
                        .send(node, Call.of(request, CreatePartitions.Response::new))
                        .thenApply(response -> {
                            Outcomes<String, Void> outcomes = new Outcomes<>();
                            for (CreatePartitions.Response.CreatePartitionsTopicResult result : response.results) {
                                String what = "Cannot add partitions to topic " + result.name;
                                outcomes.note(result.name, null, result.errorCode, result.errorMessage, what);
                            }
                            return outcomes;
                        }));
    }

    public CompletableFuture<TreeSet<String>> list() {
        return link.metadata(null).thenApply(response -> {
            TreeSet<String> names = new TreeSet<>();
            response.topics.forEach(topic -> names.add(String.valueOf(topic.name)));
            return names;
        });
    }

    /** @param names null for all */
    public CompletableFuture<Map<String, ClusterSnapshot.TopicInfo>> describe(@Nullable Collection<String> names) {
        CompletableFuture<ClusterSnapshot> answer =
                names == null ? link.metadata(null).thenApply(ClusterSnapshot::of) : link.topics(List.copyOf(names));
        return answer.thenApply(cluster -> {
            Map<String, ClusterSnapshot.TopicInfo> topics = new TreeMap<>();
            cluster.topics().forEach(topic -> topics.put(topic.name(), topic));
            return topics;
        });
    }
}
