package io.millrace.storage;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins nothing more once it is shut down. What its tasks end by is logged and keeps no other from being done; an Error is for whoever
 * ends the process for it, so the thread ends by it.
 */
final class GuardedScheduler extends ScheduledThreadPoolExecutor {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedScheduler.class);

    GuardedScheduler(int count, ThreadFactory factory) {
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
            tell(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Logs what background work has ended by. That it was refused is no news: failures of a disk have been reported by its directory. */
    static void tell(Throwable failure) {
        if (failure instanceof StorageException) {
            LOG.debug("Background work was refused because={}", failure.getMessage());
        } else {
            LOG.error("Background work failed", failure);
        }
    }
}
