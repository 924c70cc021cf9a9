package io.millrace.client.producer;

import io.millrace.client.net.ClientException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.RecordHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Where records wait for the sender: a queue of batches a partition. Records are appended by the threads of the
 * application; queues that got a batch are announced to the sender.
 */
public final class BatchAccumulator {
    private final SenderConfig config;
    private final MemoryBudget memory;
    private final ConcurrentHashMap<TopicPartition, PartitionQueue> queues = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<PartitionQueue> announced = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<BatchMemory> spares = new ConcurrentLinkedQueue<>();
    private final Set<ProducerBatch> incomplete = ConcurrentHashMap.newKeySet();
    private final AtomicInteger flushes = new AtomicInteger();
    private volatile boolean closed;

    public BatchAccumulator(SenderConfig config) {
        this.config = config;
        this.memory = new MemoryBudget(config.bufferMemory());
    }

    /** What an append brought about. */
    public enum Outcome {
        /** The record lies in a batch that was there already. */
        JOINED,
        /** The record began the first batch that waits; the sender should hear of it. */
        BEGAN,
        /** The record began a batch because the one before is full; the sender should hear of it. */
        BEGAN_AFTER_FULL
    }

    /**
     * Appends a record to the last batch of its partition.
     *
     * @param deadlineNs until when to wait for memory, on the clock of {@link System#nanoTime}
     * @param completion told what became of the record, or null if nobody cares
     * @throws ClientException as {@link MemoryBudget#take} does, and NETWORK_EXCEPTION after {@link #close}
     */
    public Outcome append(
            TopicPartition partition,
            long timestamp,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers,
            @Nullable Completion completion,
            long deadlineNs) {
        int sizeBound = BatchBuilder.recordSizeBound(length(key), length(value), headers);
        PartitionQueue queue = queue(partition);
        synchronized (queue) {
            requireOpen();
            ProducerBatch last = queue.last();
            if (last != null && last.tryAppend(timestamp, key, value, headers, sizeBound, completion)) {
                return Outcome.JOINED;
            }
        }
        int bytes = Math.max(config.batchSize(), sizeBound + BatchHeader.RECORDS);
        memory.take(bytes, deadlineNs);
        boolean used = false;
        try {
            synchronized (queue) {
                requireOpen();
                ProducerBatch last = queue.last();
                if (last != null && last.tryAppend(timestamp, key, value, headers, sizeBound, completion)) {
                    return Outcome.JOINED; // another thread has begun a batch meanwhile
                }
                if (last != null) {
                    last.seal(); // compressed here rather than on the one event loop
                }
                ProducerBatch batch = begin(partition, bytes);
                batch.tryAppend(timestamp, key, value, headers, sizeBound, completion);
                queue.addLast(batch);
                used = true;
                announce(queue);
                return last == null ? Outcome.BEGAN : Outcome.BEGAN_AFTER_FULL;
            }
        } finally {
            if (!used) {
                memory.giveBack(bytes);
            }
        }
    }

    private ProducerBatch begin(TopicPartition partition, int memoryBytes) {
        ProducerBatch batch =
                new ProducerBatch(partition, spareMemory(), config.batchSize(), memoryBytes, System.nanoTime());
        incomplete.add(batch);
        return batch;
    }

    /** An empty batch for a part of one that was too large; its memory is that of the whole. */
    ProducerBatch beginPart(ProducerBatch whole, int sizeLimit, int memoryBytes) {
        ProducerBatch part = new ProducerBatch(whole.partition, spareMemory(), sizeLimit, memoryBytes, whole.createdNs);
        incomplete.add(part);
        return part;
    }

    private BatchMemory spareMemory() {
        BatchMemory spare = spares.poll();
        BatchMemory empty = spare == null ? new BatchMemory(new BatchBuilder(), new Completions()) : spare;
        empty.builder().begin(config.compression(), config.compressionLevel());
        return empty;
    }

    /** The queue of a partition, made if need be. */
    PartitionQueue queue(TopicPartition partition) {
        PartitionQueue queue = queues.get(partition);
        return queue == null ? queues.computeIfAbsent(partition, PartitionQueue::new) : queue;
    }

    private void requireOpen() {
        if (closed) {
            throw new ClientException(ErrorCode.NETWORK_EXCEPTION, "The producer is closed");
        }
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? -1 : bytes.length;
    }

    /** Puts a queue on the sender's list unless it is there. */
    void announce(PartitionQueue queue) {
        if (queue.active.compareAndSet(false, true)) {
            announced.add(queue);
        }
    }

    /** Moves the queues announced since the last time to {@code target}; on the event loop. */
    void drainAnnounced(List<PartitionQueue> target) {
        for (PartitionQueue queue = announced.poll(); queue != null; queue = announced.poll()) {
            target.add(queue);
        }
    }

    /** Whether batches are to leave before they are full or old. */
    boolean hurried() {
        return closed || flushes.get() > 0 || memory.hasWaiters();
    }

    /** Takes a completed batch out of the books. */
    void release(ProducerBatch batch) {
        if (incomplete.remove(batch)) {
            memory.giveBack(batch.memoryBytes);
            if (batch.sizeInBytes() <= config.batchSize()) {
                batch.memory().completions().clear();
                spares.add(batch.memory());
            }
        }
    }

    /** Takes a batch out of the books whose memory went to the parts it was split into. */
    void forget(ProducerBatch batch) {
        incomplete.remove(batch);
    }

    /** Hurries every batch there is now; ends when all of them are completed. The sender should hear of it. */
    public CompletableFuture<Void> flush() {
        flushes.incrementAndGet();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (ProducerBatch batch : incomplete) {
            all.add(batch.done);
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .whenComplete((done, failure) -> flushes.decrementAndGet());
    }

    /** Bytes of buffer.memory that are free. */
    public long freeMemory() {
        return memory.free();
    }

    /** Takes no more records; those who wait for memory fail. When this returns nobody is about to add one any more. */
    public void close() {
        closed = true;
        memory.close();
        for (PartitionQueue queue : queues.values()) {
            synchronized (queue) {
                // Whoever saw this open holds the lock until the record is in a batch that is on the books.
                queue.last();
            }
        }
    }

    /** Every batch that is not completed. */
    List<ProducerBatch> incomplete() {
        return new ArrayList<>(incomplete);
    }
}
