package io.millrace.broker.replica;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Deadlines in the order of time, at the price of a list operation each: a ring of lists, one a tick, through which time
 * walks (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", scheme 6). A deadline further ahead than the ring is
 * long stays in its list until time has come round often enough. Knows no clock and no thread; the caller guards it.
 */
final class TimingWheel {
    /** Returned by {@link #nextTick} if there is nothing to wait for. */
    static final long NONE = Long.MAX_VALUE;

    private final @Nullable Timeout[] lists;
    private final BitSet occupied;
    private final int mask;
    private long currentTick;

    /**
     * @param size of the ring, a power of two
     * @param startTick where time begins
     */
    TimingWheel(int size, long startTick) {
        if (Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException("Size " + size + " is not a power of two");
        }
        this.lists = new Timeout[size];
        this.occupied = new BitSet(size);
        this.mask = size - 1;
        this.currentTick = startTick;
    }

    /** Adds a deadline; one in the past is due with the next tick. */
    void add(Timeout timeout, long deadlineTick) {
        timeout.deadlineTick = Math.max(deadlineTick, currentTick + 1);
        int list = list(timeout.deadlineTick);
        Timeout head = lists[list];
        timeout.previous = null;
        timeout.next = head;
        if (head != null) {
            head.previous = timeout;
        }
        lists[list] = timeout;
        timeout.scheduled = true;
        occupied.set(list);
    }

    /** Takes a deadline out; false if it is not in here. */
    boolean remove(Timeout timeout) {
        if (!timeout.scheduled) {
            return false;
        }
        int list = list(timeout.deadlineTick);
        Timeout before = timeout.previous;
        Timeout after = timeout.next;
        if (before == null) {
            lists[list] = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        if (lists[list] == null) {
            occupied.clear(list);
        }
        timeout.previous = null;
        timeout.next = null;
        timeout.scheduled = false;
        return true;
    }

    /** The next tick at which there may be something due, or {@link #NONE}. */
    long nextTick() {
        int from = list(currentTick + 1);
        int found = occupied.nextSetBit(from);
        if (found < 0) {
            found = occupied.nextSetBit(0);
        }
        return found < 0 ? NONE : currentTick + 1 + ((found - from) & mask);
    }

    /**
     * Lets time go on and takes out what is due.
     *
     * @return the first of a list linked by {@code next}, or null
     */
    @Nullable
    Timeout advance(long tick) {
        Timeout due = null;
        long first = Math.max(currentTick + 1, tick - mask);
        for (long t = first; t <= tick; t++) {
            Timeout timeout = lists[list(t)];
            while (timeout != null) {
                Timeout after = timeout.next;
                if (timeout.deadlineTick <= tick) {
                    remove(timeout);
                    timeout.next = due;
                    due = timeout;
                }
                timeout = after;
            }
        }
        currentTick = Math.max(currentTick, tick);
        return due;
    }

    private int list(long tick) {
        return (int) tick & mask;
    }
}
