package io.millrace.storage;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Begins nothing more once it is shut down. Its tasks keep to themselves what they end by; an Error is for whoever ends the process for
 * it, so the thread ends by it.
 */
final class GuardedScheduler extends ScheduledThreadPoolExecutor {
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
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
