package io.millrace.broker.group;

import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.replica.LeadershipListener;
import io.millrace.protocol.TopicPartition;

/** Tells the coordinator which partitions of {@code __consumer_offsets} this broker leads. */
public final class OffsetsLeadership implements LeadershipListener {
    private final GroupCoordinator coordinator;

    public OffsetsLeadership(GroupCoordinator coordinator) {
        this.coordinator = coordinator;
    }

    @Override
    public void onLeader(TopicPartition partition, int leaderEpoch) {
        if (partition.topic().equals(InternalTopics.CONSUMER_OFFSETS)) {
            coordinator.onElected(partition.partition(), leaderEpoch);
        }
    }

    @Override
    public void onResigned(TopicPartition partition, int leaderEpoch) {
        if (partition.topic().equals(InternalTopics.CONSUMER_OFFSETS)) {
            coordinator.onResigned(partition.partition(), leaderEpoch);
        }
    }
}
