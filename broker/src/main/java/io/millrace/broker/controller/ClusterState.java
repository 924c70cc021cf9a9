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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What the controller knows of the cluster: a copy of what ZooKeeper says, as far as it was read or written by this
 * controller, and what brokers have said of themselves. What an event is about is found without a look at everything: by
 * broker, by topic, or by what goes on. Belongs to the controller's thread.
 */
final class ClusterState {
    private final Map<Integer, LiveBroker> brokers = new TreeMap<>();
    private final Set<Integer> stopping = new HashSet<>();
    private final Set<Integer> unreachable = new HashSet<>();
    private final Set<Integer> losers = new HashSet<>();
    private final Map<Integer, Set<TopicPartition>> failedReplicas = new HashMap<>();
    private final Map<String, TopicAssignment> topics = new TreeMap<>();
    private final Map<Uuid, String> namesById = new HashMap<>();
    private final Map<Integer, Set<TopicPartition>> partitionsByBroker = new HashMap<>();
    private final Map<TopicPartition, PartitionState> states = new HashMap<>();
    private final Set<TopicPartition> reassigned = new LinkedHashSet<>();
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

    /** Whether a broker is registered, so that it can be told something. */
    boolean isAlive(int broker) {
        return brokers.containsKey(broker);
    }

    /** Whether a broker is registered, has not said that it is about to stop, and takes connections as far as we know. */
    boolean isStaying(int broker) {
        return brokers.containsKey(broker) && !stopping.contains(broker) && !unreachable.contains(broker);
    }

    /** Tells of each broker whether its replica of a partition can serve: the broker is staying and its disk works. */
    IntPredicate canServe(TopicPartition partition) {
        return broker -> isStaying(broker) && diskWorks(broker, partition);
    }

    /** Likewise, but one that refuses connections counts until its session ends: it may serve those whom it does not refuse. */
    IntPredicate mayServe(TopicPartition partition) {
        return broker -> brokers.containsKey(broker) && !stopping.contains(broker) && diskWorks(broker, partition);
    }

    private boolean diskWorks(int broker, TopicPartition partition) {
        return !failedReplicas.getOrDefault(broker, Set.of()).contains(partition);
    }

    void addBroker(LiveBroker broker) {
        brokers.put(broker.id(), broker);
    }

    void removeBroker(int id) {
        brokers.remove(id);
        stopping.remove(id);
        unreachable.remove(id);
        losers.remove(id);
        failedReplicas.remove(id);
    }

    /** Takes note that a broker is about to stop. */
    void markStopping(int broker) {
        stopping.add(broker);
    }

    /** Takes note whether a broker takes connections; true if that is news. */
    boolean markReachable(int broker, boolean reachable) {
        return reachable ? unreachable.remove(broker) : unreachable.add(broker);
    }

    /** The brokers that are about to stop, or have stopped as it seems. */
    Set<Integer> leaving() {
        Set<Integer> leaving = new HashSet<>(stopping);
        leaving.addAll(unreachable);
        return leaving;
    }

    /** Takes note that a broker which has come may have lost records, until that is seen to. */
    void markLoser(int broker) {
        losers.add(broker);
    }

    /** The broker has left every ISR and every leadership that somebody else could take over. */
    void unmarkLoser(int broker) {
        losers.remove(broker);
    }

    Set<Integer> losers() {
        return Collections.unmodifiableSet(losers);
    }

    /** Takes note whether the disk of a broker serves its replica of a partition; true if that is news. */
    boolean markFailed(int broker, TopicPartition partition, boolean failed) {
        Set<TopicPartition> ofBroker = failedReplicas.computeIfAbsent(broker, id -> new HashSet<>());
        return failed ? ofBroker.add(partition) : ofBroker.remove(partition);
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

    /** The name of the topic with this id, or null. */
    @Nullable
    String topicName(Uuid id) {
        return namesById.get(id);
    }

    void putTopic(String topic, TopicAssignment assignment) {
        forgetReplicas(topic);
        topics.put(topic, assignment);
        namesById.put(assignment.id(), topic);
        assignment.partitions().forEach((number, replicas) -> {
            TopicPartition partition = new TopicPartition(topic, number);
            replicas.replicas()
                    .forEach(broker -> partitionsByBroker
                            .computeIfAbsent(broker, id -> new LinkedHashSet<>())
                            .add(partition));
            if (replicas.isBeingReassigned()) {
                reassigned.add(partition);
            }
        });
    }

    /** Takes note of other replicas of some partitions, without a new version of what ZooKeeper says. */
    void putAssignments(Map<TopicPartition, ReplicaAssignment> changes) {
        Map<String, Map<Integer, ReplicaAssignment>> byTopic = new HashMap<>();
        changes.forEach((partition, assignment) -> byTopic.computeIfAbsent(partition.topic(), topic -> new HashMap<>())
                .put(partition.partition(), assignment));
        byTopic.forEach((topic, changed) -> {
            TopicAssignment now = topics.get(topic);
            if (now != null) {
                putTopic(topic, now.with(now.id(), changed));
            }
        });
    }

    /** Forgets a topic, its partitions, and that it was to be deleted. */
    void removeTopic(String topic) {
        partitions(topic).forEach(states::remove);
        forgetReplicas(topic);
        TopicAssignment former = topics.remove(topic);
        if (former != null) {
            namesById.remove(former.id());
        }
        deleting.remove(topic);
    }

    private void forgetReplicas(String topic) {
        TopicAssignment former = topics.get(topic);
        if (former == null) {
            return;
        }
        former.partitions().forEach((number, replicas) -> {
            TopicPartition partition = new TopicPartition(topic, number);
            reassigned.remove(partition);
            for (int broker : replicas.replicas()) {
                Set<TopicPartition> ofBroker = partitionsByBroker.get(broker);
                if (ofBroker != null) {
                    ofBroker.remove(partition);
                }
            }
        });
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

    /** The partitions that a broker keeps a replica of. */
    List<TopicPartition> partitionsOn(int broker) {
        return List.copyOf(partitionsByBroker.getOrDefault(broker, Set.of()));
    }

    /** The partitions that are being reassigned, those that have been at it for longest first. */
    Set<TopicPartition> reassigned() {
        return Collections.unmodifiableSet(reassigned);
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
