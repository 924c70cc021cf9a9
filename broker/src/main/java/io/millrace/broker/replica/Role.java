package io.millrace.broker.replica;

import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import java.util.Arrays;

/**
 * What this broker is to a partition, as the controller last said. Immutable and swapped whole, so that a reader that took
 * one can tell whether it still holds. The arrays are not to be written to.
 *
 * @param kind leader, follower, or neither
 * @param leaderId broker that leads, -1 if none
 * @param leaderEpoch rises with every election; -1 before the first
 * @param partitionEpoch version of the partition's znode that says all this; -1 before the first
 * @param replicas all replicas
 * @param isr those in sync, as committed in ZooKeeper
 * @param maximalIsr those, and the ones that this leader has proposed and may have been given without knowing it yet: what
 *     counts for the high watermark, whichever way the proposal went
 * @param changing whether a proposal is under way
 */
record Role(
        Kind kind,
        int leaderId,
        int leaderEpoch,
        int partitionEpoch,
        int[] replicas,
        int[] isr,
        int[] maximalIsr,
        boolean changing) {

    enum Kind {
        /** Not told yet. */
        NONE,
        LEADER,
        FOLLOWER,
        /** Its disk failed. */
        OFFLINE,
        /** The controller stopped the replica. */
        STOPPED
    }

    private static final int[] NOBODY = {};

    static final Role NONE = new Role(Kind.NONE, -1, -1, -1, NOBODY, NOBODY, NOBODY, false);

    static Role leader(LeaderAndIsrPartitionState state) {
        return of(Kind.LEADER, state);
    }

    static Role follower(LeaderAndIsrPartitionState state) {
        return of(Kind.FOLLOWER, state);
    }

    boolean isLeader() {
        return kind == Kind.LEADER;
    }

    boolean isFollower() {
        return kind == Kind.FOLLOWER;
    }

    /** The same, but for what this broker is. */
    Role as(Kind newKind) {
        return new Role(newKind, leaderId, leaderEpoch, partitionEpoch, replicas, isr, maximalIsr, changing);
    }

    /** With a proposal on its way to the controller: who is to join counts from now on, who is to leave still does. */
    Role proposing(int[] newIsr) {
        return new Role(
                kind, leaderId, leaderEpoch, partitionEpoch, replicas, isr, ReplicationRules.union(isr, newIsr), true);
    }

    /** With the proposal off the table, since the controller is known never to have made it true. */
    Role withoutProposal() {
        return new Role(kind, leaderId, leaderEpoch, partitionEpoch, replicas, isr, isr, false);
    }

    /** As the controller has committed it. */
    Role committed(int newPartitionEpoch, int[] newReplicas, int[] newIsr) {
        return new Role(kind, leaderId, leaderEpoch, newPartitionEpoch, newReplicas, newIsr, newIsr, false);
    }

    private static Role of(Kind kind, LeaderAndIsrPartitionState state) {
        return new Role(
                kind,
                state.leader,
                state.leaderEpoch,
                state.partitionEpoch,
                state.replicas,
                state.isr,
                state.isr,
                false);
    }

    @Override
    public String toString() {
        return kind + " leader=" + leaderId + " epoch=" + leaderEpoch + " partitionEpoch=" + partitionEpoch + " isr="
                + Arrays.toString(isr);
    }
}
