package io.millrace.client.producer;

import io.millrace.client.net.ClientException;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.RecordHeader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One batch on its way: open for records at first, under the lock of its {@link PartitionQueue}; sealed and then on the
 * event loop only. It completes its records exactly once, whatever happens to it.
 */
final class ProducerBatch {
    final TopicPartition partition;
    final long createdNs;
    /** What it took from the {@link MemoryBudget}. */
    final int memoryBytes;
    /** Ends, never fails, when every record of the batch is completed. */
    final CompletableFuture<Void> done = new CompletableFuture<>();

    private final BatchMemory memory;
    private final BatchBuilder builder;
    private final Completions completions;
    private final int sizeLimit;
    private int count;
    private @Nullable ByteBuffer sealed;

    // On the event loop only.
    long order = -1;
    int baseSequence = BatchHeader.NO_SEQUENCE;
    int attempts;
    long notBeforeNs;

    ProducerBatch(TopicPartition partition, BatchMemory memory, int sizeLimit, int memoryBytes, long createdNs) {
        this.partition = partition;
        this.memory = memory;
        this.builder = memory.builder();
        this.completions = memory.completions();
        this.sizeLimit = sizeLimit;
        this.memoryBytes = memoryBytes;
        this.createdNs = createdNs;
    }

    /** Appends a record if there is room and the batch is not sealed. */
    boolean tryAppend(
            long timestamp,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers,
            int sizeBound,
            @Nullable Completion completion) {
        if (sealed != null || !builder.hasRoomFor(sizeBound, sizeLimit)) {
            return false;
        }
        builder.append(timestamp, key, value, headers);
        completions.add(completion, timestamp);
        count++;
        return true;
    }

    /** Ends the batch, compressing it; whoever calls it first does the work. */
    ByteBuffer seal() {
        ByteBuffer bytes = sealed;
        if (bytes == null) {
            bytes = builder.finish();
            sealed = bytes;
        }
        return bytes;
    }

    boolean isSealed() {
        return sealed != null;
    }

    int recordCount() {
        return count;
    }

    /** Bytes it takes in a request; what it takes at most as long as it is not sealed. */
    int sizeInBytes() {
        ByteBuffer bytes = sealed;
        return bytes == null ? builder.sizeInBytes() : bytes.remaining();
    }

    boolean hasSequence() {
        return baseSequence != BatchHeader.NO_SEQUENCE;
    }

    /** Says who sends the batch and with which sequence, for the first time or anew. */
    void stamp(long producerId, short epoch, int sequence) {
        baseSequence = sequence;
        BatchHeader.setProducer(seal(), 0, producerId, epoch, sequence);
    }

    /** Whether its records have been told already, because time ran out while it was under way. */
    boolean isDone() {
        return done.isDone();
    }

    void succeed(long baseOffset, long logAppendTimeMs) {
        if (isDone()) {
            return;
        }
        completions.succeed(partition, baseOffset, logAppendTimeMs);
        done.complete(null);
    }

    void fail(ClientException failure) {
        if (isDone()) {
            return;
        }
        completions.fail(partition, failure);
        done.complete(null);
    }

    @Nullable
    Completion completion(int index) {
        return completions.get(index);
    }

    /** What is to be used for another batch once nothing reads this one any more. */
    BatchMemory memory() {
        return memory;
    }
}
