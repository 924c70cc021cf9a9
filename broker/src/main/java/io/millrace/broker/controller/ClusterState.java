package io.millrace.broker.controller;

import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the controller knows of the cluster: a copy of what ZooKeeper says, as far as it was read or written by this
 * controller. Belongs to the controller's thread.
 */
final class ClusterState {
    private final Map<Integer, LiveBroker> brokers = new TreeMap<>();
    private final Map<String, TopicAssignment> topics = new TreeMap<>();
    private final Map<TopicPartition, PartitionState> states = new HashMap<>();
    private final Set<String> deleting = new HashSet<>();

    Collection<LiveBroker> brokers() {
        return brokers.values();
    }

    Set<Integer> brokerIds() {
        return Collections.unmodifiableSet(brokers.keySet());
    }

    @Nullable
    LiveBroker broker(int id) {
        return brokers.get(id);
    }

    boolean isAlive(int broker) {
        return brokers.containsKey(broker);
    }

    void addBroker(LiveBroker broker) {
        brokers.put(broker.id(), broker);
    }

    void removeBroker(int id) {
        brokers.remove(id);
    }

    Set<String> topics() {
        return Collections.unmodifiableSet(topics.keySet());
    }

    @Nullable
    TopicAssignment topic(String topic) {
        return topics.get(topic);
    }

    Uuid topicId(String topic) {
        TopicAssignment assignment = topics.get(topic);
        return assignment == null ? Uuid.ZERO : assignment.id();
    }

    void putTopic(String topic, TopicAssignment assignment) {
        topics.put(topic, assignment);
    }

    /** Forgets a topic, its partitions, and that it was to be deleted. */
    void removeTopic(String topic) {
        partitions(topic).forEach(states::remove);
        topics.remove(topic);
        deleting.remove(topic);
    }

    List<TopicPartition> partitions(String topic) {
        TopicAssignment assignment = topics.get(topic);
        return assignment == null
                ? List.of()
                : assignment.partitions().keySet().stream()
                        .map(partition -> new TopicPartition(topic, partition))
                        .toList();
    }

    List<TopicPartition> partitions() {
        List<TopicPartition> partitions = new ArrayList<>();
        topics.keySet().forEach(topic -> partitions.addAll(partitions(topic)));
        return partitions;
    }

    @Nullable
    ReplicaAssignment assignment(TopicPartition partition) {
        TopicAssignment topic = topics.get(partition.topic());
        return topic == null ? null : topic.partitions().get(partition.partition());
    }

    /** The replicas of a partition; empty if it is unknown. */
    List<Integer> replicas(TopicPartition partition) {
        ReplicaAssignment assignment = assignment(partition);
        return assignment == null ? List.of() : assignment.replicas();
    }

    List<TopicPartition> partitionsOn(int broker) {
        return partitions().stream()
                .filter(partition -> replicas(partition).contains(broker))
                .toList();
    }

    /** Leader and ISR of a partition, or null if none was ever elected. */
    @Nullable
    PartitionState state(TopicPartition partition) {
        return states.get(partition);
    }

    void putState(TopicPartition partition, PartitionState state) {
        states.put(partition, state);
    }

    boolean isBeingDeleted(String topic) {
        return deleting.contains(topic);
    }

    void markDeleting(String topic) {
        deleting.add(topic);
    }
}
