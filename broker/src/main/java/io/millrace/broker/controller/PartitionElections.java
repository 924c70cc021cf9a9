package io.millrace.broker.controller;

import io.millrace.broker.zk.FencedWriter;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.PartitionStateStore;
import io.millrace.broker.zk.ZkPaths;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what {@link LeaderElection} decides: writes the new states to ZooKeeper, then to {@link ClusterState}, and puts
 * into the batch what the brokers have to be told. In this order, so that nobody is told what is not recorded.
 */
final class PartitionElections {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionElections.class);

    private final ClusterState state;
    private final FencedWriter writer;
    private final PartitionStateStore store;
    private final Predicate<String> uncleanAllowed;
    private final int controllerEpoch;

    /** @param uncleanAllowed whether a replica of this topic that is not in sync may lead; asked only when it matters */
    PartitionElections(
            ClusterState state,
            FencedWriter writer,
            PartitionStateStore store,
            Predicate<String> uncleanAllowed,
            int controllerEpoch) {
        this.state = state;
        this.writer = writer;
        this.store = store;
        this.uncleanAllowed = uncleanAllowed;
        this.controllerEpoch = controllerEpoch;
    }

    /** Elects the first leaders of partitions without a state; those that have no live replica wait for one. */
    void electFirst(Collection<TopicPartition> partitions, ControlBatch batch) {
        Map<TopicPartition, PartitionState> wanted = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            if (state.state(partition) == null) {
                PartitionState first = LeaderElection.first(state.replicas(partition), state::isAlive, controllerEpoch);
                if (first == null) {
                    LOG.warn("Partition {} has no live replica among {}", partition, state.replicas(partition));
                } else {
                    wanted.put(partition, first);
                }
            }
        }
        Set<String> topics = new HashSet<>();
        List<ZnodeOp> ops = new ArrayList<>();
        wanted.forEach((partition, first) -> {
            if (topics.add(partition.topic()) && hasNoStates(partition.topic())) {
                ops.add(new ZnodeOp.Create(ZkPaths.partitions(partition.topic()), null));
            }
            ops.add(new ZnodeOp.Create(ZkPaths.partition(partition.topic(), partition.partition()), null));
            ops.add(PartitionStateStore.create(partition, first));
        });
        Map<String, Boolean> succeeded = write(ops);
        List<TopicPartition> unclear = new ArrayList<>();
        wanted.forEach((partition, first) -> {
            if (succeeded.getOrDefault(path(partition), false)) {
                state.putState(partition, first);
                batch.announce(partition, true);
            } else {
                unclear.add(partition);
            }
        });
        reload(unclear, batch);
    }

    private boolean hasNoStates(String topic) {
        return state.partitions(topic).stream().allMatch(partition -> state.state(partition) == null);
    }

    /** Elects new leaders, and takes dead replicas out of the ISR, wherever the dead matter. */
    void electAfterFailure(Collection<TopicPartition> partitions, ControlBatch batch) {
        Map<TopicPartition, PartitionState> wanted = new LinkedHashMap<>();
        Map<String, Boolean> uncleanByTopic = new HashMap<>();
        for (TopicPartition partition : partitions) {
            PartitionState now = state.state(partition);
            if (now == null || state.isBeingDeleted(partition.topic())) {
                continue;
            }
            boolean unclean = now.isr().stream().noneMatch(state::isAlive)
                    && uncleanByTopic.computeIfAbsent(partition.topic(), uncleanAllowed::test);
            PartitionState next = LeaderElection.afterFailure(state.replicas(partition), now, state::isAlive, unclean);
            if (!next.equals(now)) {
                wanted.put(partition, next.by(controllerEpoch));
            }
        }
        replace(wanted, batch);
    }

    private void replace(Map<TopicPartition, PartitionState> wanted, ControlBatch batch) {
        List<ZnodeOp> ops = new ArrayList<>();
        wanted.forEach((partition, next) -> ops.add(PartitionStateStore.replace(partition, next)));
        Map<String, Boolean> succeeded = write(ops);
        List<TopicPartition> unclear = new ArrayList<>();
        wanted.forEach((partition, next) -> {
            if (succeeded.getOrDefault(path(partition), false)) {
                LOG.info(
                        "Elected leader partition={} leader={} leaderEpoch={} isr={}{}",
                        partition,
                        next.leader(),
                        next.leaderEpoch(),
                        next.isr(),
                        next.recovering() ? " uncleanly: records may be lost" : "");
                state.putState(partition, next.written(next.version() + 1));
                batch.announce(partition, false);
            } else {
                unclear.add(partition);
            }
        });
        reload(unclear, batch);
    }

    /** Takes over what somebody else wrote: a controller of an older version, or a person. */
    private void reload(List<TopicPartition> partitions, ControlBatch batch) {
        store.states(partitions).forEach((partition, found) -> {
            LOG.warn("Partition {} had been written by another, taking over {}", partition, found);
            state.putState(partition, found);
            batch.announce(partition, false);
        });
    }

    private Map<String, Boolean> write(List<ZnodeOp> ops) {
        boolean[] results = writer.writeEach(ops);
        Map<String, Boolean> succeeded = new LinkedHashMap<>();
        for (int i = 0; i < results.length; i++) {
            succeeded.put(ops.get(i).path(), results[i]);
        }
        return succeeded;
    }

    private static String path(TopicPartition partition) {
        return ZkPaths.partitionState(partition.topic(), partition.partition());
    }
}
