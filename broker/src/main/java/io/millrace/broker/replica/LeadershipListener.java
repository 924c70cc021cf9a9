package io.millrace.broker.replica;

import io.millrace.protocol.TopicPartition;

/**
 * Hears which partitions this broker leads. Called on the thread that applied the controller's request, in the order of the
 * changes of a partition, after they have taken effect; it must not wait.
 */
public interface LeadershipListener {

    /** This broker leads the partition now, or leads it on in a later epoch. */
    void onLeader(TopicPartition partition, int leaderEpoch);

    /** This broker leads the partition no longer: another does, the replica was stopped, or its disk failed. */
    void onResigned(TopicPartition partition, int leaderEpoch);
}
