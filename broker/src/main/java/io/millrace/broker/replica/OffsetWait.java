package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A request that waits until a watermark of each of its partitions has passed an offset. Filled by one thread, then started;
 * completed once, by whichever thread brings the last partition home or by the timer.
 */
public abstract class OffsetWait extends Timeout {
    private final Timer timer;
    private @Nullable Partition[] partitions = new Partition[1];
    private long[] requiredOffsets = new long[1];
    private int[] slots = new int[1];
    private boolean[] open = new boolean[1];
    private int count;
    private int remaining;
    private boolean done;

    OffsetWait(Timer timer) {
        this.timer = timer;
    }

    /** Has the partition call {@link #decide} for this entry, now or once its watermark has come that far. */
    abstract void await(PartitionWaiters waiters, int entry);

    /** One of the partitions has its answer: NONE, or why it has no other. Under the lock of this object. */
    protected abstract void onOutcome(int slot, ErrorCode error);

    /** All partitions have their answer. Called once, with no lock held, on any thread, which must not be kept. */
    protected abstract void onComplete();

    /**
     * Adds a partition.
     *
     * @param requiredOffset the watermark must be there, or behind it
     * @param slot the caller's number for it, given back to {@link #onOutcome}
     */
    public final void add(Partition partition, long requiredOffset, int slot) {
        if (count == requiredOffsets.length) {
            partitions = Arrays.copyOf(partitions, count * 2);
            requiredOffsets = Arrays.copyOf(requiredOffsets, count * 2);
            slots = Arrays.copyOf(slots, count * 2);
            open = Arrays.copyOf(open, count * 2);
        }
        partitions[count] = partition;
        requiredOffsets[count] = requiredOffset;
        slots[count] = slot;
        open[count] = true;
        count++;
    }

    /** Whether nothing was added. */
    public final boolean isEmpty() {
        return count == 0;
    }

    /** Waits from now on; completes before it returns if there is nothing to wait for. */
    public final void start(int timeoutMs) {
        synchronized (this) {
            // One more than there are partitions, so that none of them completes it before all were looked at.
            remaining = count + 1;
        }
        for (int i = 0; i < count; i++) {
            await(partition(i).waiters(), i);
        }
        synchronized (this) {
            if (--remaining > 0) {
                timer.schedule(this, timeoutMs);
                return;
            }
            done = true;
        }
        onComplete();
    }

    final long requiredOffset(int entry) {
        return requiredOffsets[entry];
    }

    /** The partition has decided. With no lock held that others wait for. */
    final void decide(int entry, ErrorCode error) {
        synchronized (this) {
            if (done || !open[entry]) {
                return;
            }
            open[entry] = false;
            onOutcome(slots[entry], error);
            if (--remaining > 0) {
                return;
            }
            done = true;
        }
        timer.cancel(this);
        onComplete();
    }

    /** Waits no longer, because nobody does. */
    public final void giveUp() {
        timer.cancel(this);
        onTimeout();
    }

    @Override
    public final void onTimeout() {
        synchronized (this) {
            if (done) {
                return;
            }
            done = true;
            for (int i = 0; i < count; i++) {
                if (open[i]) {
                    onOutcome(slots[i], ErrorCode.REQUEST_TIMED_OUT);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            if (open[i]) {
                partition(i).waiters().forget(this);
            }
        }
        onComplete();
    }

    private Partition partition(int entry) {
        Partition partition = partitions[entry];
        if (partition == null) {
            throw new IllegalStateException("No partition at " + entry);
        }
        return partition;
    }
}
