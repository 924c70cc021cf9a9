package io.millrace.broker.zk;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;

/**
 * What {@code /brokers/topics/T/partitions/P/state} says of a partition.
 *
 * @param leader broker id, or {@link #NO_LEADER}
 * @param leaderEpoch rises with every change of leader, from 0
 * @param isr replicas in sync; not empty
 * @param recovering whether the leader was elected uncleanly and has not recovered yet
 * @param eligible replicas that are not in sync and may lead all the same if those that are lose records, since nothing was committed
 *     without them: they left when fewer than {@code min.insync.replicas} remained (the eligible leader replicas of KIP-966). Kafka
 *     passes over this field, and drops it when it writes the state
 * @param controllerEpoch of the controller that wrote it
 * @param version of the node, which is the partition epoch of LeaderAndIsr and AlterPartition
 */
public record PartitionState(
        int leader,
        int leaderEpoch,
        List<Integer> isr,
        boolean recovering,
        List<Integer> eligible,
        int controllerEpoch,
        int version) {
    public static final int NO_LEADER = -1;

    private static final String ELIGIBLE = "eligible_leader_replicas";

    private static final int JSON_VERSION = 1;

    public PartitionState {
        isr = List.copyOf(isr);
        eligible = List.copyOf(eligible);
    }

    /** A state in which nobody but those in sync may lead. */
    public PartitionState(
            int leader, int leaderEpoch, List<Integer> isr, boolean recovering, int controllerEpoch, int version) {
        this(leader, leaderEpoch, isr, recovering, List.of(), controllerEpoch, version);
    }

    /** The state of a new partition. */
    public static PartitionState initial(int leader, List<Integer> isr, int controllerEpoch) {
        return new PartitionState(leader, 0, isr, false, controllerEpoch, 0);
    }

    /** The next state, one leader epoch later, to be written over this one. */
    public PartitionState elect(int newLeader, List<Integer> newIsr, boolean unclean) {
        return new PartitionState(newLeader, leaderEpoch + 1, newIsr, unclean, eligible, controllerEpoch, version);
    }

    /** The next state under the same leader and leader epoch, to be written over this one. */
    public PartitionState withIsr(List<Integer> newIsr, boolean stillRecovering) {
        return new PartitionState(leader, leaderEpoch, newIsr, stillRecovering, eligible, controllerEpoch, version);
    }

    /** This state with others that may lead though they are not in sync. */
    public PartitionState withEligible(List<Integer> others) {
        return new PartitionState(leader, leaderEpoch, isr, recovering, others, controllerEpoch, version);
    }

    /** This state as the controller with this epoch writes it. */
    public PartitionState by(int epoch) {
        return new PartitionState(leader, leaderEpoch, isr, recovering, eligible, epoch, version);
    }

    /** This state after it was written. */
    public PartitionState written(int newVersion) {
        return new PartitionState(leader, leaderEpoch, isr, recovering, eligible, controllerEpoch, newVersion);
    }

    /** What the node says. */
    public byte[] toJson() {
        return ZnodeJson.write(out -> {
            out.writeNumberField("controller_epoch", controllerEpoch);
            out.writeNumberField("leader", leader);
            out.writeNumberField("version", JSON_VERSION);
            out.writeNumberField("leader_epoch", leaderEpoch);
            if (recovering) {
                out.writeNumberField("leader_recovery_state", 1);
            }
            writeIds(out, "isr", isr);
            if (!eligible.isEmpty()) {
                writeIds(out, ELIGIBLE, eligible);
            }
        });
    }

    private static void writeIds(JsonGenerator out, String name, List<Integer> ids) throws IOException {
        out.writeArrayFieldStart(name);
        for (int id : ids) {
            out.writeNumber(id);
        }
        out.writeEndArray();
    }

    static PartitionState fromJson(String path, Znode node) {
        ZnodeJson json = ZnodeJson.read(path, node.data());
        return new PartitionState(
                json.int32("leader"),
                json.int32("leader_epoch"),
                json.int32s("isr"),
                json.int32("leader_recovery_state", 0) == 1,
                json.int32s(ELIGIBLE),
                json.int32("controller_epoch"),
                node.version());
    }
}
