package io.millrace.broker.zk;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Gives out producer ids, from blocks that are taken from ZooKeeper one ahead of need, so that in general nobody waits. Any
 * thread may ask.
 */
public final class ProducerIds {
    /** Ids left in the present block when the next one is taken. */
    private static final int REFILL_BELOW = ProducerIdBlocks.BLOCK_SIZE / 10;

    private final LongSupplier blocks;
    private final Executor thread;
    private final Queue<CompletableFuture<Long>> waiting = new ArrayDeque<>();
    private final Queue<Long> nextBlocks = new ArrayDeque<>();
    private long next;
    private long end;
    private boolean refilling;

    /**
     * @param blocks takes the next block of {@link ProducerIdBlocks#BLOCK_SIZE} ids and says its first; may wait and fail
     * @param thread takes blocks; it may wait
     */
    public ProducerIds(LongSupplier blocks, Executor thread) {
        this.blocks = blocks;
        this.thread = thread;
    }

    /**
     * An id that nobody else gets.
     *
     * @return completes exceptionally if a block is needed and there is none to be had
     */
    public CompletableFuture<Long> next() {
        CompletableFuture<Long> id = new CompletableFuture<>();
        boolean refill;
        long taken;
        synchronized (this) {
            taken = take();
            if (taken < 0) {
                waiting.add(id);
            }
            refill = !refilling && nextBlocks.isEmpty() && end - next < REFILL_BELOW;
            refilling |= refill;
        }
        if (refill) {
            thread.execute(this::refill);
        }
        if (taken >= 0) {
            id.complete(taken);
        }
        return id;
    }

    /** The next id, or -1 if there is none at hand. */
    private long take() {
        if (next == end) {
            Long start = nextBlocks.poll();
            if (start == null) {
                return -1;
            }
            next = start;
            end = start + ProducerIdBlocks.BLOCK_SIZE;
        }
        return next++;
    }

    private void refill() {
        long start = -1;
        RuntimeException failure = null;
        try {
            start = blocks.getAsLong();
        } catch (RuntimeException e) {
            failure = e;
        }
        Queue<CompletableFuture<Long>> served = new ArrayDeque<>();
        Queue<Long> ids = new ArrayDeque<>();
        boolean again;
        synchronized (this) {
            if (failure == null) {
                nextBlocks.add(start);
            }
            while (!waiting.isEmpty()) {
                long id = failure == null ? take() : -1;
                if (id < 0 && failure == null) {
                    break;
                }
                served.add(waiting.remove());
                ids.add(id);
            }
            again = !waiting.isEmpty();
            refilling = again;
        }
        for (CompletableFuture<Long> id : served) {
            if (failure == null) {
                id.complete(ids.remove());
            } else {
                id.completeExceptionally(failure);
            }
        }
        if (again) {
            thread.execute(this::refill);
        }
    }
}
