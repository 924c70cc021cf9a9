package io.millrace.broker.replica;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code timer} thread: tells waiters that their time is up. It sleeps until the next deadline, however far away, and
 * for ever when there is none. Safe for use by any thread.
 */
public final class DeadlineTimer implements Timer, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadlineTimer.class);

    /** How exact deadlines are: those of clients are tens of milliseconds at the least. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Two seconds: nearly all waits are shorter, and longer ones cost a look every two seconds. */
    private static final int WHEEL_SIZE = 2_048;

    private final long startNanos = System.nanoTime();
    private final TimingWheel wheel = new TimingWheel(WHEEL_SIZE, 0);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition earlier = lock.newCondition();
    private final Thread thread = new Thread(this::run, "timer");
    private final Consumer<? super Error> onFatalError;
    private long sleepsUntilTick = TimingWheel.NONE;
    private boolean closed;

    /**
     * Starts the thread.
     *
     * @param onFatalError told, on this thread, of an error in a timeout; the others are called nevertheless
     */
    public DeadlineTimer(Consumer<? super Error> onFatalError) {
        this.onFatalError = onFatalError;
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void schedule(Timeout timeout, long delayMs) {
        long delayTicks = Math.min(Math.max(delayMs, 0), Integer.MAX_VALUE);
        lock.lock();
        try {
            // One more, because the tick that runs now is partly over.
            long deadline = tick() + delayTicks + 1;
            wheel.add(timeout, deadline);
            if (deadline < sleepsUntilTick) {
                earlier.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean cancel(Timeout timeout) {
        lock.lock();
        try {
            return wheel.remove(timeout);
        } finally {
            lock.unlock();
        }
    }

    /** Stops the thread; what is still scheduled is never called. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            earlier.signal();
        } finally {
            lock.unlock();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (true) {
            Timeout due = awaitDue();
            if (due == null) {
                return;
            }
            while (due != null) {
                Timeout after = due.next;
                due.next = null;
                call(due);
                due = after;
            }
        }
    }

    /** Those that are due, at least one; null once the timer is closed. */
    private @Nullable Timeout awaitDue() {
        lock.lock();
        try {
            while (!closed) {
                Timeout due = wheel.advance(tick());
                if (due != null) {
                    sleepsUntilTick = 0;
                    return due;
                }
                sleepsUntilTick = wheel.nextTick();
                if (sleepsUntilTick == TimingWheel.NONE) {
                    earlier.awaitUninterruptibly();
                } else {
                    earlier.awaitNanos(startNanos + sleepsUntilTick * TICK_NANOS - System.nanoTime());
                }
            }
            return null;
        } catch (InterruptedException e) {
            LOG.warn("The timer thread was interrupted and ends: waiting requests will not time out");
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void call(Timeout timeout) {
        try {
            timeout.onTimeout();
        } catch (RuntimeException e) {
            LOG.error("A timeout failed", e);
        } catch (Error e) {
            LOG.error("A timeout failed for a reason that this broker may not get over", e);
            onFatalError.accept(e);
        }
    }

    private long tick() {
        return (System.nanoTime() - startNanos) / TICK_NANOS;
    }
}
