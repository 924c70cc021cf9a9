package io.millrace.broker.group;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one loop: a binary heap by time, each entry knowing its place so that it can be taken out. Made for
 * deadlines that nearly always move to a later time before they come. Not for use by several threads.
 */
final class Deadlines {
    private @Nullable Deadline[] heap = new Deadline[64];
    private int size;

    Deadline create(Runnable onExpiry) {
        return new Deadline(this, onExpiry);
    }

    /** When to look again at the latest, or {@link Deadline#NEVER}. May be earlier than the first deadline, never later. */
    long nextMs() {
        return size == 0 ? Deadline.NEVER : at(0).queuedAtMs;
    }

    /** Runs what is due by {@code nowMs}, in the order of time. */
    void expire(long nowMs) {
        while (size > 0 && at(0).queuedAtMs <= nowMs) {
            Deadline first = at(0);
            if (first.atMs() <= nowMs) {
                remove(first);
                first.expire();
            } else {
                first.queuedAtMs = first.atMs();
                siftDown(0, first);
            }
        }
    }

    void add(Deadline deadline) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        deadline.queuedAtMs = deadline.atMs();
        siftUp(size++, deadline);
    }

    void moveForward(Deadline deadline) {
        deadline.queuedAtMs = deadline.atMs();
        siftUp(deadline.heapIndex, deadline);
    }

    void remove(Deadline deadline) {
        int index = deadline.heapIndex;
        deadline.dequeued();
        Deadline last = at(--size);
        heap[size] = null;
        if (last != deadline) {
            siftDown(index, last);
            if (heap[index] == last) {
                siftUp(index, last);
            }
        }
    }

    private void siftUp(int from, Deadline deadline) {
        int index = from;
        while (index > 0) {
            int parent = (index - 1) >>> 1;
            if (at(parent).queuedAtMs <= deadline.queuedAtMs) {
                break;
            }
            place(index, at(parent));
            index = parent;
        }
        place(index, deadline);
    }

    private void siftDown(int from, Deadline deadline) {
        int index = from;
        while (2 * index + 1 < size) {
            int child = 2 * index + 1;
            if (child + 1 < size && at(child + 1).queuedAtMs < at(child).queuedAtMs) {
                child++;
            }
            if (deadline.queuedAtMs <= at(child).queuedAtMs) {
                break;
            }
            place(index, at(child));
            index = child;
        }
        place(index, deadline);
    }

    private void place(int index, Deadline deadline) {
        heap[index] = deadline;
        deadline.heapIndex = index;
    }

    private Deadline at(int index) {
        Deadline deadline = heap[index];
        assert deadline != null : "slot " + index + " of " + size + " is empty";
        return deadline;
    }
}
