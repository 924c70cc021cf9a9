package io.millrace.broker.controller;

import io.millrace.broker.metadata.TopicConfig;
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
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
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
    private final Function<Collection<String>, Map<String, TopicConfig>> topicConfigs;
    private final int controllerEpoch;

    /** @param topicConfigs what holds for each of some topics; asked only when it matters, for all that an event is about at once */
    PartitionElections(
            ClusterState state,
            FencedWriter writer,
            PartitionStateStore store,
            Function<Collection<String>, Map<String, TopicConfig>> topicConfigs,
            int controllerEpoch) {
        this.state = state;
        this.writer = writer;
        this.store = store;
        this.topicConfigs = topicConfigs;
        this.controllerEpoch = controllerEpoch;
    }

    /** Elects the first leaders of partitions without a state; those that have no live replica wait for one. */
    void electFirst(Collection<TopicPartition> partitions, ControlBatch batch) {
        Map<TopicPartition, PartitionState> wanted = new LinkedHashMap<>();
        // A topic of thousands of partitions has a few different ones.
        Map<List<Integer>, PartitionState> byIsr = new HashMap<>();
        for (TopicPartition partition : partitions) {
            if (state.state(partition) == null) {
                PartitionState first =
                        LeaderElection.first(state.replicas(partition), state.canServe(partition), controllerEpoch);
                if (first == null) {
                    LOG.warn("Partition {} has no live replica among {}", partition, state.replicas(partition));
                } else {
                    wanted.put(partition, byIsr.computeIfAbsent(first.isr(), isr -> first));
                }
            }
        }
        Map<PartitionState, byte[]> encoded = new IdentityHashMap<>();
        Set<String> topics = new HashSet<>();
        List<ZnodeOp> ops = new ArrayList<>();
        wanted.forEach((partition, first) -> {
            if (topics.add(partition.topic()) && hasNoStates(partition.topic())) {
                ops.add(new ZnodeOp.Create(ZkPaths.partitions(partition.topic()), null));
            }
            ops.add(new ZnodeOp.Create(ZkPaths.partition(partition.topic(), partition.partition()), null));
            ops.add(PartitionStateStore.create(partition, encoded.computeIfAbsent(first, PartitionState::toJson)));
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
        Function<String, TopicConfig> configs = configs(partitions);
        electAfterFailure(partitions, topic -> configs.apply(topic).uncleanLeaderElection(), batch);
    }

    /**
     * Like {@link #electAfterFailure(Collection, ControlBatch)}, whatever holds for the topic.
     *
     * @return the partitions that have another state now
     */
    Set<TopicPartition> electUncleanly(Collection<TopicPartition> partitions, ControlBatch batch) {
        return electAfterFailure(partitions, topic -> true, batch);
    }

    private Set<TopicPartition> electAfterFailure(
            Collection<TopicPartition> partitions, Predicate<String> unclean, ControlBatch batch) {
        return elect(
                partitions,
                (partition, now) -> {
                    IntPredicate reached = state.canServe(partition);
                    // A refusal has others lead where they are in sync, and is no reason to have nobody
                    // lead or records lost.
                    IntPredicate alive =
                            now.isr().stream().anyMatch(reached::test) ? reached : state.mayServe(partition);
                    boolean mayLoseRecords =
                            now.isr().stream().noneMatch(alive::test) && unclean.test(partition.topic());
                    return LeaderElection.afterFailure(state.replicas(partition), now, alive, mayLoseRecords);
                },
                batch);
    }

    /** Has others lead and be in sync, as far as there are some, in place of {@link ClusterState#losers}. */
    void electAfterLoss(Collection<TopicPartition> partitions, ControlBatch batch) {
        Function<String, TopicConfig> configs = configs(partitions);
        Set<TopicPartition> written = elect(
                partitions,
                (partition, now) -> LeaderElection.afterLoss(
                        state.replicas(partition),
                        now,
                        state.canServe(partition),
                        state.losers(),
                        !now.eligible().isEmpty() && !enoughInSync(partition, now, configs)),
                batch);
        warnOfWaiting(written);
    }

    private void warnOfWaiting(Collection<TopicPartition> partitions) {
        List<TopicPartition> waiting = new ArrayList<>();
        Set<Integer> awaited = new TreeSet<>();
        for (TopicPartition partition : partitions) {
            PartitionState now = state.state(partition);
            if (now != null && now.leader() == PartitionState.NO_LEADER) {
                waiting.add(partition);
                awaited.addAll(now.isr());
            }
        }
        if (!waiting.isEmpty()) {
            LOG.warn(
                    "{} partitions, {} among them, wait for one of the brokers {}: replicas of these may have lost nothing, those that are"
                            + " alive may have. Start one of them, or accept the loss by an unclean election"
                            + " (leader-election.sh --election-type UNCLEAN)",
                    waiting.size(),
                    waiting.get(0),
                    awaited);
        }
    }

    /**
     * Has nobody be eligible any more where as many are in sync as the topic asks for now: from here on records may be committed
     * without those that were, even if it asks for more again later.
     */
    void forgetEligible(Collection<TopicPartition> partitions, ControlBatch batch) {
        Function<String, TopicConfig> configs = configs(partitions);
        elect(
                partitions,
                (partition, now) -> now.eligible().isEmpty() || !enoughInSync(partition, now, configs)
                        ? null
                        : now.withEligible(List.of()),
                batch);
    }

    private boolean enoughInSync(
            TopicPartition partition, PartitionState state, Function<String, TopicConfig> configs) {
        int replicas = this.state.replicas(partition).size();
        return state.isr().size()
                >= Math.min(configs.apply(partition.topic()).minInsyncReplicas(), Math.max(1, replicas));
    }

    /**
     * What holds for the topics of these partitions. The first question has all of them read: one after the other they would keep
     * thousands of partitions waiting for a leader.
     */
    private Function<String, TopicConfig> configs(Collection<TopicPartition> partitions) {
        Map<String, TopicConfig> known = new HashMap<>();
        return topic -> {
            if (known.isEmpty()) {
                Set<String> topics = new LinkedHashSet<>();
                partitions.forEach(partition -> topics.add(partition.topic()));
                known.putAll(topicConfigs.apply(topics));
            }
            return Objects.requireNonNull(known.get(topic), topic);
        };
    }

    /**
     * Makes the preferred replicas lead where they can.
     *
     * @return the partitions that have another leader now
     */
    Set<TopicPartition> electPreferred(Collection<TopicPartition> partitions, ControlBatch batch) {
        return elect(
                partitions,
                (partition, now) -> LeaderElection.preferred(state.replicas(partition), now, state.canServe(partition)),
                batch);
    }

    /** Has the brokers that leave lead nothing and be in no ISR, where somebody else is in sync. */
    void electBeforeShutdown(Collection<TopicPartition> partitions, ControlBatch batch) {
        Set<Integer> leaving = state.leaving();
        elect(
                partitions,
                (partition, now) -> LeaderElection.beforeShutdown(
                        state.replicas(partition), now, state.canServe(partition), leaving),
                batch);
    }

    /**
     * Writes the states that are decided on, and announces them to the replicas and everybody's metadata.
     *
     * @param decision the next state of a partition; null or the present one for no change
     * @return the partitions that have another state now
     */
    Set<TopicPartition> elect(
            Collection<TopicPartition> partitions,
            BiFunction<TopicPartition, PartitionState, @Nullable PartitionState> decision,
            ControlBatch batch) {
        Map<TopicPartition, PartitionState> wanted = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            PartitionState now = state.state(partition);
            if (now != null && !state.isBeingDeleted(partition.topic())) {
                PartitionState next = decision.apply(partition, now);
                if (next != null && !next.equals(now)) {
                    wanted.put(partition, next);
                }
            }
        }
        Set<TopicPartition> written = record(wanted, batch);
        written.forEach(partition -> batch.announce(partition, false));
        return written;
    }

    /**
     * Writes states over the present ones; announces only those that turn out to have been written by somebody else.
     *
     * @return the partitions whose state was written
     */
    Set<TopicPartition> record(Map<TopicPartition, PartitionState> decided, ControlBatch batch) {
        Map<TopicPartition, PartitionState> wanted = withEligible(decided);
        List<ZnodeOp> ops = new ArrayList<>();
        wanted.forEach((partition, next) -> ops.add(PartitionStateStore.replace(partition, next.by(controllerEpoch))));
        Map<String, Boolean> succeeded = write(ops);
        Set<TopicPartition> written = new LinkedHashSet<>();
        List<TopicPartition> unclear = new ArrayList<>();
        wanted.forEach((partition, next) -> {
            if (succeeded.getOrDefault(path(partition), false)) {
                LOG.info(
                        "Partition {} has leader={} leaderEpoch={} isr={} partitionEpoch={}{}",
                        partition,
                        next.leader(),
                        next.leaderEpoch(),
                        next.isr(),
                        next.version() + 1,
                        next.recovering() ? ", elected uncleanly: records may be lost" : "");
                state.putState(partition, next.by(controllerEpoch).written(next.version() + 1));
                written.add(partition);
            } else {
                unclear.add(partition);
            }
        });
        reload(unclear, batch);
        return written;
    }

    private Map<TopicPartition, PartitionState> withEligible(Map<TopicPartition, PartitionState> decided) {
        Function<String, TopicConfig> configs = configs(decided.keySet());
        Map<TopicPartition, PartitionState> whole = new LinkedHashMap<>();
        decided.forEach((partition, next) -> {
            PartitionState now = state.state(partition);
            List<Integer> eligible = now == null
                    ? List.of()
                    : LeaderElection.eligible(
                            state.replicas(partition),
                            now,
                            next,
                            state.losers(),
                            () -> enoughInSync(partition, next, configs));
            whole.put(partition, next.withEligible(eligible));
        });
        return whole;
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
