package io.millrace.client;

import io.millrace.protocol.record.RecordHeader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to send.
 *
 * <pre>{@code
 * new ProducerRecord<>("clicks", "user-7", "/index.html")
 * }</pre>
 *
 * @param topic where to
 * @param partition which one, or null to let the {@link io.millrace.client.producer.Partitioner} choose
 * @param timestamp in ms since the epoch, or null for now
 * @param key or null; records with equal keys go to the same partition, in order
 * @param value or null, which on a compacted topic deletes the key
 * @param headers in order
 */
public record ProducerRecord<K, V>(
        String topic,
        @Nullable Integer partition,
        @Nullable Long timestamp,
        @Nullable K key,
        @Nullable V value,
        List<RecordHeader> headers) {

    /** @throws IllegalArgumentException if the partition or the timestamp is negative */
    public ProducerRecord {
        if (partition != null && partition < 0) {
            throw new IllegalArgumentException("partition " + partition + " is negative");
        }
        if (timestamp != null && timestamp < 0) {
            throw new IllegalArgumentException("timestamp " + timestamp + " is negative");
        }
    }

    /** One whose partition follows from its key, with the time at which it is sent. */
    public ProducerRecord(String topic, @Nullable K key, @Nullable V value) {
        this(topic, null, null, key, value, List.of());
    }

    /** One without a key, to whichever partition is next, with the time at which it is sent. */
    public ProducerRecord(String topic, @Nullable V value) {
        this(topic, null, null, null, value, List.of());
    }

    /** The same record to one certain partition. */
    public ProducerRecord<K, V> toPartition(int partition) {
        return new ProducerRecord<>(topic, partition, timestamp, key, value, headers);
    }

    /** The same record with another timestamp, in ms since the epoch. */
    public ProducerRecord<K, V> at(long timestamp) {
        return new ProducerRecord<>(topic, partition, timestamp, key, value, headers);
    }

    /** The same record with these headers instead of its own. */
    public ProducerRecord<K, V> withHeaders(RecordHeader... headers) {
        return new ProducerRecord<>(topic, partition, timestamp, key, value, List.of(headers));
    }
}
