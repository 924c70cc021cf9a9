package io.millrace.client.producer;

import io.millrace.client.net.ClientException;
import io.millrace.protocol.ErrorCode;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bounds the bytes of all batches that are not acknowledged yet. Who finds it used up waits, in the order of arrival, so
 * that a large record is not starved by small ones.
 */
final class MemoryBudget {
    private final long total;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Condition> waiters = new ArrayDeque<>();
    private long free;
    private boolean closed;

    MemoryBudget(long total) {
        this.total = total;
        this.free = total;
    }

    /**
     * Takes bytes, waiting for them if need be.
     *
     * @throws ClientException REQUEST_TIMED_OUT if they do not become free in time, MESSAGE_TOO_LARGE if they never can,
     *     NETWORK_EXCEPTION if the producer is closed meanwhile
     */
    void take(int bytes, long deadlineNs) {
        if (bytes > total) {
            throw new ClientException(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "A batch of " + bytes + " bytes is larger than buffer.memory=" + total);
        }
        lock.lock();
        try {
            if (!waiters.isEmpty() || free < bytes) {
                await(bytes, deadlineNs);
            }
            if (closed) {
                throw new ClientException(ErrorCode.NETWORK_EXCEPTION, "The producer is closed");
            }
            free -= bytes;
        } finally {
            lock.unlock();
        }
    }

    private void await(int bytes, long deadlineNs) {
        long leftNs = deadlineNs - System.nanoTime();
        Condition turn = lock.newCondition();
        waiters.addLast(turn);
        try {
            while (!closed && (free < bytes || waiters.peekFirst() != turn)) {
                if (leftNs <= 0) {
                    throw new ClientException(
                            ErrorCode.REQUEST_TIMED_OUT,
                            "buffer.memory=" + total + " is used up by records that are not acknowledged yet, and"
                                    + " none became free within max.block.ms");
                }
                leftNs = turn.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClientException(ErrorCode.REQUEST_TIMED_OUT, "Interrupted while waiting for buffer.memory", e);
        } finally {
            waiters.remove(turn);
            signalFirst();
        }
    }

    void giveBack(int bytes) {
        lock.lock();
        try {
            free += bytes;
            signalFirst();
        } finally {
            lock.unlock();
        }
    }

    /** Whether somebody waits, so that batches had better leave early. */
    boolean hasWaiters() {
        lock.lock();
        try {
            return !waiters.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Bytes not taken. */
    long free() {
        lock.lock();
        try {
            return free;
        } finally {
            lock.unlock();
        }
    }

    /** Fails everybody who waits, and whoever comes. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiters.forEach(Condition::signal);
        } finally {
            lock.unlock();
        }
    }

    private void signalFirst() {
        Condition first = waiters.peekFirst();
        if (first != null) {
            first.signal();
        }
    }
}
