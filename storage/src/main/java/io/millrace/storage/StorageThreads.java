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
 * window of a busy log is not stuck behind a sync, {@code storage-sync-N} for what acknowledgements wait for. None is ever interrupted: that would close the files they work on.
 */
final class StorageThreads {
    private final ScheduledThreadPoolExecutor scheduler;
    /** A sync waits for the disk; several at once let the disk do them in one go. */
    private static final int SYNC_THREADS = 4;

    private final ThreadPoolExecutor space;
    private final ThreadPoolExecutor syncs;

    StorageThreads(int count) {
        scheduler = new Scheduler(count, factory("storage-"));
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        scheduler.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        scheduler.setRemoveOnCancelPolicy(true);
        space = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), runnable -> daemon(runnable, "storage-space"));
        syncs = new ThreadPoolExecutor(
                SYNC_THREADS, SYNC_THREADS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory("storage-sync-"));
    }

    /** Scheduled tasks keep to themselves what they end by. An Error is for whoever ends the process for it: the thread ends by it. */
    private static final class Scheduler extends ScheduledThreadPoolExecutor {
        Scheduler(int count, ThreadFactory factory) {
            super(count, factory);
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
        stop(scheduler);
        stop(syncs);
    }

    /** Returns when all windows let go so far are unmapped and their files cut. */
    void stopSpace() {
        stop(space);
    }

    private static void stop(ExecutorService executor) {
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
        return new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory("recovery-"));
    }
}
