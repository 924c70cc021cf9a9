package io.millrace.client.fake;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.RecordCursor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One partition in memory, with Kafka's rules for idempotent producers. Guarded by itself. */
public final class FakeLog {
    private static final int REMEMBERED = 5;

    private final List<ByteBuffer> batches = new ArrayList<>();
    private final Map<Long, Producer> producers = new HashMap<>();
    private long startOffset;
    private long endOffset;
    int leader;
    int leaderEpoch;
    private int maxBatchBytes = Integer.MAX_VALUE;

    private static final class Producer {
        short epoch;
        int nextSequence;
        final ArrayDeque<long[]> recent = new ArrayDeque<>();
    }

    /** The outcome of an append. */
    public record Appended(ErrorCode error, long baseOffset) {}

    /** Refuses batches of more bytes from now on. */
    public synchronized void limitBatches(int bytes) {
        maxBatchBytes = bytes;
    }

    public synchronized Appended append(ByteBuffer records) {
        ByteBuffer batch = ByteBuffer.allocate(records.remaining());
        batch.put(records.duplicate()).flip();
        if (!BatchHeader.crcIsValid(batch, 0)) {
            return new Appended(ErrorCode.CORRUPT_MESSAGE, -1);
        }
        if (batch.remaining() > maxBatchBytes) {
            return new Appended(ErrorCode.MESSAGE_TOO_LARGE, -1);
        }
        int count = BatchHeader.recordCount(batch, 0);
        if (BatchHeader.hasProducerId(batch, 0)) {
            Appended judged = judge(batch, count);
            if (judged != null) {
                return judged;
            }
        }
        long baseOffset = endOffset;
        BatchHeader.stamp(batch, 0, baseOffset, leaderEpoch);
        batches.add(batch);
        endOffset += count;
        return new Appended(ErrorCode.NONE, baseOffset);
    }

    private Appended judge(ByteBuffer batch, int count) {
        long producerId = BatchHeader.producerId(batch, 0);
        short epoch = BatchHeader.producerEpoch(batch, 0);
        int sequence = BatchHeader.baseSequence(batch, 0);
        Producer producer = producers.computeIfAbsent(producerId, id -> {
            Producer fresh = new Producer();
            fresh.epoch = epoch;
            fresh.nextSequence = sequence;
            return fresh;
        });
        if (epoch < producer.epoch) {
            return new Appended(ErrorCode.INVALID_PRODUCER_EPOCH, -1);
        }
        if (epoch > producer.epoch) {
            if (sequence != 0) {
                return new Appended(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
            }
            producer.epoch = epoch;
            producer.nextSequence = 0;
            producer.recent.clear();
        }
        for (long[] known : producer.recent) {
            if (known[0] == sequence && known[1] == count) {
                return new Appended(ErrorCode.NONE, known[2]);
            }
        }
        if (sequence != producer.nextSequence) {
            return new Appended(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
        }
        producer.nextSequence = BatchHeader.incrementSequence(sequence, count);
        producer.recent.addLast(new long[] {sequence, count, endOffset});
        if (producer.recent.size() > REMEMBERED) {
            producer.recent.removeFirst();
        }
        return null;
    }

    /** Appends a batch as it is, but for its offset. */
    public synchronized long appendRaw(ByteBuffer records) {
        ByteBuffer batch = ByteBuffer.allocate(records.remaining());
        batch.put(records.duplicate()).flip();
        long baseOffset = endOffset;
        batch.putLong(0, baseOffset);
        batches.add(batch);
        endOffset += BatchHeader.lastOffsetDelta(batch, 0) + 1;
        return baseOffset;
    }

    /** Batches from the one that holds {@code offset} on, as many as fit, at least one if there is any. */
    public synchronized ByteBuffer read(long offset, int maxBytes) {
        List<ByteBuffer> chosen = new ArrayList<>();
        int size = 0;
        for (ByteBuffer batch : batches) {
            if (BatchHeader.lastOffset(batch, 0) < offset) {
                continue;
            }
            if (!chosen.isEmpty() && size + batch.remaining() > maxBytes) {
                break;
            }
            chosen.add(batch);
            size += batch.remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        chosen.forEach(batch -> all.put(batch.duplicate()));
        return all.flip();
    }

    public synchronized long startOffset() {
        return startOffset;
    }

    public synchronized long endOffset() {
        return endOffset;
    }

    /** Forgets everything before {@code offset}. */
    public synchronized void deleteBefore(long offset) {
        batches.removeIf(batch -> BatchHeader.lastOffset(batch, 0) < offset);
        startOffset = offset;
        endOffset = Math.max(endOffset, offset);
    }

    /** All values as text, by offset. */
    public synchronized List<String> values() {
        List<String> values = new ArrayList<>();
        RecordCursor cursor = new RecordCursor();
        for (ByteBuffer batch : batches) {
            cursor.wrap(batch, 0);
            while (cursor.next()) {
                ByteBuffer value = cursor.value();
                values.add(
                        value == null
                                ? null
                                : StandardCharsets.UTF_8.decode(value).toString());
            }
        }
        return values;
    }

    public synchronized int batchCount() {
        return batches.size();
    }

    public synchronized ByteBuffer batch(int index) {
        return batches.get(index);
    }
}
