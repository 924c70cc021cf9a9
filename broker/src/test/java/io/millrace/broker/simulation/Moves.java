package io.millrace.broker.simulation;

import io.millrace.broker.zk.MemoryZnodes;
import io.millrace.broker.zk.MemoryZooKeeper;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.ZkException;
import io.millrace.broker.zk.ZkPaths;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.protocol.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.apache.zookeeper.KeeperException.Code;

/**
 * Somebody who has partitions moved all the time, by the node in ZooKeeper: to one broker, to two, back to all, while another move
 * is under way. In the end they want every broker to have every partition.
 */
final class Moves {
    private static final int LONGEST_PAUSE_MS = 2_000;
    private static final int PAUSE_AT_REST_MS = 500;

    private final VirtualTime time;
    private final MemoryZnodes znodes;
    private final Supplier<Collection<TopicPartition>> partitions;
    private boolean wantsAll;

    /** @param partitions those that there are at a time */
    Moves(VirtualTime time, MemoryZooKeeper zooKeeper, Supplier<Collection<TopicPartition>> partitions) {
        this.time = time;
        this.znodes = new MemoryZnodes(zooKeeper);
        this.partitions = partitions;
    }

    /** Asks for this and that from now on, and for all replicas everywhere from then on. */
    void plan(long untilMs) {
        time.afterMs(untilMs - time.nowMs(), () -> wantsAll = true);
        later();
    }

    private void later() {
        time.afterMs(wantsAll ? PAUSE_AT_REST_MS : 100 + time.random.nextInt(LONGEST_PAUSE_MS), this::ask);
    }

    private void ask() {
        znodes.catchUp(znodes.behind());
        for (TopicPartition partition : partitions.get()) {
            List<Integer> target = new ArrayList<>(List.of(1, 2, 3));
            Collections.shuffle(target, time.random);
            if (!wantsAll) {
                target = target.subList(0, 1 + time.random.nextInt(Simulation.BROKERS));
            } else if (isEverywhere(partition)) {
                continue;
            }
            ask(partition, target);
        }
        later();
    }

    private boolean isEverywhere(TopicPartition partition) {
        TopicAssignment topic = new TopicStore(znodes).assignment(partition.topic());
        ReplicaAssignment now = topic == null ? null : topic.partitions().get(partition.partition());
        return now != null && !now.isBeingReassigned() && now.replicas().size() == Simulation.BROKERS;
    }

    private void ask(TopicPartition partition, List<Integer> target) {
        byte[] request = ("{\"version\":1,\"partitions\":[{\"topic\":\"" + partition.topic() + "\",\"partition\":"
                        + partition.partition() + ",\"replicas\":" + target + "}]}")
                .getBytes(StandardCharsets.UTF_8);
        try {
            znodes.commit(List.of(
                    znodes.read(ZkPaths.REASSIGN_PARTITIONS) == null
                            ? new ZnodeOp.Create(ZkPaths.REASSIGN_PARTITIONS, request)
                            : new ZnodeOp.SetData(ZkPaths.REASSIGN_PARTITIONS, request, ZnodeOp.ANY_VERSION)));
            time.trace.note(partition + " is to be on " + target);
        } catch (ZkException e) {
            // The controller has done away with the former request meanwhile; there will be another.
            if (e.code() != Code.NODEEXISTS && e.code() != Code.NONODE) {
                throw e;
            }
        }
    }
}
