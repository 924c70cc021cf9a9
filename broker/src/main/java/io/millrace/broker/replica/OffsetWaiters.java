package io.millrace.broker.replica;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for a watermark of one partition, by rising offset. They wait in about the order of their offsets, so a new
 * one belongs at the end or nearly there, and those that are ready stand in front. Safe for use by any thread; nobody is called
 * from in here.
 */
final class OffsetWaiters {

    /** One of the partitions that a request waits for: which request, and the entry number there. */
    record Waiter(OffsetWait request, int entry, long requiredOffset) {}

    private static final int INITIAL_CAPACITY = 8;

    private static final @Nullable Waiter[] NONE = {};

    private @Nullable Waiter[] waiters = NONE;
    private int first;
    private int end;
    private volatile int count;

    /** Adds a waiter. The watermark may have passed meanwhile: the caller looks once more afterwards. */
    void add(Waiter waiter) {
        synchronized (this) {
            makeRoom();
            int at = end;
            while (at > first && offset(at - 1) > waiter.requiredOffset) {
                waiters[at] = waiters[at - 1];
                at--;
            }
            waiters[at] = waiter;
            end++;
            count++;
        }
        VarHandle.fullFence();
    }

    boolean isEmpty() {
        VarHandle.fullFence();
        return count == 0;
    }

    /** Takes out those that wait for an offset up to this one. */
    List<Waiter> takeUpTo(long watermark) {
        if (isEmpty()) {
            return List.of();
        }
        synchronized (this) {
            List<Waiter> ready = new ArrayList<>();
            while (first < end && offset(first) <= watermark) {
                ready.add(take(first++));
            }
            count = end - first;
            return ready;
        }
    }

    /** Takes out all. */
    List<Waiter> takeAll() {
        return takeUpTo(Long.MAX_VALUE);
    }

    /** Takes out those of a request that timed out. */
    synchronized void remove(OffsetWait request) {
        int kept = first;
        for (int i = first; i < end; i++) {
            Waiter waiter = take(i);
            if (waiter.request != request) {
                waiters[kept++] = waiter;
            }
        }
        end = kept;
        count = end - first;
    }

    private Waiter take(int index) {
        Waiter waiter = waiters[index];
        waiters[index] = null;
        if (waiter == null) {
            throw new IllegalStateException("No waiter at " + index);
        }
        return waiter;
    }

    private long offset(int index) {
        Waiter waiter = waiters[index];
        return waiter == null ? Long.MAX_VALUE : waiter.requiredOffset;
    }

    private void makeRoom() {
        if (end < waiters.length) {
            return;
        }
        int size = end - first;
        @Nullable
        Waiter[] target = size * 2 < waiters.length ? waiters : new Waiter[Math.max(INITIAL_CAPACITY, size * 2)];
        System.arraycopy(waiters, first, target, 0, size);
        Arrays.fill(target, size, Math.max(size, target == waiters ? end : size), null);
        waiters = target;
        first = 0;
        end = size;
    }
}
