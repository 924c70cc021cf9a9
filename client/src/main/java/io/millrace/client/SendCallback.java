package io.millrace.client;

import io.millrace.client.net.ClientException;
import io.millrace.client.producer.Completion;
import io.millrace.protocol.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Learns what became of a record. Called once for each, on the producer's event loop: it must not wait. One callback may
 * serve any number of records.
 *
 * <pre>{@code
 * producer.send(record, (metadata, failure) -> {
 *     if (failure != null) {
 *         log.warn("Not sent", failure);
 *     }
 * });
 * }</pre>
 */
@FunctionalInterface
public interface SendCallback extends Completion {

    /**
     * The record is acknowledged or has failed.
     *
     * @param metadata where it is, or null if it failed
     * @param failure why it failed, or null
     */
    void onCompletion(@Nullable RecordMetadata metadata, @Nullable ClientException failure);

    /** What the producer calls; not for applications. It is here so that no object need stand between the two for each record. */
    @Override
    default void onCompletion(
            TopicPartition partition, long offset, long timestamp, @Nullable ClientException failure) {
        RecordMetadata metadata = failure != null
                ? null
                : new RecordMetadata(partition.topic(), partition.partition(), offset, timestamp);
        onCompletion(metadata, failure);
    }
}
