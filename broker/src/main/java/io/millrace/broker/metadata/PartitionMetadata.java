package io.millrace.broker.metadata;

import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataPartitionState;

/**
 * What is known of one partition. The arrays go into answers as they are: nobody writes to them.
 *
 * @param partition its number, from 0
 * @param leader broker id, or -1 if there is none
 * @param leaderEpoch rises with every election, from 0
 * @param isr replicas in sync, the leader among them
 * @param replicas all replicas, the preferred leader first
 * @param offlineReplicas those whose broker or disk is down
 * @param controllerEpoch of the controller that elected the leader
 * @param partitionEpoch version of the partition's state in ZooKeeper
 */
public record PartitionMetadata(
        int partition,
        int leader,
        int leaderEpoch,
        int[] isr,
        int[] replicas,
        int[] offlineReplicas,
        int controllerEpoch,
        int partitionEpoch) {
    /** Stands in place of a leader while there is none. */
    public static final int NO_LEADER = -1;

    /** Stands in place of a leader in UpdateMetadata when the partition is being deleted. */
    public static final int LEADER_DURING_DELETE = -2;

    static PartitionMetadata of(UpdateMetadataPartitionState state) {
        return new PartitionMetadata(
                state.partitionIndex,
                state.leader,
                state.leaderEpoch,
                state.isr,
                state.replicas,
                state.offlineReplicas,
                state.controllerEpoch,
                state.zkVersion);
    }
}
