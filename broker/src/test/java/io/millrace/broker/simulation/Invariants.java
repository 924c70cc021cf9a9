package io.millrace.broker.simulation;

import io.millrace.broker.replica.Partition;
import io.millrace.broker.zk.MemoryZnodes;
import io.millrace.broker.zk.MemoryZooKeeper;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.PartitionStateStore;
import io.millrace.broker.zk.ZkPaths;
import io.millrace.broker.zk.Znode;
import io.millrace.protocol.TopicPartition;
import io.millrace.storage.log.PartitionLog;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules that hold whatever happens, looked at after every step. They speak of the cluster as a whole, so no broker could
 * look at them itself:
 *
 * <ul>
 *   <li>In one epoch of a partition, one broker leads.
 *   <li>While a broker leads in an epoch, its high watermark does not move back.
 *   <li>What is below any high watermark is the same everywhere, for ever.
 *   <li>Whoever is in sync on record, in ZooKeeper, has all of it; whoever is elected is among these.
 *   <li>What is acknowledged under acks=all is below a high watermark.
 *   <li>Topics of one name, one deleted before the next, are as different as topics of different names.
 * </ul>
 */
final class Invariants {
    private final MemoryZooKeeper zooKeeper;
    private final PartitionStateStore states;
    private final MemoryZnodes observer;
    private final Ledger ledger;
    private final Collection<SimulatedBroker> brokers;
    private final Set<TopicIdPartition> living;
    private final boolean mayBeLeftBehind;
    private final Map<TopicIdPartition, Map<Integer, Integer>> leaders = new HashMap<>();
    private final Map<TopicIdPartition, PartitionState> onRecord = new HashMap<>();
    private final Set<Integer> lostDisks = new HashSet<>();
    private final Map<Integer, Set<TopicIdPartition>> excuses = new HashMap<>();
    private int seenTransaction = -1;

    /**
     * @param brokers the present life of each
     * @param living the partitions of which nobody has wanted the deletion so far
     * @param mayBeLeftBehind whether a replica of one that is gone may be found in the end
     */
    Invariants(
            MemoryZooKeeper zooKeeper,
            Ledger ledger,
            Collection<SimulatedBroker> brokers,
            Set<TopicIdPartition> living,
            boolean mayBeLeftBehind) {
        this.zooKeeper = zooKeeper;
        this.observer = new MemoryZnodes(zooKeeper);
        this.states = new PartitionStateStore(observer);
        this.ledger = ledger;
        this.brokers = brokers;
        this.living = living;
        this.mayBeLeftBehind = mayBeLeftBehind;
    }

    /** What is known of one replica from former steps. */
    static final class Checked {
        private int leaderEpoch = -1;
        private long highWatermark;
        private long committedEnd;
    }

    void check() {
        boolean recordChanged = readRecord();
        boolean committedMore = false;
        for (SimulatedBroker broker : brokers) {
            if (!broker.life().hasEnded()) {
                committedMore |= check(broker);
            }
        }
        if (recordChanged || committedMore) {
            onRecord.forEach(this::requireInSyncToHaveAll);
        }
    }

    private boolean readRecord() {
        if (observer.behind() == 0 && seenTransaction >= 0) {
            return false;
        }
        seenTransaction = 0;
        observer.catchUp(observer.behind());
        Map<TopicPartition, PartitionState> states =
                this.states.states(living.stream().map(TopicIdPartition::name).toList());
        onRecord.clear();
        for (TopicIdPartition partition : living) {
            PartitionState state = states.get(partition.name());
            if (state != null) {
                onRecord.put(partition, state);
            }
        }
        return true;
    }

    private boolean check(SimulatedBroker broker) {
        boolean[] committedMore = {false};
        broker.replicas().forEachPartition(partition -> {
            Checked checked = broker.checked(partition);
            if (partition.isLeader()) {
                checkLeader(broker, partition, checked);
            }
            committedMore[0] |= checkCommitted(broker, partition, checked);
        });
        return committedMore[0];
    }

    private static TopicIdPartition identityOf(Partition partition) {
        return new TopicIdPartition(partition.topicId(), partition.name());
    }

    private void checkLeader(SimulatedBroker broker, Partition partition, Checked checked) {
        int epoch = partition.leaderEpoch();
        long highWatermark = partition.log().highWatermark();
        if (checked.leaderEpoch == epoch) {
            if (highWatermark < checked.highWatermark) {
                throw new AssertionError("the high watermark of " + partition.name() + " moved back from "
                        + checked.highWatermark + " to " + highWatermark + " on its leader " + broker.id());
            }
        } else {
            Integer other = leaders.computeIfAbsent(identityOf(partition), name -> new HashMap<>())
                    .putIfAbsent(epoch, broker.id());
            if (other != null && other != broker.id()) {
                throw new AssertionError(
                        partition.name() + " has two leaders in epoch " + epoch + ": " + other + " and " + broker.id());
            }
        }
        checked.leaderEpoch = epoch;
        checked.highWatermark = highWatermark;
    }

    private boolean checkCommitted(SimulatedBroker broker, Partition partition, Checked checked) {
        PartitionLog log = partition.log();
        long end = log.highWatermark();
        if (log.logEndOffset() < checked.committedEnd) {
            throw new AssertionError("broker " + broker.id() + " cut " + partition.name() + " to " + log.logEndOffset()
                    + " although it was committed up to " + checked.committedEnd);
        }
        if (end <= checked.committedEnd) {
            return false;
        }
        TopicIdPartition identity = identityOf(partition);
        int before = ledger.committedEnd(identity);
        ledger.onCommitted(
                identity,
                "broker " + broker.id() + " below its high watermark " + end,
                LogContents.read(log, checked.committedEnd, end));
        checked.committedEnd = end;
        return ledger.committedEnd(identity) > before;
    }

    private void requireInSyncToHaveAll(TopicIdPartition partition, PartitionState state) {
        int committed = ledger.committedEnd(partition);
        for (SimulatedBroker broker : brokers) {
            Set<TopicIdPartition> excused = excuses.computeIfAbsent(broker.id(), id -> new HashSet<>());
            if (!state.isr().contains(broker.id())) {
                excused.remove(partition);
            } else if (lostDisks.contains(broker.id()) && !broker.isRegistered()) {
                // Taken in for what it was before its death was noticed; it has to leave before it is back.
                excused.add(partition);
            } else if (!excused.contains(partition)) {
                PartitionLog log = broker.log(partition);
                long end = log == null ? 0 : log.logEndOffset();
                if (end < committed) {
                    throw new AssertionError("broker " + broker.id() + " is in sync in " + partition + " by " + state
                            + ", but has " + end + " of " + committed + " committed records");
                }
            }
        }
    }

    /** Whether a broker is in sync anywhere on record, so that losing its disk could lose what was acknowledged. */
    boolean isInSyncSomewhere(int broker) {
        return onRecord.values().stream().anyMatch(state -> state.isr().contains(broker));
    }

    /** A broker that was in sync nowhere has died and lost its disk. */
    void onDiskLost(int broker) {
        lostDisks.add(broker);
    }

    /** All replicas hold the same, and that is what was committed. */
    void checkAtRest() {
        for (TopicIdPartition partition : living) {
            for (SimulatedBroker broker : brokers) {
                PartitionLog log = broker.log(partition);
                if (log == null) {
                    throw new AssertionError("broker " + broker.id() + " has no log of " + partition);
                }
                if (log.logEndOffset() != ledger.committedEnd(partition)) {
                    throw new AssertionError("broker " + broker.id() + " has " + log.logEndOffset() + " records of "
                            + partition + " and not the " + ledger.committedEnd(partition) + " committed ones");
                }
                ledger.onCommitted(partition, "broker " + broker.id(), LogContents.read(log, 0, log.logEndOffset()));
            }
        }
        ledger.requireComplete();
    }

    /** Why the cluster has not come to rest yet, or null if it has. */
    @Nullable
    String unrest() {
        for (TopicIdPartition partition : living) {
            PartitionState state = onRecord.get(partition);
            if (state == null) {
                return partition + " has no state";
            }
            if (state.isr().size() < brokers.size()) {
                return partition + " has only " + state.isr() + " in sync";
            }
            for (SimulatedBroker broker : brokers) {
                PartitionLog log = broker.log(partition);
                if (log == null
                        || log.logEndOffset() != ledger.committedEnd(partition)
                        || log.highWatermark() != log.logEndOffset()) {
                    return "broker " + broker.id() + " is at "
                            + (log == null ? "nothing" : log.highWatermark() + " of " + log.logEndOffset())
                            + " and not at "
                            + ledger.committedEnd(partition) + " in " + partition;
                }
            }
        }
        for (SimulatedBroker broker : brokers) {
            for (PartitionLog log : broker.logs()) {
                TopicIdPartition identity = new TopicIdPartition(log.topicId(), log.topicPartition());
                // Nobody tells a broker that was away when its replica was moved to another one.
                if (!living.contains(identity) && !mayBeLeftBehind) {
                    return "broker " + broker.id() + " still has " + identity + ", which was deleted";
                }
            }
        }
        Znode controller = zooKeeper.look(ZkPaths.CONTROLLER);
        return controller == null ? "there is no controller" : null;
    }
}
