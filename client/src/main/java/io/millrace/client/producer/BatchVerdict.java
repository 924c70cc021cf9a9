package io.millrace.client.producer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.ClientException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.RecordHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of a batch that has come back: it is done, it goes out again, it goes out in two halves, or it has
 * failed for good. On the event loop.
 */
final class BatchVerdict {
    private static final Logger LOG = LoggerFactory.getLogger(BatchVerdict.class);

    private final BrokerClient client;
    private final SenderConfig config;
    private final BatchAccumulator accumulator;
    private final RecordCursor cursor = new RecordCursor();

    BatchVerdict(BrokerClient client, SenderConfig config, BatchAccumulator accumulator) {
        this.client = client;
        this.config = config;
        this.accumulator = accumulator;
    }

    void pass(PartitionQueue queue, ProducerBatch batch, ProduceExchange.Outcome outcome, long nowNs) {
        ClientException failure = outcome.failure();
        if (failure == null) {
            queue.onAcknowledged(batch);
            batch.succeed(outcome.baseOffset(), outcome.logAppendTimeMs());
            accumulator.release(batch);
        } else if (batch.isDone()) {
            giveUp(queue, batch, failure); // its time ran out while it was under way
        } else if (failure.error() == ErrorCode.MESSAGE_TOO_LARGE && batch.recordCount() > 1) {
            split(queue, batch);
        } else if (mayRetry(queue, batch, failure.error(), nowNs)) {
            LOG.debug("Sending a batch for {} again after attempt {}", batch.partition, batch.attempts, failure);
            batch.notBeforeNs =
                    nowNs + TimeUnit.MILLISECONDS.toNanos(config.retry().delayMs(batch.attempts));
            queue.putBack(batch);
            refreshAfter(failure.error());
        } else {
            giveUp(queue, batch, failure);
            refreshAfter(failure.error());
        }
    }

    private void giveUp(PartitionQueue queue, ProducerBatch batch, ClientException failure) {
        if (batch.hasSequence()) {
            queue.onSequenceGap();
        }
        batch.fail(failure);
        accumulator.release(batch);
    }

    private boolean mayRetry(PartitionQueue queue, ProducerBatch batch, ErrorCode error, long nowNs) {
        long ageMs = TimeUnit.NANOSECONDS.toMillis(nowNs - batch.createdNs);
        if (batch.attempts > config.retries() || ageMs >= config.deliveryTimeoutMs()) {
            return false;
        }
        if (error.retriable()) {
            return true;
        }
        // An earlier batch of the partition has failed and goes out again; this one follows it.
        return error == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && batch.hasSequence() && queue.waitsForEarlier(batch);
    }

    private void refreshAfter(ErrorCode error) {
        switch (error) {
            case NOT_LEADER_OR_FOLLOWER,
                    LEADER_NOT_AVAILABLE,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    UNKNOWN_TOPIC_ID,
                    REPLICA_NOT_AVAILABLE,
                    FENCED_LEADER_EPOCH,
                    KAFKA_STORAGE_ERROR,
                    NETWORK_EXCEPTION,
                    REQUEST_TIMED_OUT -> client.view().requestRefresh();
            default -> {
                // nothing about the cluster has changed
            }
        }
    }

    /** Makes two batches of one that the broker finds too large. */
    private void split(PartitionQueue queue, ProducerBatch batch) {
        ByteBuffer bytes = batch.seal();
        int half = (batch.recordCount() + 1) / 2;
        List<ProducerBatch> parts = new ArrayList<>(2);
        // Records are at most as large apart as they are together; the first half takes the memory of the whole.
        parts.add(accumulator.beginPart(batch, Integer.MAX_VALUE, batch.memoryBytes));
        parts.add(accumulator.beginPart(batch, Integer.MAX_VALUE, 0));
        cursor.wrap(bytes, 0);
        for (int i = 0; cursor.next(); i++) {
            parts.get(i < half ? 0 : 1)
                    .tryAppend(
                            cursor.timestamp(),
                            copy(cursor.keyIndex(), cursor.keyLength()),
                            copy(cursor.valueIndex(), cursor.valueLength()),
                            headers(),
                            0,
                            batch.completion(i));
        }
        CompletableFuture.allOf(parts.get(0).done, parts.get(1).done).thenRun(() -> batch.done.complete(null));
        accumulator.forget(batch);
        queue.replace(batch, parts);
        LOG.debug("Split a batch of {} records for {}", batch.recordCount(), batch.partition);
    }

    private List<RecordHeader> headers() {
        if (cursor.headerCount() == 0) {
            return List.of();
        }
        List<RecordHeader> headers = new ArrayList<>(cursor.headerCount());
        while (cursor.nextHeader()) {
            byte[] key = copy(cursor.headerKeyIndex(), cursor.headerKeyLength());
            headers.add(new RecordHeader(
                    new String(key == null ? new byte[0] : key, StandardCharsets.UTF_8),
                    copy(cursor.headerValueIndex(), cursor.headerValueLength())));
        }
        return headers;
    }

    private byte @Nullable [] copy(int index, int length) {
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        cursor.buffer().get(index, bytes);
        return bytes;
    }
}
