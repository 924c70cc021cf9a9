package io.millrace.client.admin;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.CoordinatorFinder;
import io.millrace.client.net.Node;
import io.millrace.client.net.Outcomes;
import io.millrace.client.net.Scatter;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Metadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How the calls of an admin client reach the broker in charge: the controller, the coordinator of a group, the leader of a
 * partition, or one certain broker. What was asked of the wrong one is asked again, until {@code default.api.timeout.ms}
 * is over. Nothing is remembered between calls, so nothing can be stale. Any thread.
 */
public final class AdminLink {
    static final Comparator<TopicPartition> BY_NAME =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(1);

    private final BrokerClient client;
    private final CoordinatorFinder coordinators;
    private final int apiTimeoutMs;
    private final int requestTimeoutMs;

    /**
     * @param apiTimeoutMs for one call with all its tries
     * @param requestTimeoutMs for one try
     */
    public AdminLink(BrokerClient client, int apiTimeoutMs, int requestTimeoutMs) {
        this.client = client;
        this.coordinators = new CoordinatorFinder(client);
        this.apiTimeoutMs = apiTimeoutMs;
        this.requestTimeoutMs = requestTimeoutMs;
    }

    BrokerClient client() {
        return client;
    }

    int apiTimeoutMs() {
        return apiTimeoutMs;
    }

    /** How long a broker may take over a request that has a field for that: a little less than its answer is waited for. */
    int brokerTimeoutMs() {
        return Math.min(apiTimeoutMs, requestTimeoutMs - requestTimeoutMs / 10);
    }

    /**
     * Says which failures may be gone at the next try. A topic that was made just now need not be known to every broker
     * yet, so an unknown one is asked for again, for a moment.
     */
    private static Predicate<ClientException> passing() {
        long patientUntilNs = System.nanoTime() + PATIENCE_NS;
        return failure -> Scatter.misdirected(failure)
                || failure.error() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && System.nanoTime() - patientUntilNs < 0;
    }

    /** What any broker says of these topics; fails with UNKNOWN_TOPIC_OR_PARTITION and so on if one cannot be described. */
    CompletableFuture<ClusterSnapshot> topics(Collection<String> names) {
        Predicate<ClientException> passing = passing();
        AtomicReference<@Nullable ClientException> failure = new AtomicReference<>();
        return client.retrying(
                        () -> cluster(names).thenApply(cluster -> {
                            failure.set(firstFailure(cluster));
                            ClientException found = failure.get();
                            if (found != null && passing.test(found)) {
                                throw found;
                            }
                            return cluster;
                        }),
                        apiTimeoutMs)
                .thenApply(cluster -> {
                    ClientException found = failure.get();
                    if (found != null) {
                        throw found;
                    }
                    return cluster;
                });
    }

    private static @Nullable ClientException firstFailure(ClusterSnapshot cluster) {
        for (ClusterSnapshot.TopicInfo topic : cluster.topics()) {
            if (topic.error() != ErrorCode.NONE) {
                return new ClientException(topic.error(), "Cannot describe topic " + topic.name());
            }
        }
        return null;
    }

    /** What any broker says of these topics, or of all if null, and of the cluster; with all tries. */
    CompletableFuture<Metadata.Response> metadata(@Nullable Collection<String> topics) {
        return client.retrying(() -> metadataOnce(topics), apiTimeoutMs);
    }

    private CompletableFuture<Metadata.Response> metadataOnce(@Nullable Collection<String> topics) {
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
        return client.sendToAny(Call.of(request, Metadata.Response::new).versions(4, ApiKey.METADATA.highestVersion()));
    }

    private CompletableFuture<ClusterSnapshot> cluster(Collection<String> topics) {
        return metadataOnce(topics).thenApply(ClusterSnapshot::of);
    }

    /** Makes one call to the controller and another one if that has moved. */
    <R extends Message, T> CompletableFuture<T> atController(
            Call<R> call, ToIntFunction<R> errorCode, Function<R, T> result) {
        CompletableFuture<R> answer = client.retrying(
                () -> controller().thenCompose(node -> client.send(node, call)).thenApply(response -> {
                    if (errorCode.applyAsInt(response) == ErrorCode.NOT_CONTROLLER.code()) {
                        throw notController();
                    }
                    return response;
                }),
                apiTimeoutMs);
        return answer.thenApply(result);
    }

    private static ClientException notController() {
        return new ClientException(ErrorCode.NOT_CONTROLLER, "The controller has moved");
    }

    private CompletableFuture<Node> controller() {
        return cluster(List.of()).thenApply(cluster -> {
            Node controller = cluster.controller();
            if (controller == null) {
                throw new ClientException(ErrorCode.LEADER_NOT_AVAILABLE, "The cluster has no controller just now");
            }
            return controller;
        });
    }

    /** Asks the controller for many things. */
    <K, V extends @Nullable Object> CompletableFuture<Outcomes<K, V>> askController(
            Collection<K> keys, Scatter.Exchange<K, V> exchange) {
        return ask(keys, left -> controller().thenApply(node -> all(left, node)), exchange);
    }

    private static <K> Outcomes<K, Node> all(Collection<K> keys, Node node) {
        Outcomes<K, Node> routes = new Outcomes<>();
        keys.forEach(key -> routes.succeed(key, node));
        return routes;
    }

    /** Asks the coordinators of groups. */
    <V extends @Nullable Object> CompletableFuture<Outcomes<String, V>> askCoordinators(
            Collection<String> groupIds, Scatter.Exchange<String, V> exchange) {
        return ask(groupIds, coordinators::find, exchange);
    }

    /** Asks the leaders of partitions. */
    <V extends @Nullable Object> CompletableFuture<Outcomes<TopicPartition, V>> askLeaders(
            Collection<TopicPartition> partitions, Scatter.Exchange<TopicPartition, V> exchange) {
        return ask(partitions, this::leaders, exchange);
    }

    private CompletableFuture<Outcomes<TopicPartition, Node>> leaders(Collection<TopicPartition> partitions) {
        List<String> topics =
                partitions.stream().map(TopicPartition::topic).distinct().toList();
        return cluster(topics).thenApply(cluster -> {
            Outcomes<TopicPartition, Node> leaders = new Outcomes<>();
            for (TopicPartition partition : partitions) {
                Node leader = cluster.leader(partition);
                if (leader == null) {
                    leaders.fail(partition, noLeader(cluster, partition));
                } else {
                    leaders.succeed(partition, leader);
                }
            }
            return leaders;
        });
    }

    private static ClientException noLeader(ClusterSnapshot cluster, TopicPartition partition) {
        ClusterSnapshot.TopicInfo topic = cluster.topic(partition.topic());
        if (topic == null || topic.error() != ErrorCode.NONE) {
            ErrorCode error = topic == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : topic.error();
            return new ClientException(error, "Nothing is known of topic " + partition.topic());
        }
        return cluster.partition(partition) == null
                ? new ClientException(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "There is no partition " + partition)
                : new ClientException(ErrorCode.LEADER_NOT_AVAILABLE, "Partition " + partition + " has no leader");
    }

    /** Asks certain brokers, each by its own id. */
    <V extends @Nullable Object> CompletableFuture<Outcomes<Integer, V>> askBrokers(
            Collection<Integer> brokers, Scatter.Exchange<Integer, V> exchange) {
        return askAt(brokers, broker -> broker, exchange);
    }

    /** Asks for what one certain broker knows, or, where {@code brokerOf} gives null, any of them. */
    <K, V extends @Nullable Object> CompletableFuture<Outcomes<K, V>> askAt(
            Collection<K> keys, Function<K, @Nullable Integer> brokerOf, Scatter.Exchange<K, V> exchange) {
        return ask(
                keys,
                left -> cluster(List.of()).thenApply(cluster -> {
                    Outcomes<K, Node> nodes = new Outcomes<>();
                    for (K key : left) {
                        Integer id = brokerOf.apply(key);
                        Node node = id == null ? client.anyOf(cluster.nodes()) : cluster.node(id);
                        if (node == null) {
                            nodes.fail(
                                    key,
                                    new ClientException(
                                            ErrorCode.BROKER_NOT_AVAILABLE,
                                            id == null ? "The cluster has no brokers" : "There is no broker " + id));
                        } else {
                            nodes.succeed(key, node);
                        }
                    }
                    return nodes;
                }),
                exchange);
    }

    /** The ids of all brokers. */
    CompletableFuture<List<Integer>> brokerIds() {
        return metadata(List.of())
                .thenApply(response -> response.brokers.stream()
                        .map(broker -> broker.nodeId)
                        .sorted()
                        .toList());
    }

    private <K, V extends @Nullable Object> CompletableFuture<Outcomes<K, V>> ask(
            Collection<K> keys, Scatter.Router<K> router, Scatter.Exchange<K, V> exchange) {
        return new Scatter<>(client, router, exchange, passing()).ask(keys, apiTimeoutMs);
    }

    /** Partitions as requests want them: by topic. */
    static <T> List<T> byTopic(
            Collection<TopicPartition> partitions, BiFunction<String, List<TopicPartition>, T> struct) {
        Map<String, List<TopicPartition>> topics = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            topics.computeIfAbsent(partition.topic(), name -> new ArrayList<>()).add(partition);
        }
        List<T> structs = new ArrayList<>(topics.size());
        topics.forEach((name, members) -> structs.add(struct.apply(name, members)));
        return structs;
    }

    static int[] numbers(Collection<TopicPartition> partitions) {
        return partitions.stream().mapToInt(TopicPartition::partition).toArray();
    }

    static int[] ids(Collection<Integer> brokers) {
        return brokers.stream().mapToInt(Integer::intValue).toArray();
    }
}
