package io.millrace.storage;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The threads of one log directory, so that a disk that hangs, in calls which never return, stops nothing but what is in its directory:
 * {@code storage-N} for what waits for the disk, {@code storage-space} for what must be quick, so that the next window of a busy log is
 * not stuck behind a sync, {@code storage-sync-N} for what acknowledgements wait for, {@code storage-read-N} for what fetches wait for. A
 * thread is begun when there is something for it to do. What may go on for hours has threads besides: {@code log-cleaner-N} compact,
 * {@code log-scrubber} looks for damage. With several directories the names tell which of them in {@code log.dirs} it is:
 * {@code storage-d2-0} is of the second.
 */
final class DirThreads {
    /** Syncing and removing wait for the disk, not for the processor: two are enough to keep one slow sync from holding up all. */
    private static final int STORAGE_THREADS = 2;

    /** A sync waits for the disk; several at once let the disk do them in one go. */
    private static final int SYNC_THREADS = 4;

    /** Likewise reading. */
    private static final int READ_THREADS = 4;

    private final ScheduledThreadPoolExecutor scheduler;
    private final ThreadPoolExecutor space;
    private final ThreadPoolExecutor syncs;
    private final ThreadPoolExecutor reads;
    private final ScheduledThreadPoolExecutor cleaners;
    private final ScheduledThreadPoolExecutor scrubber;

    private DirThreads(String dir, int cleanerCount) {
        String suffix = dir.isEmpty() ? "-" : "-" + dir + "-";
        String prefix = "storage" + suffix;
        scheduler = new GuardedScheduler(STORAGE_THREADS, StorageThreads.factory(prefix));
        space = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                runnable -> StorageThreads.daemon(runnable, prefix + "space"));
        syncs = new ThreadPoolExecutor(
                SYNC_THREADS,
                SYNC_THREADS,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                StorageThreads.factory(prefix + "sync-"));
        reads = new ThreadPoolExecutor(
                READ_THREADS,
                READ_THREADS,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                StorageThreads.factory(prefix + "read-"));
        cleaners = new GuardedScheduler(Math.max(1, cleanerCount), StorageThreads.factory("log-cleaner" + suffix));
        scrubber = new GuardedScheduler(
                1, runnable -> StorageThreads.daemon(runnable, dir.isEmpty() ? "log-scrubber" : "log-scrubber-" + dir));
    }

    /** @param cleaners threads that compact; none is begun before something is */
    static DirThreads ofOnlyDir(int cleaners) {
        return new DirThreads("", cleaners);
    }

    /**
     * Those of one of several directories.
     *
     * @param number of the directory, from 1
     */
    static DirThreads ofDir(int number, int cleaners) {
        return new DirThreads("d" + number, cleaners);
    }

    /** Runs what may wait for the disk. */
    ScheduledThreadPoolExecutor scheduler() {
        return scheduler;
    }

    /** Runs compactions, which may go on for hours. */
    ScheduledThreadPoolExecutor cleaners() {
        return cleaners;
    }

    /** Runs what reads logs again to find damage. */
    ScheduledThreadPoolExecutor scrubber() {
        return scrubber;
    }

    /** Runs the syncs that acknowledgements wait for; does nothing once it is stopped. */
    void runSync(Runnable sync) {
        try {
            syncs.execute(sync);
        } catch (RejectedExecutionException e) {
            // The log manager closes: the flush of every log follows.
            return;
        }
    }

    /**
     * Reads what fetches wait for.
     *
     * @throws RejectedExecutionException once the threads have stopped
     */
    void runToRead(Runnable task) {
        reads.execute(task);
    }

    /**
     * Closes files that nobody uses.
     *
     * @throws RejectedExecutionException once the thread has stopped
     */
    void runToClose(Runnable task) {
        space.execute(task);
    }

    /** Provides space and unmaps; in the caller once the thread has stopped. */
    void runForSpace(Runnable task) {
        try {
            space.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /** Begins no more reading. Waits for none: nobody needs it any more. */
    void stopReading() {
        reads.shutdown();
    }

    /** Begins no more compactions and looks for damage; what is running goes on. */
    void shutDownRounds() {
        cleaners.shutdown();
        scrubber.shutdown();
    }

    /**
     * Stops compactions and looks for damage; returns when what was running is through.
     *
     * @param abandoned whether nobody waits any more
     * @return whether it is through
     */
    boolean stopRounds(BooleanSupplier abandoned) {
        return StorageThreads.stop(cleaners, abandoned) & StorageThreads.stop(scrubber, abandoned);
    }

    /**
     * Stops the scheduled work; returns when what was running is through.
     *
     * @param abandoned whether the directory has failed, for which nobody waits: its disk may hang for ever
     */
    void stopScheduled(BooleanSupplier abandoned) {
        StorageThreads.stop(scheduler, abandoned);
        StorageThreads.stop(syncs, abandoned);
    }

    /**
     * Returns when all windows let go so far are unmapped and their files cut.
     *
     * @param abandoned likewise
     */
    void stopSpace(BooleanSupplier abandoned) {
        StorageThreads.stop(space, abandoned);
    }
}
