package io.millrace.broker.metadata;

import io.millrace.protocol.Uuid;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one topic.
 *
 * @param name its name
 * @param id its id, or {@link Uuid#ZERO} if it was created before topics had ids
 * @param partitions those the controller has told of, by rising number
 */
public record TopicMetadata(String name, Uuid id, List<PartitionMetadata> partitions) {

    public TopicMetadata {
        partitions = List.copyOf(partitions);
    }

    /** The partition with this number, or null. */
    public @Nullable PartitionMetadata partition(int number) {
        // Numbers have gaps only while the controller is still electing the first leaders of a new topic.
        if (number >= 0 && number < partitions.size() && partitions.get(number).partition() == number) {
            return partitions.get(number);
        }
        for (PartitionMetadata partition : partitions) {
            if (partition.partition() == number) {
                return partition;
            }
        }
        return null;
    }
}
