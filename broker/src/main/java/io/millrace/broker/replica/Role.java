package io.millrace.broker.replica;

import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;

/**
 * What this broker is to a partition, as the controller last said. Immutable and swapped whole, so that a reader that took
 * one can tell whether it still holds. The arrays are not to be written to.
 *
 * @param kind leader, follower, or neither
 * @param leaderId broker that leads, -1 if none
 * @param leaderEpoch rises with every election; -1 before the first
 * @param replicas all replicas
 * @param isr those in sync, as committed in ZooKeeper
 */
record Role(Kind kind, int leaderId, int leaderEpoch, int[] replicas, int[] isr) {

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

    static final Role NONE = new Role(Kind.NONE, -1, -1, new int[0], new int[0]);

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
        return new Role(newKind, leaderId, leaderEpoch, replicas, isr);
    }

    private static Role of(Kind kind, LeaderAndIsrPartitionState state) {
        return new Role(kind, state.leader, state.leaderEpoch, state.replicas, state.isr);
    }
}
