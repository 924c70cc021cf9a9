package io.millrace.broker.controller;

import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.MalformedZnodeException;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.ZkException;
import io.millrace.broker.zk.ZkPaths;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.broker.zk.Znodes;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaPartitionState;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaTopicState;
import io.millrace.protocol.message.StopReplica.Response.StopReplicaPartitionError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.ObjLongConsumer;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Deletes topics: clients are told that the topic is gone, every replica is told to drop its log, and when all have done so
 * the nodes are removed. While a broker that keeps a replica is down the deletion waits for it, because nobody else could
 * tell it later; one that cannot drop a replica, as it is still recovering it or its disk has failed, is told again after a
 * pause, which grows.
 */
final class TopicDeletion {
    private static final Logger LOG = LoggerFactory.getLogger(TopicDeletion.class);

    private static final long FIRST_PAUSE_MS = 500;
    private static final long LONGEST_PAUSE_MS = 30_000;

    /** The steps that remove a topic. */
    private static final int REQUEST = 0;

    private static final int TOPIC = 1;

    private final ClusterState state;
    private final FencedWriter writer;
    private final Znodes znodes;
    private final TopicStore topicStore;
    private final BiConsumer<Integer, Collection<TopicPartition>> teller;
    private final ObjLongConsumer<Runnable> scheduler;
    private final Map<Integer, Long> pausesMs = new HashMap<>();

    /** The deletions under way, by the names of their topics. */
    private final Map<String, Deletion> pending = new HashMap<>();

    /**
     * What is left to do for a topic.
     *
     * @param id of the topic that is to go: somebody may remove it by hand and make another one of its name
     * @param replicas those that have not confirmed yet
     */
    private record Deletion(Uuid id, Set<Replica> replicas) {}

    private record Replica(TopicPartition partition, int broker) {}

    /**
     * @param teller tells a broker to drop replicas
     * @param scheduler runs a task on the controller's thread after so many milliseconds
     */
    TopicDeletion(
            ClusterState state,
            FencedWriter writer,
            Znodes znodes,
            BiConsumer<Integer, Collection<TopicPartition>> teller,
            ObjLongConsumer<Runnable> scheduler) {
        this.state = state;
        this.writer = writer;
        this.znodes = znodes;
        this.topicStore = new TopicStore(znodes);
        this.teller = teller;
        this.scheduler = scheduler;
    }

    /** Begins to delete these topics; requests for topics that do not exist are dropped. */
    void begin(List<String> topics, ControlBatch batch) {
        for (String topic : topics) {
            if (state.topic(topic) == null) {
                LOG.info("Topic {} is to be deleted but does not exist", topic);
                cancel(topic);
            } else if (!state.isBeingDeleted(topic)) {
                LOG.info(
                        "Deleting topic {} with {} partitions",
                        topic,
                        state.partitions(topic).size());
                state.markDeleting(topic);
                Set<Replica> replicas = new HashSet<>();
                for (TopicPartition partition : state.partitions(topic)) {
                    state.replicas(partition).forEach(broker -> replicas.add(new Replica(partition, broker)));
                }
                pending.put(topic, new Deletion(state.topicId(topic), replicas));
                batch.updateMetadata(state.brokerIds(), state.partitions(topic));
                replicas.forEach(replica -> stop(replica, batch));
                finishIfDone(topic);
            }
        }
    }

    /** Tells a broker that has come back which replicas it has to drop. */
    void onBrokerStarted(int broker, ControlBatch batch) {
        for (String topic : List.copyOf(pending.keySet())) {
            Deletion deletion = of(topic);
            if (deletion != null) {
                for (Replica replica : deletion.replicas) {
                    if (replica.broker() == broker) {
                        stop(replica, batch);
                    }
                }
            }
        }
    }

    /** Somebody else has removed this topic: what was still to be done for it must not be done to the next one of its name. */
    void forget(String topic) {
        if (pending.remove(topic) != null) {
            LOG.warn("The deletion of topic {} ends, since somebody has removed the topic", topic);
        }
    }

    /** The deletion under way of a topic, or null; one of a topic of which another one has taken the place is forgotten. */
    private @Nullable Deletion of(String topic) {
        Deletion deletion = pending.get(topic);
        if (deletion != null && !deletion.id.equals(state.topicId(topic))) {
            forget(topic);
            return null;
        }
        return deletion;
    }

    /**
     * Takes note of replicas that a broker has dropped, and removes the topics of which that were the last. A broker that is about to
     * stop is told to have no part in its partitions, too: the answer to that says nothing of logs.
     */
    void onStopped(int broker, StopReplica.Request request, StopReplica.Response response) {
        ErrorCode error = ErrorCode.of(response.errorCode);
        if (error != ErrorCode.NONE) {
            LOG.warn("Broker {} did not drop replicas: {}", broker, error);
            return;
        }
        Set<TopicPartition> dropped = toldToDelete(request);
        Set<String> touched = new HashSet<>();
        List<Replica> kept = new ArrayList<>();
        for (StopReplicaPartitionError result : response.partitionErrors) {
            Deletion deletion = of(result.topicName);
            TopicPartition partition = new TopicPartition(result.topicName, result.partitionIndex);
            if (deletion == null || !dropped.contains(partition)) {
                continue;
            }
            if (result.errorCode == ErrorCode.NONE.code()) {
                deletion.replicas.remove(new Replica(partition, broker));
                touched.add(result.topicName);
            } else {
                // Of a disk that has failed it will say so until it is started anew.
                LOG.atLevel(pausesMs.containsKey(broker) ? Level.DEBUG : Level.WARN)
                        .log(
                                "Broker {} could not drop {} ({}) and is told again; the topic stays until then",
                                broker,
                                partition,
                                ErrorCode.of(result.errorCode));
                kept.add(new Replica(partition, broker));
            }
        }
        touched.forEach(this::finishIfDone);
        tellAgain(broker, kept);
    }

    private void tellAgain(int broker, List<Replica> kept) {
        if (kept.isEmpty()) {
            pausesMs.remove(broker);
            return;
        }
        long pauseMs = pausesMs.getOrDefault(broker, FIRST_PAUSE_MS);
        pausesMs.put(broker, Math.min(LONGEST_PAUSE_MS, 2 * pauseMs));
        scheduler.accept(
                () -> {
                    List<TopicPartition> still = kept.stream()
                            .filter(this::isPending)
                            .map(Replica::partition)
                            .toList();
                    if (!still.isEmpty() && state.isAlive(broker)) {
                        teller.accept(broker, still);
                    }
                },
                pauseMs);
    }

    private boolean isPending(Replica replica) {
        Deletion deletion = of(replica.partition.topic());
        return deletion != null && deletion.replicas.contains(replica);
    }

    private static Set<TopicPartition> toldToDelete(StopReplica.Request request) {
        Set<TopicPartition> partitions = new HashSet<>();
        for (StopReplicaTopicState topic : request.topicStates) {
            for (StopReplicaPartitionState partition : topic.partitionStates) {
                if (partition.deletePartition) {
                    partitions.add(new TopicPartition(topic.topicName, partition.partitionIndex));
                }
            }
        }
        return partitions;
    }

    /** Drops the request to delete a topic. */
    void cancel(String topic) {
        writer.writeEach(List.of(new ZnodeOp.Delete(ZkPaths.deleteTopic(topic), ZnodeOp.ANY_VERSION)));
    }

    private void stop(Replica replica, ControlBatch batch) {
        if (state.isAlive(replica.broker())) {
            batch.delete(replica.broker(), replica.partition());
        } else {
            LOG.info("The deletion of {} waits for broker {} to come back", replica.partition(), replica.broker());
        }
    }

    private void finishIfDone(String topic) {
        Deletion deletion = of(topic);
        if (deletion == null || !deletion.replicas.isEmpty() || isReplaced(topic, deletion.id)) {
            return;
        }
        List<ZnodeOp> ops = new ArrayList<>();
        for (TopicPartition partition : state.partitions(topic)) {
            ops.add(delete(ZkPaths.partitionState(topic, partition.partition())));
            ops.add(delete(ZkPaths.partition(topic, partition.partition())));
        }
        ops.add(delete(ZkPaths.partitions(topic)));
        writer.writeEach(ops);
        pending.remove(topic);
        if (!removeTopic(topic, deletion.id)) {
            // Without the request the topic would come back to life with the next controller.
            LOG.error(
                    "{} cannot be removed; remove what is left below it, then the next controller ends the deletion",
                    ZkPaths.topic(topic));
            return;
        }
        state.removeTopic(topic);
        LOG.info("Deleted topic {}", topic);
    }

    /**
     * Removes the topic, its configs and the request in one step: another broker may create a topic of this name as soon as
     * it is free, and must not lose what belongs to that one. For the same reason the request always goes along: if the answer
     * to our success is lost, the step is tried again, perhaps when there is a topic of that name once more, and then it is
     * refused because nobody has asked for that one to be deleted. False if the topic's node has to stay.
     */
    private boolean removeTopic(String topic, Uuid id) {
        String config = ZkPaths.config("topics", topic);
        while (true) {
            List<ZnodeOp> ops = new ArrayList<>();
            ops.add(delete(ZkPaths.deleteTopic(topic)));
            ops.add(delete(ZkPaths.topic(topic)));
            if (znodes.read(config) != null) {
                ops.add(delete(config));
            }
            try {
                writer.write(ops);
                return true;
            } catch (ZkException e) {
                if (e.outcomeUnknown()) {
                    throw e;
                }
                if (isGone(topic, id)) {
                    // The answer to our own success was lost, or it was removed by hand, and the request was left.
                    if (e.failedOp() == TOPIC) {
                        cancel(topic);
                    }
                    return true;
                }
                if (e.failedOp() == REQUEST && e.code() == Code.NONODE) {
                    // Somebody has removed the request by hand; what it asked for is half done.
                    writer.writeEach(List.of(TopicStore.requestDeletion(topic)));
                } else if (e.failedOp() <= TOPIC) {
                    return false;
                }
                // Else somebody has made or removed the configs since we looked.
            }
        }
    }

    /** Whether there is another topic of this name by now, of which the news is on its way: nothing of that one is removed. */
    private boolean isReplaced(String topic, Uuid id) {
        return isGone(topic, id) && znodes.read(ZkPaths.topic(topic)) != null;
    }

    /** Whether the topic is gone. Another one of its name may have been made since, and is to be left alone. */
    private boolean isGone(String topic, Uuid id) {
        znodes.sync(ZkPaths.topic(topic));
        try {
            TopicAssignment found = topicStore.assignment(topic);
            return found == null || !found.id().equals(id);
        } catch (MalformedZnodeException e) {
            // It was understood when the deletion began, so somebody has written it by hand since; it is the same node.
            return false;
        }
    }

    private static ZnodeOp delete(String path) {
        return new ZnodeOp.Delete(path, ZnodeOp.ANY_VERSION);
    }
}
