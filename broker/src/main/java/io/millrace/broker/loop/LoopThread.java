package io.millrace.broker.loop;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Loop} that is a thread. It sleeps until a task is handed in or the next scheduled one is due,
 * and not a moment less.
 *
 * <p>A task that fails is logged by its name, and the next one runs. An {@link Error} ends the loop: what the task left half
 * done nobody knows, and nothing more must be done on top of it.
 *
 * <p>The queue has no bound of its own: whoever hands tasks in sees to it that they are few.
 */
public final class LoopThread implements Loop, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoopThread.class);

    /** What the system counts from may be negative, and overflow. */
    private static final long START_NS = System.nanoTime();

    private enum State {
        RUNNING,
        CLOSED,
        ENDED
    }

    private final String name;
    private final long patienceMs;
    private final Consumer<? super Error> onFatalError;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<Task> tasks = new ArrayDeque<>();
    private final PriorityQueue<Timed> scheduled =
            new PriorityQueue<>(Comparator.comparingLong(Timed::atNs).thenComparingLong(Timed::number));
    private final Thread thread;
    private long scheduledCount;
    private State state = State.RUNNING;

    private record Task(String name, Runnable body) {}

    private record Timed(long atNs, long number, Task task) {}

    /**
     * Starts the thread.
     *
     * @param name of the thread
     * @param patienceMs how long {@link #close} waits for what was handed in before
     * @param onFatalError told, on this thread, of an error, after which it ends
     */
    public LoopThread(String name, long patienceMs, Consumer<? super Error> onFatalError) {
        this.name = name;
        this.patienceMs = patienceMs;
        this.onFatalError = onFatalError;
        this.thread = new Thread(this::run, name);
        thread.start();
    }

    @Override
    public boolean post(String taskName, Runnable task) {
        return add(new Task(taskName, task));
    }

    private boolean add(Task task) {
        lock.lock();
        try {
            if (state != State.RUNNING) {
                LOG.debug("{} came after the thread {} had ended", task.name(), name);
                return false;
            }
            tasks.add(task);
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Scheduled schedule(String taskName, long delayMs, Runnable body) {
        Task task = new Task(taskName, body);
        if (delayMs < 1) {
            add(task);
            return () -> remove(tasks, task);
        }
        lock.lock();
        try {
            long atNs = ticksNs() + TimeUnit.MILLISECONDS.toNanos(delayMs);
            Timed timed = new Timed(atNs, scheduledCount++, task);
            if (state == State.RUNNING) {
                scheduled.add(timed);
                changed.signal();
            }
            return () -> remove(scheduled, timed);
        } finally {
            lock.unlock();
        }
    }

    private void remove(Queue<?> queue, Object entry) {
        lock.lock();
        try {
            queue.removeIf(other -> other == entry);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** Interrupts the present task, for one that may be waiting for something that will not come any more. */
    public void interrupt() {
        thread.interrupt();
    }

    /**
     * Runs what was handed in before and drops what is not due yet. Waits for that only so long, and not at all if a task
     * of the loop itself closes it.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (state == State.RUNNING) {
                state = State.CLOSED;
            }
            scheduled.clear();
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(patienceMs);
            if (thread.isAlive()) {
                LOG.warn("The thread {} did not end within {} ms", name, patienceMs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        boolean more = true;
        while (more) {
            more = runNext();
        }
    }

    // A method of its own, so that no finished task, with all it knows, is held in a local variable while there is
    // nothing to do.
    private boolean runNext() {
        Task task = next();
        if (task == null) {
            return false;
        }
        try {
            task.body().run();
        } catch (RuntimeException e) {
            LOG.error("The thread {} could not deal with {}", name, task.name(), e);
        } catch (Error e) {
            LOG.error("The thread {} ends because of {}", name, task.name(), e);
            end();
            onFatalError.accept(e);
        }
        return true;
    }

    private void end() {
        lock.lock();
        try {
            state = State.ENDED;
            tasks.clear();
            scheduled.clear();
        } finally {
            lock.unlock();
        }
    }

    /** The next task when it is time for it, or null if there will be none. */
    private @Nullable Task next() {
        lock.lock();
        try {
            while (true) {
                long waitNs = takeDue();
                Task task = tasks.poll();
                if (task != null) {
                    return task;
                }
                if (state != State.RUNNING) {
                    return null;
                }
                try {
                    if (waitNs == Long.MAX_VALUE) {
                        changed.await();
                    } else {
                        changed.awaitNanos(waitNs);
                    }
                } catch (InterruptedException e) {
                    LOG.debug("The thread {} was interrupted while there was nothing to do", name);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Puts what is due behind the tasks that wait; the nanoseconds until more is due. */
    private long takeDue() {
        long nowNs = ticksNs();
        Timed first = scheduled.peek();
        while (first != null && first.atNs() <= nowNs) {
            tasks.add(first.task());
            scheduled.remove();
            first = scheduled.peek();
        }
        return first == null ? Long.MAX_VALUE : first.atNs() - nowNs;
    }

    private static long ticksNs() {
        return System.nanoTime() - START_NS;
    }
}
