package io.millrace.broker.controller;

import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.Notices;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.ZkException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.AlterPartitionReassignments;
import io.millrace.protocol.message.AlterPartitionReassignments.Request.ReassignablePartition;
import io.millrace.protocol.message.AlterPartitionReassignments.Request.ReassignableTopic;
import io.millrace.protocol.message.AlterPartitionReassignments.Response.ReassignablePartitionResponse;
import io.millrace.protocol.message.AlterPartitionReassignments.Response.ReassignableTopicResponse;
import io.millrace.protocol.message.ListPartitionReassignments;
import io.millrace.protocol.message.ListPartitionReassignments.Request.ListPartitionReassignmentsTopics;
import io.millrace.protocol.message.ListPartitionReassignments.Response.OngoingPartitionReassignment;
import io.millrace.protocol.message.ListPartitionReassignments.Response.OngoingTopicReassignment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves partitions to other brokers (KIP-455). What is to become of a partition stands in the node of its topic, so that any
 * controller can go on with it:
 *
 * <ol>
 *   <li>The replicas of before and those to come are written as the replicas of the partition, together with which of them
 *       are coming and which will go; a new leader epoch lets the leader know, and the coming ones begin to follow.
 *   <li>As soon as all that are to stay are in sync, the others are taken out of the ISR, with another leader if one of
 *       them led; then the node of the topic is written without them, and they are told to delete what they have.
 * </ol>
 *
 * <p>The node of the topic is the last to be written, because nothing else says which replicas have to go. Belongs to the
 * controller's thread.
 */
final class Reassignments {
    private static final Logger LOG = LoggerFactory.getLogger(Reassignments.class);

    private final ClusterState state;
    private final PartitionElections elections;
    private final FencedWriter writer;
    private final TopicStore topicStore;
    private final Notices notices;

    /** What the request in ZooKeeper still asks for. */
    private Map<TopicPartition, List<Integer>> noticed = new LinkedHashMap<>();

    Reassignments(
            ClusterState state,
            PartitionElections elections,
            FencedWriter writer,
            TopicStore topicStore,
            Notices notices) {
        this.state = state;
        this.elections = elections;
        this.writer = writer;
        this.topicStore = topicStore;
        this.notices = notices;
    }

    /** Deals with a request to begin, replace or cancel reassignments. */
    AlterPartitionReassignments.Response alter(AlterPartitionReassignments.Request request, ControlBatch batch) {
        AlterPartitionReassignments.Response response = new AlterPartitionReassignments.Response();
        response.errorMessage = null;
        response.responses = new ArrayList<>();
        Map<TopicPartition, ReplicaAssignment> wanted = new LinkedHashMap<>();
        for (ReassignableTopic topic : request.topics) {
            ReassignableTopicResponse ofTopic = new ReassignableTopicResponse();
            ofTopic.name = topic.name;
            ofTopic.partitions = new ArrayList<>();
            response.responses.add(ofTopic);
            for (ReassignablePartition asked : topic.partitions) {
                TopicPartition partition = new TopicPartition(topic.name, asked.partitionIndex);
                List<Integer> target = asked.replicas == null
                        ? null
                        : Arrays.stream(asked.replicas).boxed().toList();
                ApiError refusal = refusal(partition, target);
                ReplicaAssignment now = state.assignment(partition);
                if (refusal == null && now != null) {
                    wanted.put(partition, now.reassignTo(target == null ? now.origin() : target));
                }
                ReassignablePartitionResponse answer = new ReassignablePartitionResponse();
                answer.partitionIndex = asked.partitionIndex;
                answer.errorCode = (refusal == null ? ErrorCode.NONE : refusal.code()).code();
                answer.errorMessage = refusal == null ? null : refusal.message();
                ofTopic.partitions.add(answer);
            }
        }
        // What was said last holds, however it was said.
        dropNotices(wanted.keySet());
        begin(wanted, batch);
        return response;
    }

    private @Nullable ApiError refusal(TopicPartition partition, @Nullable List<Integer> target) {
        ReplicaAssignment now = state.assignment(partition);
        if (now == null || state.isBeingDeleted(partition.topic())) {
            return new ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "The partition does not exist.");
        }
        if (target == null && !now.isBeingReassigned()) {
            return new ApiError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, null);
        }
        String problem = target == null ? null : problem(target);
        if (problem == null) {
            problem = loss(partition, now.reassignTo(target == null ? now.origin() : target));
        }
        if (problem == null && target != null) {
            List<Integer> dead = now.reassignTo(target).adding().stream()
                    .filter(broker -> !state.isStaying(broker))
                    .toList();
            if (!dead.isEmpty()) {
                problem = "Replica assignment has brokers that are not alive. Replica list: " + dead
                        + ", live broker list: "
                        + state.brokerIds().stream().filter(state::isStaying).toList();
            }
        }
        return problem == null ? null : new ApiError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
    }

    private static @Nullable String problem(List<Integer> target) {
        if (target.isEmpty()) {
            return "Empty replica list specified in partition reassignment.";
        } else if (new HashSet<>(target).size() != target.size()) {
            return "Duplicate replica ids in partition reassignment replica list: " + target;
        } else if (target.stream().anyMatch(broker -> broker < 0)) {
            return "Invalid broker id in replica list: " + target;
        }
        return null;
    }

    /**
     * Why replicas cannot go: whoever is dropped deletes its log, so one that stays must have all that they have. A move that was
     * taken back or changed before anybody else had caught up would delete the only complete copies, and Apache Kafka lets it.
     */
    private @Nullable String loss(TopicPartition partition, ReplicaAssignment next) {
        PartitionState now = state.state(partition);
        return now == null || now.isr().stream().anyMatch(next.replicas()::contains)
                ? null
                : "None of the replicas that would stay, " + next.replicas() + ", is in sync; those that are, "
                        + now.isr()
                        + ", would delete the only complete copies. Wait until one of those that stay is in sync.";
    }

    /** Says what is going on. */
    ListPartitionReassignments.Response list(ListPartitionReassignments.Request request) {
        ListPartitionReassignments.Response response = new ListPartitionReassignments.Response();
        response.errorMessage = null;
        Collection<TopicPartition> partitions = state.reassigned();
        if (request.topics != null) {
            partitions = new LinkedHashSet<>();
            for (ListPartitionReassignmentsTopics topic : request.topics) {
                for (int partition : topic.partitionIndexes) {
                    partitions.add(new TopicPartition(topic.name, partition));
                }
            }
        }
        Map<String, OngoingTopicReassignment> topics = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            ReplicaAssignment now = state.assignment(partition);
            if (now != null && now.isBeingReassigned()) {
                OngoingPartitionReassignment ongoing = new OngoingPartitionReassignment();
                ongoing.partitionIndex = partition.partition();
                ongoing.replicas = ints(now.replicas());
                ongoing.addingReplicas = ints(now.adding());
                ongoing.removingReplicas = ints(now.removing());
                topics.computeIfAbsent(partition.topic(), Reassignments::newTopic)
                        .partitions
                        .add(ongoing);
            }
        }
        response.topics = List.copyOf(topics.values());
        return response;
    }

    private static OngoingTopicReassignment newTopic(String name) {
        OngoingTopicReassignment topic = new OngoingTopicReassignment();
        topic.name = name;
        topic.partitions = new ArrayList<>();
        return topic;
    }

    /**
     * Does what the node in ZooKeeper asks for. It stays there until all of it is done, which is how tools of old know.
     *
     * @param onChange called when it changes
     */
    void takeNotice(Runnable onChange, ControlBatch batch) {
        Map<TopicPartition, List<Integer>> asked = notices.reassignment(onChange);
        noticed = asked == null ? new LinkedHashMap<>() : new LinkedHashMap<>(asked);
        Map<TopicPartition, ReplicaAssignment> wanted = new LinkedHashMap<>();
        Set<TopicPartition> settled = new HashSet<>();
        noticed.forEach((partition, target) -> {
            ReplicaAssignment now = state.assignment(partition);
            String problem = now == null || state.isBeingDeleted(partition.topic())
                    ? "The partition does not exist."
                    : problem(target);
            if (problem == null && now != null) {
                problem = loss(partition, now.reassignTo(target));
            }
            if (now == null || problem != null) {
                LOG.warn("{} is not reassigned to {}: {}", partition, target, problem);
                settled.add(partition);
            } else if (!now.target().equals(target)) {
                wanted.put(partition, now.reassignTo(target));
            } else if (!now.isBeingReassigned()) {
                settled.add(partition);
            }
        });
        dropNotices(settled);
        begin(wanted, batch);
    }

    private void begin(Map<TopicPartition, ReplicaAssignment> wanted, ControlBatch batch) {
        if (wanted.isEmpty()) {
            return;
        }
        Map<TopicPartition, List<Integer>> unneeded = new LinkedHashMap<>();
        wanted.forEach((partition, next) -> {
            LOG.info("Reassigning {} from {} to {}", partition, state.assignment(partition), next);
            List<Integer> leaving = new ArrayList<>(state.replicas(partition));
            leaving.removeAll(next.replicas());
            unneeded.put(partition, leaving);
        });
        assign(wanted);
        elections.electFirst(wanted.keySet(), batch);
        elections.elect(wanted.keySet(), this::withoutFormerReplicas, batch);
        unneeded.forEach((partition, brokers) -> delete(partition, brokers, batch));
        finishOrders(wanted.keySet());
        progress(wanted.keySet(), batch);
    }

    /** The state under a new leader epoch, by which the leader takes note of its new followers. */
    private PartitionState withoutFormerReplicas(TopicPartition partition, PartitionState now) {
        List<Integer> replicas = state.replicas(partition);
        List<Integer> isr = now.isr().stream().filter(replicas::contains).toList();
        if (isr.isEmpty()) {
            return now.elect(PartitionState.NO_LEADER, now.isr(), now.recovering());
        }
        if (isr.contains(now.leader()) || now.leader() == PartitionState.NO_LEADER) {
            return now.elect(now.leader(), isr, now.recovering());
        }
        IntPredicate alive = state.canServe(partition);
        int leader = replicas.stream()
                .filter(broker -> isr.contains(broker) && alive.test(broker))
                .findFirst()
                .orElse(PartitionState.NO_LEADER);
        return now.elect(leader, isr, false);
    }

    /** Where only the order of the replicas was to change, it has. */
    private void finishOrders(Collection<TopicPartition> partitions) {
        Set<TopicPartition> done = new HashSet<>(partitions);
        done.removeAll(state.reassigned());
        dropNotices(done);
    }

    /** Ends the reassignments of which all that are to stay are in sync. */
    void progress(Collection<TopicPartition> partitions, ControlBatch batch) {
        Map<TopicPartition, PartitionState> wanted = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            PartitionState now = state.state(partition);
            ReplicaAssignment assignment = state.assignment(partition);
            if (now != null
                    && assignment != null
                    && assignment.isBeingReassigned()
                    && !state.isBeingDeleted(partition.topic())
                    && now.isr().containsAll(assignment.target())) {
                PartitionState next = LeaderElection.reassigned(assignment.target(), now, state.canServe(partition));
                if (next != null) {
                    wanted.put(partition, next);
                }
            }
        }
        if (wanted.isEmpty()) {
            return;
        }
        Map<TopicPartition, List<Integer>> leaving = new LinkedHashMap<>();
        Map<TopicPartition, ReplicaAssignment> finished = new LinkedHashMap<>();
        for (TopicPartition partition : elections.record(wanted, batch)) {
            ReplicaAssignment assignment = state.assignment(partition);
            if (assignment != null) {
                leaving.put(partition, assignment.removing());
                finished.put(partition, ReplicaAssignment.of(assignment.target()));
            }
        }
        assign(finished);
        finished.forEach((partition, assignment) -> {
            LOG.info("Reassigned {} to {}", partition, assignment.replicas());
            batch.announce(partition, false);
            delete(partition, leaving.getOrDefault(partition, List.of()), batch);
        });
        dropNotices(finished.keySet());
    }

    /** Forgets what was to become of the partitions of a topic, because it is being deleted. */
    void forget(Collection<String> topics) {
        dropNotices(noticed.keySet().stream()
                .filter(partition -> topics.contains(partition.topic()))
                .toList());
    }

    private void delete(TopicPartition partition, List<Integer> brokers, ControlBatch batch) {
        PartitionState now = state.state(partition);
        for (int broker : brokers) {
            if (now != null && now.isr().contains(broker)) {
                // It was written meanwhile by somebody who had not heard that this one was to go.
                LOG.error("Broker {} keeps its replica of {}, which is in sync: {}", broker, partition, now);
            } else if (now != null && state.isAlive(broker)) {
                batch.stop(broker, partition, now.leaderEpoch(), true);
            } else {
                LOG.warn(
                        "Broker {} is not there to delete its replica of {}, which stays on its disk",
                        broker,
                        partition);
            }
        }
    }

    /** Writes assignments, one write a topic, and takes note of them. */
    private void assign(Map<TopicPartition, ReplicaAssignment> changes) {
        Map<String, SortedMap<Integer, ReplicaAssignment>> byTopic = new TreeMap<>();
        changes.forEach((partition, assignment) -> byTopic.computeIfAbsent(partition.topic(), topic -> new TreeMap<>())
                .put(partition.partition(), assignment));
        byTopic.forEach((topic, changed) -> {
            TopicAssignment before = state.topic(topic);
            if (before != null) {
                assign(topic, before, now -> {
                    SortedMap<Integer, ReplicaAssignment> partitions = new TreeMap<>(now.partitions());
                    partitions.putAll(changed);
                    return new TopicAssignment(before.id(), partitions, now.version());
                });
            }
        });
    }

    private void assign(String topic, TopicAssignment before, Function<TopicAssignment, TopicAssignment> change) {
        TopicAssignment found = before;
        while (true) {
            TopicAssignment next = change.apply(found);
            try {
                writer.write(List.of(TopicStore.replace(topic, next)));
                TopicAssignment known = change.apply(before);
                state.putTopic(topic, new TopicAssignment(known.id(), known.partitions(), next.version() + 1));
                return;
            } catch (ZkException e) {
                if (e.code() != Code.BADVERSION) {
                    throw e;
                }
                // It has grown, of which the news is on its way; what it has grown by is to stay.
                TopicAssignment present = topicStore.assignment(topic);
                if (present == null) {
                    throw e;
                }
                found = present;
            }
        }
    }

    private void dropNotices(Collection<TopicPartition> partitions) {
        if (noticed.keySet().removeAll(Set.copyOf(partitions))) {
            writer.writeEach(List.of(Notices.remainingReassignment(noticed)));
        }
    }

    private static int[] ints(List<Integer> numbers) {
        return numbers.stream().mapToInt(number -> number).toArray();
    }
}
