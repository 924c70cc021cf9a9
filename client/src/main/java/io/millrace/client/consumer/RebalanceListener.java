package io.millrace.client.consumer;

import io.millrace.protocol.TopicPartition;
import java.util.Collection;

/**
 * Learns which partitions come and go. Called inside {@code poll} and {@code close}, on the application's thread.
 *
 * <pre>{@code
 * consumer.subscribe(List.of("clicks"), new RebalanceListener() {
 *     public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
 *         flush(partitions);
 *     }
 * });
 * }</pre>
 */
public interface RebalanceListener {

    /** One that does nothing. */
    RebalanceListener NONE = new RebalanceListener() {};

    /** These partitions are read from now on, in addition to those kept. Positions may still be set here by seeking. */
    default void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

    /** These partitions are about to go to other members; what was read of them can still be committed. */
    default void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

    /** These partitions have gone already, since the coordinator gave this member up; nothing can be committed. */
    default void onPartitionsLost(Collection<TopicPartition> partitions) {
        onPartitionsRevoked(partitions);
    }
}
