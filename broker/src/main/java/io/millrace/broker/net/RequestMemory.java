package io.millrace.broker.net;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that all requests of the broker may take, from the first byte received until the answer is given. A connection
 * reserves before it receives and stops reading while it waits for its turn, so a flood of requests meets TCP's back-pressure
 * instead of this broker's memory.
 *
 * <p>When many frames are half received and no memory is left, none of them could ever be finished. Therefore the first in
 * the queue may overdraw, one frame at a time: what is in use never exceeds the limit by more than that one frame, and by what
 * was received before its connection could stop reading. Safe for use by any thread.
 */
final class RequestMemory {

    /** Waits for memory. */
    interface Waiter {

        /** The bytes asked for are reserved now. Called on the thread that freed others, with no lock held. */
        void onReserved(ByteBuf frame, int bytes);

        /** Waits no longer: its connection is closed, and nothing is reserved for it. */
        boolean gone();
    }

    private record Pending(int bytes, ByteBuf frame, Waiter waiter) {}

    private final long limit;
    private final AtomicLong used = new AtomicLong();
    private final ArrayDeque<Pending> queue = new ArrayDeque<>();
    private volatile int waiting;
    private volatile @Nullable ByteBuf overdrawn;

    /** @param limit bytes, at least 1 */
    RequestMemory(long limit) {
        this.limit = limit;
    }

    /** Bytes in use now. */
    long used() {
        return used.get();
    }

    /** Whether a connection waits for memory. */
    boolean isShort() {
        return waiting > 0;
    }

    /** Reserves bytes if there are enough and nobody waits for them; {@link #release} gives them back. */
    boolean tryReserve(int bytes) {
        return waiting == 0 && take(bytes);
    }

    /**
     * Reserves bytes when it is the turn of this frame, which may be before this call returns.
     *
     * @param frame the buffer they are for
     */
    void reserve(int bytes, ByteBuf frame, Waiter waiter) {
        if (overdrawn == frame) {
            // Behind the others in the queue it would wait for them, and they for it.
            used.addAndGet(bytes);
            waiter.onReserved(frame, bytes);
            return;
        }
        synchronized (this) {
            queue.add(new Pending(bytes, frame, waiter));
            waiting = queue.size();
        }
        grant();
    }

    /** Gives back what was reserved for a frame. */
    void release(ByteBuf frame, int bytes) {
        used.addAndGet(-bytes);
        if (overdrawn == frame) {
            synchronized (this) {
                overdrawn = null;
            }
        }
        if (waiting > 0) {
            grant();
        }
    }

    /** Counts bytes that have been received already, and are held; {@link #release} with their buffer gives them back. */
    void add(int bytes) {
        used.addAndGet(bytes);
    }

    private boolean take(int bytes) {
        if (used.addAndGet(bytes) <= limit) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    private void grant() {
        Pending next;
        while ((next = poll()) != null) {
            next.waiter.onReserved(next.frame, next.bytes);
        }
    }

    private synchronized @Nullable Pending poll() {
        Pending next = queue.peek();
        while (next != null && next.waiter.gone()) {
            queue.remove();
            next = queue.peek();
        }
        if (next != null && !take(next.bytes)) {
            if (overdrawn != null) {
                next = null;
            } else {
                overdrawn = next.frame;
                used.addAndGet(next.bytes);
            }
        }
        if (next != null) {
            queue.remove();
        }
        waiting = queue.size();
        return next;
    }
}
