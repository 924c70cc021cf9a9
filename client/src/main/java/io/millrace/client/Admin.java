package io.millrace.client;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.Node;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.CreatePartitions;
import io.millrace.protocol.message.CreateTopics;
import io.millrace.protocol.message.DeleteTopics;
import io.millrace.protocol.message.DescribeConfigs;
import io.millrace.protocol.message.IncrementalAlterConfigs;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Metadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Manages a cluster.
 *
 * <pre>{@code
 * try (Admin admin = Admin.of("localhost:9092")) {
 *     admin.createTopics(List.of(new NewTopic("clicks", 3, 1))).join();
 * }
 * }</pre>
 *
 * <p>Every method returns at once; its future ends on the event loop, at the latest after {@code default.api.timeout.ms}, and fails with
 * a {@link ClientException} that carries the first error the cluster answered. What passes by itself (a controller that
 * moves, a connection that breaks) is tried again until then. Safe for any thread. It runs one daemon thread, named after
 * its client id.
 */
public final class Admin implements AutoCloseable {
    private static final ClientIds CLIENT_IDS = new ClientIds("admin");
    private static final int LOWEST_VERSION_DELETE_BY_STATE = 6;

    private final AdminConfig config;
    private final BrokerClient client;

    public Admin(AdminConfig config) {
        this.config = config;
        String clientId = CLIENT_IDS.orNext(config.clientId());
        this.client = new BrokerClient(
                clientId, config.cluster(), config.connections().withClientId(clientId));
    }

    /** One with the default configuration. */
    public static Admin of(String bootstrapServers) {
        return new Admin(AdminConfig.of(bootstrapServers));
    }

    /** Creates topics. Fails with TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS and so on; topics without an error are created all the same. */
    public CompletableFuture<Void> createTopics(Collection<NewTopic> topics) {
        CreateTopics.Request request = new CreateTopics.Request();
        request.timeoutMs = config.apiTimeoutMs();
        request.topics = topics.stream().map(Admin::creatable).toList();
        return atController(Call.of(request, CreateTopics.Response::new), response -> {
            for (CreateTopics.Response.CreatableTopicResult result : response.topics) {
                requireSuccess(result.errorCode, result.errorMessage, "Cannot create topic " + result.name);
            }
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
                    assignment.brokerIds = entry.getValue().stream()
                            .mapToInt(Integer::intValue)
                            .toArray();
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

    /** Deletes topics with everything in them. Fails with UNKNOWN_TOPIC_OR_PARTITION and so on. */
    public CompletableFuture<Void> deleteTopics(Collection<String> names) {
        List<String> topics = List.copyOf(names);
        return atController(
                Call.of(ApiKey.DELETE_TOPICS, version -> deleteRequest(version, topics), DeleteTopics.Response::new),
                response -> {
                    for (DeleteTopics.Response.DeletableTopicResult result : response.responses) {
                        requireSuccess(result.errorCode, result.errorMessage, "Cannot delete topic " + result.name);
                    }
                });
    }

    private Message deleteRequest(int version, List<String> topics) {
        DeleteTopics.Request request = new DeleteTopics.Request();
        request.timeoutMs = config.apiTimeoutMs();
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

    /** Raises the number of partitions of a topic. Fails with INVALID_PARTITIONS if it has as many already. */
    public CompletableFuture<Void> createPartitions(String topic, int totalCount) {
        CreatePartitions.Request.CreatePartitionsTopic wanted = new CreatePartitions.Request.CreatePartitionsTopic();
        wanted.name = topic;
        wanted.count = totalCount;
        wanted.assignments = null;
        CreatePartitions.Request request = new CreatePartitions.Request();
        request.timeoutMs = config.apiTimeoutMs();
        request.topics = List.of(wanted);
        return atController(Call.of(request, CreatePartitions.Response::new), response -> {
            for (CreatePartitions.Response.CreatePartitionsTopicResult result : response.results) {
                requireSuccess(result.errorCode, result.errorMessage, "Cannot add partitions to topic " + topic);
            }
        });
    }

    /** The names of all topics, those of the cluster's own included. */
    public CompletableFuture<TreeSet<String>> listTopics() {
        return metadata(null).thenApply(response -> {
            TreeSet<String> names = new TreeSet<>();
            response.topics.forEach(topic -> names.add(String.valueOf(topic.name)));
            return names;
        });
    }

    /** Topics with their partitions, leaders and replicas. Fails with UNKNOWN_TOPIC_OR_PARTITION if one does not exist. */
    public CompletableFuture<Map<String, ClusterSnapshot.TopicInfo>> describeTopics(Collection<String> names) {
        return metadata(List.copyOf(names)).thenApply(response -> {
            Map<String, ClusterSnapshot.TopicInfo> topics = new TreeMap<>();
            for (ClusterSnapshot.TopicInfo topic : ClusterSnapshot.of(response).topics()) {
                requireSuccess(topic.error().code(), null, "Cannot describe topic " + topic.name());
                topics.put(topic.name(), topic);
            }
            return topics;
        });
    }

    /** The brokers of the cluster, its id and its controller. */
    public CompletableFuture<ClusterDescription> describeCluster() {
        return metadata(List.of()).thenApply(response -> {
            ClusterSnapshot cluster = ClusterSnapshot.of(response);
            List<Node> brokers = cluster.nodes().stream()
                    .sorted(Comparator.comparingInt(Node::id))
                    .toList();
            return new ClusterDescription(String.valueOf(response.clusterId), cluster.controller(), brokers);
        });
    }

    private CompletableFuture<Metadata.Response> metadata(@Nullable List<String> topics) {
        Metadata.Request request = new Metadata.Request();
        request.allowAutoTopicCreation = false;
        request.topics = topics == null
                ? null
                : topics.stream()
                        .map(name -> {
                            Metadata.Request.MetadataRequestTopic topic = new Metadata.Request.MetadataRequestTopic();
                            topic.name = name;
                            return topic;
                        })
                        .toList();
        // Before version 4 asking for a topic might create it.
        Call<Metadata.Response> call =
                Call.of(request, Metadata.Response::new).versions(4, ApiKey.METADATA.highestVersion());
        return retrying(() -> client.sendToAny(call));
    }

    /** What is configured, by resource. Sensitive values are kept back. */
    public CompletableFuture<Map<ConfigResource, List<ConfigEntry>>> describeConfigs(
            Collection<ConfigResource> resources) {
        List<CompletableFuture<DescribeConfigs.Response>> answers = new ArrayList<>();
        List<ConfigResource> asked = List.copyOf(resources);
        for (ConfigResource resource : asked) {
            DescribeConfigs.Request.DescribeConfigsResource wanted =
                    new DescribeConfigs.Request.DescribeConfigsResource();
            wanted.resourceType = resource.type().id();
            wanted.resourceName = resource.name();
            wanted.configurationKeys = null;
            DescribeConfigs.Request request = new DescribeConfigs.Request();
            request.resources = List.of(wanted);
            // Source and sensitivity of a value come with version 1.
            Call<DescribeConfigs.Response> call = Call.of(request, DescribeConfigs.Response::new)
                    .versions(1, ApiKey.DESCRIBE_CONFIGS.highestVersion());
            answers.add(retrying(() -> sendFor(resource, call)));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    Map<ConfigResource, List<ConfigEntry>> configs = new java.util.LinkedHashMap<>();
                    for (int i = 0; i < asked.size(); i++) {
                        configs.put(asked.get(i), entries(answers.get(i).join()));
                    }
                    return configs;
                });
    }

    private static List<ConfigEntry> entries(DescribeConfigs.Response response) {
        List<ConfigEntry> entries = new ArrayList<>();
        for (DescribeConfigs.Response.DescribeConfigsResult result : response.results) {
            requireSuccess(
                    result.errorCode,
                    result.errorMessage,
                    "Cannot describe the configuration of " + result.resourceName);
            for (DescribeConfigs.Response.DescribeConfigsResourceResult config : result.configs) {
                entries.add(new ConfigEntry(
                        config.name, config.value, config.configSource, config.readOnly, config.isSensitive));
            }
        }
        return entries;
    }

    /** Changes single values of a configuration, all of them or none. */
    public CompletableFuture<Void> alterConfigs(ConfigResource resource, Collection<ConfigChange> changes) {
        IncrementalAlterConfigs.Request.AlterConfigsResource wanted =
                new IncrementalAlterConfigs.Request.AlterConfigsResource();
        wanted.resourceType = resource.type().id();
        wanted.resourceName = resource.name();
        wanted.configs = changes.stream()
                .map(change -> {
                    IncrementalAlterConfigs.Request.AlterableConfig config =
                            new IncrementalAlterConfigs.Request.AlterableConfig();
                    config.name = change.name();
                    config.configOperation = (byte) change.operation().ordinal();
                    config.value = change.value();
                    return config;
                })
                .toList();
        IncrementalAlterConfigs.Request request = new IncrementalAlterConfigs.Request();
        request.resources = List.of(wanted);
        Call<IncrementalAlterConfigs.Response> call = Call.of(request, IncrementalAlterConfigs.Response::new);
        return retrying(() -> sendFor(resource, call).thenApply(response -> {
            for (IncrementalAlterConfigs.Response.AlterConfigsResourceResponse result : response.responses) {
                requireSuccess(
                        result.errorCode,
                        result.errorMessage,
                        "Cannot change the configuration of " + result.resourceName);
            }
            return null;
        }));
    }

    /** A broker's configuration is known to that broker, all others to any. */
    private <R extends Message> CompletableFuture<R> sendFor(ConfigResource resource, Call<R> call) {
        if (resource.type() != ConfigResource.Type.BROKER || resource.name().isEmpty()) {
            return client.sendToAny(call);
        }
        return client.view().refresh().thenCompose(cluster -> {
            Node broker = cluster.node(Integer.parseInt(resource.name()));
            return broker == null
                    ? CompletableFuture.failedFuture(new ClientException(
                            ErrorCode.BROKER_NOT_AVAILABLE, "There is no broker " + resource.name()))
                    : client.send(broker, call);
        });
    }

    /** Only a controller that has moved makes another try worth while: other answers are final, also those that pass for retriable. */
    private <R extends Message> CompletableFuture<Void> atController(
            Call<R> call, java.util.function.Consumer<R> check) {
        return retrying(() -> client.sendToController(call).thenApply(response -> {
                    try {
                        check.accept(response);
                    } catch (ClientException e) {
                        if (e.error() == ErrorCode.NOT_CONTROLLER) {
                            throw e;
                        }
                    }
                    return response;
                }))
                .thenAccept(check);
    }

    private <T> CompletableFuture<T> retrying(Supplier<CompletableFuture<T>> attempt) {
        return client.retrying(
                () -> attempt.get().whenComplete((value, failure) -> {
                    if (failure != null && ClientException.of(failure).retriable()) {
                        client.view().requestRefresh();
                    }
                }),
                config.apiTimeoutMs());
    }

    private static void requireSuccess(short code, @Nullable String message, String what) {
        ErrorCode error = ErrorCode.of(code);
        if (error != ErrorCode.NONE) {
            throw new ClientException(error, what + (message == null || message.isEmpty() ? "" : ": " + message));
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
