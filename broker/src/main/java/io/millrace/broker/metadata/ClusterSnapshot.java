package io.millrace.broker.metadata;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.UpdateMetadata;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataBroker;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataEndpoint;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataPartitionState;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataTopicState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One state of the cluster as the controller last described it. Immutable; any thread may keep one as long as it likes.
 */
public final class ClusterSnapshot {
    /** Stands in place of the controller's id while none is known. */
    public static final int NO_CONTROLLER = -1;

    /** The type of news that name every partition there is. */
    private static final byte EVERYTHING = 2;

    private final long number;
    private final String clusterId;
    private final int controllerId;
    private final Map<Integer, BrokerMetadata> brokers;
    private final Map<String, TopicMetadata> topics;
    private final Map<Uuid, TopicMetadata> topicsById;

    private ClusterSnapshot(
            long number,
            String clusterId,
            int controllerId,
            Map<Integer, BrokerMetadata> brokers,
            Map<String, TopicMetadata> topics,
            Map<Uuid, TopicMetadata> topicsById) {
        this.number = number;
        this.clusterId = clusterId;
        this.controllerId = controllerId;
        this.brokers = brokers;
        this.topics = topics;
        this.topicsById = topicsById;
    }

    /** The state before the controller has told anything. */
    static ClusterSnapshot empty(String clusterId) {
        return new ClusterSnapshot(0, clusterId, NO_CONTROLLER, Map.of(), Map.of(), Map.of());
    }

    /** How many changes of this broker's {@link MetadataCache} led to it; 0 before the first. */
    public long number() {
        return number;
    }

    /** The id that all brokers of this cluster share. */
    public String clusterId() {
        return clusterId;
    }

    /** Id of the broker that is the controller, or {@link #NO_CONTROLLER}. */
    public int controllerId() {
        return controllerId;
    }

    /** The live brokers, by rising id. */
    public Collection<BrokerMetadata> brokers() {
        return brokers.values();
    }

    /** The live broker with this id, or null. */
    public @Nullable BrokerMetadata broker(int id) {
        return brokers.get(id);
    }

    /** All topics, in no order. */
    public Collection<TopicMetadata> topics() {
        return topics.values();
    }

    /** The topic with this name, or null. */
    public @Nullable TopicMetadata topic(String name) {
        return topics.get(name);
    }

    /** The topic with this id, or null. */
    public @Nullable TopicMetadata topic(Uuid id) {
        return topicsById.get(id);
    }

    /** The partition, or null. */
    public @Nullable PartitionMetadata partition(String topic, int partition) {
        TopicMetadata found = topics.get(topic);
        return found == null ? null : found.partition(partition);
    }

    /** The partition, or null. */
    public @Nullable PartitionMetadata partition(TopicPartition partition) {
        return partition(partition.topic(), partition.partition());
    }

    /** Id of the topic with this name, or {@link Uuid#ZERO} if it is unknown or has none. */
    public Uuid topicId(String name) {
        TopicMetadata found = topics.get(name);
        return found == null ? Uuid.ZERO : found.id();
    }

    /** Name of the topic with this id, or null. */
    public @Nullable String topicName(Uuid id) {
        TopicMetadata found = topicsById.get(id);
        return found == null ? null : found.name();
    }

    /**
     * The state after this news: all brokers are replaced, partitions are added, replaced, or removed if they say so. News of
     * everything remove the topics that they do not name, which were deleted while nobody could tell this broker.
     */
    ClusterSnapshot with(UpdateMetadata.Request news) {
        Map<Integer, BrokerMetadata> nextBrokers = new TreeMap<>();
        for (UpdateMetadataBroker broker : news.liveBrokers) {
            nextBrokers.put(broker.id, new BrokerMetadata(broker.id, endpoints(broker), broker.rack));
        }
        Map<Integer, BrokerMetadata> sortedBrokers = Collections.unmodifiableMap(nextBrokers);
        List<UpdateMetadataTopicState> topicStates = byTopic(news);
        if (news.type == EVERYTHING) {
            Set<String> named =
                    topicStates.stream().map(state -> state.topicName).collect(Collectors.toSet());
            return without(named).with(topicStates, news.controllerId, sortedBrokers);
        }
        return with(topicStates, news.controllerId, sortedBrokers);
    }

    /** This state with none but these topics; what they have become is still to be said. */
    private ClusterSnapshot without(Set<String> present) {
        Map<String, TopicMetadata> nextTopics = new HashMap<>(topics);
        nextTopics.keySet().retainAll(present);
        Map<Uuid, TopicMetadata> nextTopicsById = new HashMap<>(topicsById);
        nextTopicsById.values().retainAll(Set.copyOf(nextTopics.values()));
        return new ClusterSnapshot(number, clusterId, controllerId, brokers, nextTopics, nextTopicsById);
    }

    private ClusterSnapshot with(
            List<UpdateMetadataTopicState> topicStates,
            int nextControllerId,
            Map<Integer, BrokerMetadata> sortedBrokers) {
        if (topicStates.isEmpty()) {
            return new ClusterSnapshot(number + 1, clusterId, nextControllerId, sortedBrokers, topics, topicsById);
        }
        Map<String, TopicMetadata> nextTopics = new HashMap<>(topics);
        Map<Uuid, TopicMetadata> nextTopicsById = new HashMap<>(topicsById);
        for (UpdateMetadataTopicState state : topicStates) {
            TopicMetadata before = nextTopics.remove(state.topicName);
            if (before != null) {
                nextTopicsById.remove(before.id());
            }
            TopicMetadata after = merge(before, state);
            if (!after.partitions().isEmpty()) {
                nextTopics.put(after.name(), after);
                if (!after.id().equals(Uuid.ZERO)) {
                    nextTopicsById.put(after.id(), after);
                }
            }
        }
        return new ClusterSnapshot(number + 1, clusterId, nextControllerId, sortedBrokers, nextTopics, nextTopicsById);
    }

    private static TopicMetadata merge(@Nullable TopicMetadata before, UpdateMetadataTopicState state) {
        Map<Integer, PartitionMetadata> partitions = new TreeMap<>();
        // A topic that was deleted and created again keeps nothing of its former life.
        boolean sameTopic = before != null && (before.id().equals(state.topicId) || state.topicId.equals(Uuid.ZERO));
        if (before != null && sameTopic) {
            before.partitions().forEach(partition -> partitions.put(partition.partition(), partition));
        }
        for (UpdateMetadataPartitionState partition : state.partitionStates) {
            if (partition.leader == PartitionMetadata.LEADER_DURING_DELETE) {
                partitions.remove(partition.partitionIndex);
            } else {
                partitions.put(partition.partitionIndex, PartitionMetadata.of(partition));
            }
        }
        Uuid id = before != null && sameTopic ? before.id() : state.topicId;
        return new TopicMetadata(state.topicName, id, new ArrayList<>(partitions.values()));
    }

    /** Versions below 5 name the topic in every partition. */
    private static List<UpdateMetadataTopicState> byTopic(UpdateMetadata.Request news) {
        if (news.ungroupedPartitionStates.isEmpty()) {
            return news.topicStates;
        }
        Map<String, UpdateMetadataTopicState> grouped = new TreeMap<>();
        for (UpdateMetadataPartitionState partition : news.ungroupedPartitionStates) {
            UpdateMetadataTopicState topic = grouped.computeIfAbsent(partition.topicName, name -> {
                UpdateMetadataTopicState state = new UpdateMetadataTopicState();
                state.topicName = name;
                state.partitionStates = new ArrayList<>();
                return state;
            });
            topic.partitionStates.add(partition);
        }
        return List.copyOf(grouped.values());
    }

    private static List<Endpoint> endpoints(UpdateMetadataBroker broker) {
        if (broker.endpoints.isEmpty() && !broker.v0Host.isEmpty()) {
            return List.of(new Endpoint(
                    SecurityProtocol.PLAINTEXT.name(), SecurityProtocol.PLAINTEXT, broker.v0Host, broker.v0Port));
        }
        List<Endpoint> endpoints = new ArrayList<>(broker.endpoints.size());
        for (UpdateMetadataEndpoint endpoint : broker.endpoints) {
            SecurityProtocol protocol = SecurityProtocol.of(endpoint.securityProtocol);
            if (protocol != null) {
                // Below version 3 a listener is known by its protocol.
                String listener = endpoint.listener.isEmpty() ? protocol.name() : endpoint.listener;
                endpoints.add(new Endpoint(listener, protocol, endpoint.host, endpoint.port));
            }
        }
        return endpoints;
    }
}
