package io.millrace.client.producer;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the partition of a record that names none. Called on the threads that send, several at a time.
 *
 * <pre>{@code
 * Partitioner byLength = (topic, key, value, partitionCount) -> value.length % partitionCount;
 * }</pre>
 */
@FunctionalInterface
public interface Partitioner {

    /**
     * The partition of a record.
     *
     * @param key serialized, or null; not to be changed
     * @param value serialized, or null; not to be changed
     * @param partitionCount how many partitions the topic has, at least 1
     * @return 0 to {@code partitionCount - 1}; anything else fails the record
     */
    int partition(String topic, byte @Nullable [] key, byte @Nullable [] value, int partitionCount);

    /**
     * Says that the last batch of a partition was full and another one begins, which is when it costs nothing to change
     * over to another partition.
     */
    default void onNewBatch(String topic, int partition, int partitionCount) {}

    /** By the hash of the key, the same partition as with any Kafka client; without a key each partition in turn. */
    static Partitioner roundRobin() {
        ConcurrentHashMap<String, AtomicInteger> next = new ConcurrentHashMap<>();
        return (topic, key, value, partitionCount) -> {
            if (key != null) {
                return KeyHash.partition(key, partitionCount);
            }
            AtomicInteger counter = next.get(topic);
            if (counter == null) {
                counter = next.computeIfAbsent(topic, t -> new AtomicInteger());
            }
            return (counter.getAndIncrement() & 0x7fffffff) % partitionCount;
        };
    }

    /**
     * By the hash of the key; without a key to one partition until a batch of it is full, then to another one: fewer and
     * larger batches.
     */
    static Partitioner sticky() {
        return new Partitioner() {
            private final ConcurrentHashMap<String, Integer> current = new ConcurrentHashMap<>();

            @Override
            public int partition(String topic, byte @Nullable [] key, byte @Nullable [] value, int partitionCount) {
                if (key != null) {
                    return KeyHash.partition(key, partitionCount);
                }
                Integer chosen = current.get(topic);
                if (chosen == null || chosen >= partitionCount) {
                    chosen = ThreadLocalRandom.current().nextInt(partitionCount);
                    current.put(topic, chosen);
                }
                return chosen;
            }

            @Override
            public void onNewBatch(String topic, int partition, int partitionCount) {
                Integer chosen = current.get(topic);
                if (chosen != null && chosen == partition && partitionCount > 1) {
                    int step = ThreadLocalRandom.current().nextInt(partitionCount - 1) + 1;
                    current.replace(topic, chosen, (partition + step) % partitionCount);
                }
            }
        };
    }
}
