package io.millrace.broker.controller;

import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.ZkException;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.zookeeper.KeeperException.Code;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what {@link Reassignments} decides: writes who keeps a partition into the node of its topic, and has replicas
 * leave for good. Belongs to the controller's thread.
 */
final class ReplicaMoves {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaMoves.class);

    private final ClusterState state;
    private final PartitionElections elections;
    private final FencedWriter writer;
    private final TopicStore topicStore;
    private final Consumer<ControlBatch> sender;

    /** @param sender sends what is in a batch at once, which goes on empty */
    ReplicaMoves(
            ClusterState state,
            PartitionElections elections,
            FencedWriter writer,
            TopicStore topicStore,
            Consumer<ControlBatch> sender) {
        this.state = state;
        this.elections = elections;
        this.writer = writer;
        this.topicStore = topicStore;
        this.sender = sender;
    }

    /**
     * Has replicas leave: writes states without them, tells those that stay, and has those that leave delete what they have, at
     * once. The nodes of the topics are to be written without them afterwards ({@link #assign}): nothing else says who has to go,
     * so a controller that ends in between leaves it to the next one to do all of it again. Apache Kafka has the same order.
     *
     * @param remaining the assignments without those that leave, which hold from now on
     * @param next the states without them
     * @return the partitions for which that is done; the others keep their assignment, as somebody else has written their state
     */
    Set<TopicPartition> drop(
            Map<TopicPartition, ReplicaAssignment> remaining,
            Map<TopicPartition, PartitionState> next,
            ControlBatch batch) {
        if (remaining.isEmpty()) {
            return Set.of();
        }
        Map<TopicPartition, ReplicaAssignment> former = new LinkedHashMap<>();
        remaining.keySet().forEach(partition -> {
            ReplicaAssignment assignment = state.assignment(partition);
            if (assignment != null) {
                former.put(partition, assignment);
            }
        });
        // First of all, because who is eligible to lead is a question of the replicas that stay.
        state.putAssignments(remaining);
        Set<TopicPartition> written = elections.record(next, batch);
        Map<TopicPartition, ReplicaAssignment> kept = new LinkedHashMap<>(former);
        kept.keySet().removeAll(written);
        state.putAssignments(kept);
        former.forEach((partition, before) -> {
            batch.announce(partition, false);
            if (written.contains(partition)) {
                stop(partition, before.replicas(), batch);
            }
        });
        sender.accept(batch);
        return written;
    }

    private void stop(TopicPartition partition, List<Integer> former, ControlBatch batch) {
        PartitionState now = state.state(partition);
        List<Integer> leaving = new ArrayList<>(former);
        leaving.removeAll(state.replicas(partition));
        for (int broker : leaving) {
            if (now != null && state.isAlive(broker)) {
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
    void assign(Map<TopicPartition, ReplicaAssignment> changes) {
        byTopic(changes).forEach((topic, changed) -> {
            TopicAssignment before = state.topic(topic);
            if (before != null) {
                assign(topic, before, now -> now.with(before.id(), changed));
            }
        });
    }

    private static Map<String, Map<Integer, ReplicaAssignment>> byTopic(
            Map<TopicPartition, ReplicaAssignment> changes) {
        Map<String, Map<Integer, ReplicaAssignment>> byTopic = new TreeMap<>();
        changes.forEach((partition, assignment) -> byTopic.computeIfAbsent(partition.topic(), topic -> new HashMap<>())
                .put(partition.partition(), assignment));
        return byTopic;
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
}
