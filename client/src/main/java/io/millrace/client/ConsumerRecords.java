package io.millrace.client;

import io.millrace.protocol.TopicPartition;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What one {@code poll} brought: the records of each partition in order. Immutable.
 *
 * <pre>{@code
 * for (TopicPartition partition : records.partitions()) {
 *     store(records.records(partition));
 * }
 * }</pre>
 */
public final class ConsumerRecords<K, V> implements Iterable<ConsumerRecord<K, V>> {
    private final List<ConsumerRecord<K, V>> records;

    ConsumerRecords(List<ConsumerRecord<K, V>> records) {
        this.records = records;
    }

    /** How many there are, of all partitions together. */
    public int count() {
        return records.size();
    }

    /** Whether there is none, as when none came within the time of the poll. */
    public boolean isEmpty() {
        return records.isEmpty();
    }

    /** The partitions that records came from. */
    public Set<TopicPartition> partitions() {
        Set<TopicPartition> partitions = new LinkedHashSet<>();
        records.forEach(record -> partitions.add(record.topicPartition()));
        return partitions;
    }

    /** The records of one partition. */
    public List<ConsumerRecord<K, V>> records(TopicPartition partition) {
        return records.stream()
                .filter(record -> record.topicPartition().equals(partition))
                .toList();
    }

    @Override
    public Iterator<ConsumerRecord<K, V>> iterator() {
        return records.iterator();
    }
}
