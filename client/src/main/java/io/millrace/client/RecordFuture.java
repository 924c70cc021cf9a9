package io.millrace.client;

import io.millrace.client.net.ClientException;
import io.millrace.client.producer.Completion;
import io.millrace.protocol.TopicPartition;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The future of one record: one object that is both what the caller holds and what the batch completes. */
final class RecordFuture extends CompletableFuture<RecordMetadata> implements Completion {

    @Override
    public void onCompletion(TopicPartition partition, long offset, long timestamp, @Nullable ClientException failure) {
        if (failure != null) {
            completeExceptionally(failure);
        } else {
            complete(new RecordMetadata(partition.topic(), partition.partition(), offset, timestamp));
        }
    }
}
