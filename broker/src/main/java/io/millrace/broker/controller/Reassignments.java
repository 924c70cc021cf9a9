package io.millrace.broker.controller;

import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.Notices;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.ReplicaAssignment;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
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
 *       them led, and told to delete what they have; then the node of the topic is written without them.
 * </ol>
 *
 * <p>Coming replicas are recorded before anybody hears of them, and leaving ones until everybody has heard, so that a controller
 * that ends in between leaves a record by which the next one does all of it again. Belongs to the controller's thread.
 */
final class Reassignments {
    private static final Logger LOG = LoggerFactory.getLogger(Reassignments.class);

    private final ClusterState state;
    private final PartitionElections elections;
    private final FencedWriter writer;
    private final ReplicaMoves moves;
    private final Notices notices;

    /** What the request in ZooKeeper still asks for. */
    private Map<TopicPartition, List<Integer>> noticed = new LinkedHashMap<>();

    Reassignments(
            ClusterState state,
            PartitionElections elections,
            FencedWriter writer,
            ReplicaMoves moves,
            Notices notices) {
        this.state = state;
        this.elections = elections;
        this.writer = writer;
        this.moves = moves;
        this.notices = notices;
    }

    /** Deals with a request to begin, replace or cancel reassignments. */
    AlterPartitionReassignments.Response alter(AlterPartitionReassignments.Request request, ControlBatch batch) {
        AlterPartitionReassignments.Response response = new AlterPartitionReassignments.Response();
        response.errorMessage = null;
        response.responses = new ArrayList<>();
        Map<TopicPartition, ReplicaAssignment> wanted = new LinkedHashMap<>();
        Map<TopicPartition, ReassignablePartitionResponse> answers = new HashMap<>();
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
                answers.put(partition, answer);
                ofTopic.partitions.add(answer);
            }
        }
        // What was said last holds, however it was said.
        dropNotices(wanted.keySet());
        for (TopicPartition partition : begin(wanted, batch)) {
            ReassignablePartitionResponse answer = answers.get(partition);
            if (answer != null) {
                answer.errorCode = ErrorCode.OPERATION_NOT_ATTEMPTED.code();
                answer.errorMessage = "The state of the partition was written by another meanwhile. Ask again.";
            }
        }
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

    /**
     * Those that are to go without having come go first, then the coming ones are recorded and come.
     *
     * @return the partitions that stay as they are, since somebody else has written their state meanwhile
     */
    private Set<TopicPartition> begin(Map<TopicPartition, ReplicaAssignment> wanted, ControlBatch batch) {
        if (wanted.isEmpty()) {
            return Set.of();
        }
        Map<TopicPartition, ReplicaAssignment> remaining = new LinkedHashMap<>();
        Map<TopicPartition, PartitionState> withoutLeaving = new LinkedHashMap<>();
        Set<TopicPartition> extended = new LinkedHashSet<>(wanted.keySet());
        wanted.forEach((partition, next) -> {
            ReplicaAssignment assignment = state.assignment(partition);
            PartitionState now = state.state(partition);
            LOG.info("Reassigning {} from {} to {}", partition, assignment, next);
            if (assignment != null && now != null && !next.replicas().containsAll(assignment.replicas())) {
                ReplicaAssignment known = next.among(assignment.replicas());
                remaining.put(partition, known);
                withoutLeaving.put(partition, restricted(partition, now, known));
                if (known.equals(next)) {
                    extended.remove(partition);
                }
            }
        });
        Set<TopicPartition> refused = new LinkedHashSet<>(remaining.keySet());
        refused.removeAll(moves.drop(remaining, withoutLeaving, batch));
        wanted.keySet().removeAll(refused);
        extended.removeAll(refused);
        moves.assign(wanted);
        elections.electFirst(wanted.keySet(), batch);
        letLeadersKnow(extended, batch);
        finishOrders(wanted.keySet());
        progress(wanted.keySet(), batch);
        return refused;
    }

    /**
     * Takes up what the term before may have left half done: who is to come or to go may be recorded without the leader having
     * been told, and a leader passes over what it is told in the same epoch. So does Apache Kafka's controller.
     */
    void resume(ControlBatch batch) {
        Set<TopicPartition> unclear = new LinkedHashSet<>(state.reassigned());
        for (TopicPartition partition : state.partitions()) {
            PartitionState now = state.state(partition);
            if (now != null && !state.replicas(partition).containsAll(now.isr())) {
                // Another kind of controller took a move back and ended.
                LOG.warn(
                        "Partition {} has others in sync than its replicas {}: {}",
                        partition,
                        state.replicas(partition),
                        now);
                unclear.add(partition);
            }
        }
        letLeadersKnow(unclear, batch);
    }

    /** Begins a new leader epoch, by which the leaders take note of who follows them. */
    private void letLeadersKnow(Collection<TopicPartition> partitions, ControlBatch batch) {
        elections.elect(partitions, (partition, now) -> restricted(partition, now, expect(partition)), batch);
    }

    private ReplicaAssignment expect(TopicPartition partition) {
        return Objects.requireNonNull(state.assignment(partition), "a partition of no topic");
    }

    private PartitionState restricted(TopicPartition partition, PartitionState now, ReplicaAssignment assignment) {
        return LeaderElection.restricted(assignment.replicas(), now, state.canServe(partition));
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
        Map<TopicPartition, ReplicaAssignment> finished = new LinkedHashMap<>();
        wanted.keySet()
                .forEach(partition -> finished.put(
                        partition, ReplicaAssignment.of(expect(partition).target())));
        finished.keySet().retainAll(moves.drop(finished, wanted, batch));
        moves.assign(finished);
        finished.forEach((partition, assignment) -> LOG.info("Reassigned {} to {}", partition, assignment.replicas()));
        dropNotices(finished.keySet());
    }

    /** Forgets what was to become of the partitions of a topic, because it is being deleted. */
    void forget(Collection<String> topics) {
        dropNotices(noticed.keySet().stream()
                .filter(partition -> topics.contains(partition.topic()))
                .toList());
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
