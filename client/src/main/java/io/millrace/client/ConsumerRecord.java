package io.millrace.client;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.RecordHeader;
import io.millrace.protocol.record.TimestampType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A record as it was read.
 *
 * <pre>{@code
 * System.out.println(record.topic() + "-" + record.partition() + "@" + record.offset() + ": " + record.value());
 * }</pre>
 *
 * @param topicPartition where it lies
 * @param offset its number there
 * @param timestamp in ms since the epoch; -1 if it has none
 * @param timestampType whether the producer or the broker set it
 * @param leaderEpoch of the leader that appended it; -1 if that is not known
 * @param key or null
 * @param value or null
 * @param headers in order
 */
public record ConsumerRecord<K, V>(
        TopicPartition topicPartition,
        long offset,
        long timestamp,
        TimestampType timestampType,
        int leaderEpoch,
        @Nullable K key,
        @Nullable V value,
        List<RecordHeader> headers) {

    /** The topic it was read from. */
    public String topic() {
        return topicPartition.topic();
    }

    /** The number of the partition it was read from. */
    public int partition() {
        return topicPartition.partition();
    }
}
