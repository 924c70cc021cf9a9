package io.millrace.storage;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The storage threads: {@code storage-N} for what waits for the disk, {@code storage-space} for what must be quick, so that the next
 * window of a busy log is not stuck behind a sync, {@code storage-sync-N} for what acknowledgements wait for. What may go on for hours has
 * threads of its own, or flushes and retention would stand still behind it: {@code log-cleaner-N} compact, {@code log-scrubber} looks for damage. None is
 * ever interrupted: that would close the files they work on.
 */
final class StorageThreads {
    private final ScheduledThreadPoolExecutor scheduler;
    /** A sync waits for the disk; several at once let the disk do them in one go. */
    private static final int SYNC_THREADS = 4;

    private final ScheduledThreadPoolExecutor cleaners;
    private final ScheduledThreadPoolExecutor scrubber;
    private final ThreadPoolExecutor space;
    private final ThreadPoolExecutor syncs;
    private volatile boolean stopping;

    /**
     * @param count of the {@code storage-N}
     * @param cleaners threads that compact; none is begun before something is
     */
    StorageThreads(int count, int cleaners) {
        scheduler = new Scheduler(count, factory("storage-"));
        this.cleaners = new Scheduler(Math.max(1, cleaners), factory("log-cleaner-"));
        scrubber = new Scheduler(1, runnable -> daemon(runnable, "log-scrubber"));
        space = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), runnable -> daemon(runnable, "storage-space"));
        syncs = new ThreadPoolExecutor(
                SYNC_THREADS, SYNC_THREADS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory("storage-sync-"));
    }

    /** Scheduled tasks keep to themselves what they end by. An Error is for whoever ends the process for it: the thread ends by it. */
    private static final class Scheduler extends ScheduledThreadPoolExecutor {
        Scheduler(int count, ThreadFactory factory) {
            super(count, factory);
            setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
            setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
            setRemoveOnCancelPolicy(true);
        }

        @Override
        protected void afterExecute(Runnable task, @Nullable Throwable thrown) {
            if (!(task instanceof Future<?> ended) || !ended.isDone() || ended.isCancelled()) {
                return;
            }
            try {
                ended.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs the syncs of the policy "group"; does nothing once it is stopped. */
    void runSync(Runnable sync) {
        try {
            syncs.execute(sync);
        } catch (RejectedExecutionException e) {
            // The log manager closes: the flush of every log follows.
            return;
        }
    }

    /** Runs something that may never end, on a thread that nobody waits for. */
    void runApart(Runnable task, String name) {
        daemon(task, name).start();
    }

    static ThreadFactory factory(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return runnable -> daemon(runnable, prefix + number.getAndIncrement());
    }

    private static Thread daemon(Runnable runnable, String name) {
        Thread thread = new Thread(runnable, name);
        thread.setDaemon(true);
        return thread;
    }

    ScheduledThreadPoolExecutor scheduler() {
        return scheduler;
    }

    /** Asks what may go on for hours to end soon: compactions, looks for damage, recovery. */
    void askToEnd() {
        stopping = true;
    }

    /** Whether work that may go on for hours is to end where it stands. */
    boolean stopping() {
        return stopping;
    }

    /** Runs compactions, which may go on for hours. */
    ScheduledThreadPoolExecutor cleaners() {
        return cleaners;
    }

    /** Runs what reads logs again to find damage. */
    ScheduledThreadPoolExecutor scrubber() {
        return scrubber;
    }

    /** Provides space and unmaps; in the caller once the thread has stopped. */
    void runForSpace(Runnable task) {
        try {
            space.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /** Stops the scheduled work; returns when what was running is through. */
    void stopScheduled() {
        cleaners.shutdown();
        scrubber.shutdown();
        stop(scheduler);
        stop(cleaners);
        stop(scrubber);
        stop(syncs);
    }

    /** Returns when all windows let go so far are unmapped and their files cut. */
    void stopSpace() {
        stop(space);
    }

    /** Runs no more tasks than there are; returns when they are through. */
    static void stop(ExecutorService executor) {
        executor.shutdown();
        boolean interrupted = false;
        while (true) {
            try {
                if (executor.awaitTermination(1, TimeUnit.MINUTES)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Threads for recovering the logs of one directory. */
    static ExecutorService recoveryPool(int threads) {
        return pool(threads, "recovery-");
    }

    /** Threads for syncing the logs of one directory at the end. */
    static ExecutorService lastSyncPool(int threads) {
        return pool(threads, "last-sync-");
    }

    private static ExecutorService pool(int threads, String prefix) {
        return new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory(prefix));
    }
}
