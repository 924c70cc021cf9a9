package io.millrace.client;

import io.millrace.client.net.ClientException;
import io.millrace.client.producer.Completion;
import io.millrace.protocol.TopicPartition;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The future of one record: one object that is both what the caller holds and what the batch completes. */
final class RecordFuture extends CompletableFuture<RecordMetadata> implements Completion {
    private final TopicPartition partition;
    private final long timestamp;

    RecordFuture(TopicPartition partition, long timestamp) {
        this.partition = partition;
        this.timestamp = timestamp;
    }

    @Override
    public void onCompletion(long offset, long logAppendTimeMs, @Nullable ClientException failure) {
        if (failure != null) {
            completeExceptionally(failure);
        } else {
            complete(new RecordMetadata(
                    partition.topic(),
                    partition.partition(),
                    offset,
                    logAppendTimeMs < 0 ? timestamp : logAppendTimeMs));
        }
    }
}
