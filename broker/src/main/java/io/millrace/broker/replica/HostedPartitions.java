package io.millrace.broker.replica;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of this broker by topic and number, found without making an object. Lookups are safe for use by any thread;
 * one thread at a time changes it.
 */
final class HostedPartitions {
    /** The partitions of a topic: the index is the number; replaced, not changed. */
    private final Map<String, @Nullable Partition[]> topics = new ConcurrentHashMap<>();

    private final Map<Uuid, String> namesById = new ConcurrentHashMap<>();

    @Nullable
    Partition find(String topic, int partition) {
        @Nullable Partition[] ofTopic = topics.get(topic);
        return ofTopic == null || partition < 0 || partition >= ofTopic.length ? null : ofTopic[partition];
    }

    /** Name of the topic with this id of which there is a replica here, or null. */
    @Nullable
    String topicName(Uuid id) {
        return namesById.get(id);
    }

    void put(Partition partition) {
        TopicPartition name = partition.name();
        int number = name.partition();
        @Nullable Partition[] before = topics.get(name.topic());
        int length = before == null ? 0 : before.length;
        @Nullable
        Partition[] after =
                before == null ? new Partition[number + 1] : Arrays.copyOf(before, Math.max(length, number + 1));
        after[number] = partition;
        topics.put(name.topic(), after);
        if (!partition.topicId().equals(Uuid.ZERO)) {
            namesById.put(partition.topicId(), name.topic());
        }
    }

    void remove(Partition partition) {
        TopicPartition name = partition.name();
        @Nullable Partition[] before = topics.get(name.topic());
        if (before == null) {
            return;
        }
        @Nullable Partition[] after = before.clone();
        after[name.partition()] = null;
        if (isEmpty(after)) {
            topics.remove(name.topic());
            namesById.remove(partition.topicId(), name.topic());
        } else {
            topics.put(name.topic(), after);
        }
    }

    void ofTopic(String topic, Consumer<Partition> action) {
        @Nullable Partition[] ofTopic = topics.get(topic);
        if (ofTopic != null) {
            each(ofTopic, action);
        }
    }

    void forEach(Consumer<Partition> action) {
        topics.values().forEach(ofTopic -> each(ofTopic, action));
    }

    private static void each(@Nullable Partition[] ofTopic, Consumer<Partition> action) {
        for (Partition partition : ofTopic) {
            if (partition != null) {
                action.accept(partition);
            }
        }
    }

    private static boolean isEmpty(@Nullable Partition[] ofTopic) {
        for (Partition partition : ofTopic) {
            if (partition != null) {
                return false;
            }
        }
        return true;
    }
}
