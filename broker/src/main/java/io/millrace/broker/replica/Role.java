package io.millrace.broker.replica;

import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;

/**
 * What this broker is to a partition, as the controller last said. Immutable and swapped whole, so that a reader that took
 * one can tell whether it still holds. The arrays are not to be written to.
 *
 * @param kind leader, follower, or neither
 * @param leaderId broker that leads, -1 if none
 * @param leaderEpoch rises with every election; -1 before the first
 * @param epochStartOffset the log end when this broker was elected; 0 for a follower
 * @param replicas all replicas
 * @param isr those in sync, as committed in ZooKeeper
 * @param maximalIsr the same, and those that are proposed and not yet confirmed
 * @param partitionEpoch version of the partition's state in ZooKeeper
 */
record Role(
        Kind kind,
        int leaderId,
        int leaderEpoch,
        long epochStartOffset,
        int[] replicas,
        int[] isr,
        int[] maximalIsr,
        int partitionEpoch) {

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

    static final Role NONE = new Role(Kind.NONE, -1, -1, 0, new int[0], new int[0], new int[0], -1);

    static Role leader(LeaderAndIsrPartitionState state, long epochStartOffset) {
        return of(Kind.LEADER, state, epochStartOffset);
    }

    static Role follower(LeaderAndIsrPartitionState state) {
        return of(Kind.FOLLOWER, state, 0);
    }

    boolean isLeader() {
        return kind == Kind.LEADER;
    }

    boolean isFollower() {
        return kind == Kind.FOLLOWER;
    }

    /** The same, but for what this broker is. */
    Role as(Kind newKind) {
        return new Role(newKind, leaderId, leaderEpoch, epochStartOffset, replicas, isr, maximalIsr, partitionEpoch);
    }

    /** The same with another ISR proposed: a change frees nothing until it is confirmed. */
    Role proposing(int[] proposedIsr) {
        return new Role(
                kind,
                leaderId,
                leaderEpoch,
                epochStartOffset,
                replicas,
                isr,
                ReplicationRules.union(isr, proposedIsr),
                partitionEpoch);
    }

    /** The same with an ISR that ZooKeeper confirmed. */
    Role committing(int[] committedIsr, int newPartitionEpoch) {
        return new Role(
                kind, leaderId, leaderEpoch, epochStartOffset, replicas, committedIsr, committedIsr, newPartitionEpoch);
    }

    private static Role of(Kind kind, LeaderAndIsrPartitionState state, long epochStartOffset) {
        return new Role(
                kind,
                state.leader,
                state.leaderEpoch,
                epochStartOffset,
                state.replicas,
                state.isr,
                state.isr,
                state.partitionEpoch);
    }
}
