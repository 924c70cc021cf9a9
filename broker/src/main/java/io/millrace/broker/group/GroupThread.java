package io.millrace.broker.group;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread {@code group}: sleeps until a task comes in or the next deadline is due, and not a moment less.
 *
 * <p>The queue needs no bound of its own: a task is a request that the network side admitted, the outcome of an append for
 * such a request, or news of a partition, and each of those is bounded where it arises.
 */
public final class GroupThread implements GroupLoop, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupThread.class);

    /** Tasks between two looks at the clock: enough to spread its cost, too few for a deadline to be late by much. */
    private static final int TASKS_PER_TURN = 256;

    private enum State {
        LATENT,
        STARTED,
        CLOSED
    }

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final Deadlines deadlines = new Deadlines();
    private final Thread thread = new Thread(this::run, "group");
    private final Consumer<? super Error> onFatalError;
    private State state = State.LATENT;
    private boolean stopping;

    /** @param onFatalError told, on this thread, of an error after which it ends and groups are served no longer */
    public GroupThread(Consumer<? super Error> onFatalError) {
        this.onFatalError = onFatalError;
    }

    public synchronized void start() {
        if (state != State.LATENT) {
            throw new IllegalStateException("The group thread is " + state);
        }
        state = State.STARTED;
        thread.start();
    }

    /** Runs what was handed in before, then ends the thread and waits for it. Tasks handed in later never run. */
    @Override
    public synchronized void close() {
        if (state == State.STARTED) {
            execute(() -> stopping = true);
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        state = State.CLOSED;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    @Override
    public long wallClockMs() {
        return System.currentTimeMillis();
    }

    @Override
    public Deadline deadline(Runnable onExpiry) {
        return deadlines.create(() -> guarded(onExpiry));
    }

    private void run() {
        while (!stopping) {
            try {
                deadlines.expire(nowMs());
                Runnable task = await();
                for (int i = 0; task != null && !stopping; i++) {
                    guarded(task);
                    task = i < TASKS_PER_TURN ? tasks.poll() : null;
                }
            } catch (InterruptedException e) {
                LOG.warn("Nobody but close() may end the group thread; ignored an interrupt");
            } catch (Error e) {
                // What a task left half done nobody knows; a broker that is half alive is worse than a dead one.
                LOG.error("The group thread ends", e);
                stopping = true;
                onFatalError.accept(e);
            }
        }
    }

    /** The next task, or null if a deadline comes first. */
    private @Nullable Runnable await() throws InterruptedException {
        long next = deadlines.nextMs();
        if (next == Deadline.NEVER) {
            return tasks.take();
        }
        long waitMs = next - nowMs();
        return waitMs <= 0 ? tasks.poll() : tasks.poll(waitMs, TimeUnit.MILLISECONDS);
    }

    /** What one request brings about must not end the thread that serves all groups. */
    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("A step of the group coordinator failed; other groups go on", e);
        }
    }
}
