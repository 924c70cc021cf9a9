package io.millrace.storage;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * The storage threads that directories share, for what may go on for hours: {@code log-cleaner-N} compact, {@code log-scrubber} looks for
 * damage. What must not wait for the disk of another directory has {@link DirThreads}. None is ever interrupted: that would close the
 * files they work on.
 */
final class StorageThreads {
    private final ScheduledThreadPoolExecutor cleaners;
    private final ScheduledThreadPoolExecutor scrubber;
    private volatile boolean stopping;

    /** @param cleaners threads that compact; none is begun before something is */
    StorageThreads(int cleaners) {
        this.cleaners = new GuardedScheduler(Math.max(1, cleaners), factory("log-cleaner-"));
        scrubber = new GuardedScheduler(1, runnable -> daemon(runnable, "log-scrubber"));
    }

    /** Runs something that may never end, on a thread that nobody waits for. */
    void runApart(Runnable task, String name) {
        daemon(task, name).start();
    }

    static ThreadFactory factory(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return runnable -> daemon(runnable, prefix + number.getAndIncrement());
    }

    static Thread daemon(Runnable runnable, String name) {
        Thread thread = new Thread(runnable, name);
        thread.setDaemon(true);
        return thread;
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

    /** Begins nothing more; what is running goes on. */
    void shutDown() {
        cleaners.shutdown();
        scrubber.shutdown();
    }

    /** Returns when what was running is through. */
    void stop() {
        stop(cleaners);
        stop(scrubber);
    }

    /** Runs no more tasks than there are; returns when they are through. */
    static void stop(ExecutorService executor) {
        stop(executor, () -> false);
    }

    /** @param abandoned whether they are waited for no longer than a moment, because the disk that they are for has failed */
    static void stop(ExecutorService executor, BooleanSupplier abandoned) {
        executor.shutdown();
        boolean interrupted = false;
        boolean ended = false;
        do {
            try {
                ended = executor.awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        } while (!ended && !abandoned.getAsBoolean());
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
