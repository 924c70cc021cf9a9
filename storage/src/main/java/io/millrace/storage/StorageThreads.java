package io.millrace.storage;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * How storage threads are begun and ended, and whether what may go on for hours is to end. Which there are says {@link DirThreads}. None is
 * ever interrupted: that would close the files they work on.
 */
final class StorageThreads {
    private volatile boolean stopping;

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

    /** Runs no more tasks than there are; returns when they are through. */
    static void stop(ExecutorService executor) {
        stop(executor, () -> false);
    }

    /**
     * @param abandoned whether they are waited for no longer than a moment, because the disk that they are for has failed
     * @return whether they are through
     */
    static boolean stop(ExecutorService executor, BooleanSupplier abandoned) {
        executor.shutdown();
        return await(executor::awaitTermination, abandoned);
    }

    /** Returns when something has come to its end, by success or not; likewise. */
    static boolean await(CompletableFuture<?> end, BooleanSupplier abandoned) {
        CompletableFuture<Boolean> ended = end.handle((nothing, e) -> true);
        return await(
                (timeout, unit) ->
                        ended.copy().completeOnTimeout(false, timeout, unit).join(),
                abandoned);
    }

    private interface End {
        boolean await(long timeout, TimeUnit unit) throws InterruptedException;
    }

    private static boolean await(End end, BooleanSupplier abandoned) {
        boolean interrupted = false;
        boolean ended = false;
        do {
            try {
                ended = end.await(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        } while (!ended && !abandoned.getAsBoolean());
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return ended;
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
