package io.millrace.broker.controller;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread {@code controller}: deals with one event after the other, in the order in which they came. */
final class ControllerLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerLoop.class);

    /** Longer than a write to ZooKeeper takes; the thread is interrupted after it. */
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "controller"));

    private final Consumer<? super Error> onFatalError;

    /** Events that are due outlast the shutdown of the thread, so they have to be kept from it. */
    private boolean ended;

    /** @param onFatalError told, on this thread, of an error after which it ends */
    ControllerLoop(Consumer<? super Error> onFatalError) {
        this.onFatalError = onFatalError;
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Adds an event behind those that wait, and says whether it will be dealt with: not if the loop is closed. */
    boolean post(ControllerEvent event) {
        return postLater(event, 0);
    }

    /** Like {@link #post}, after a while. */
    boolean postLater(ControllerEvent event, long delayMs) {
        try {
            thread.schedule(() -> run(event), delayMs, TimeUnit.MILLISECONDS);
            return true;
        } catch (RejectedExecutionException e) {
            LOG.debug("Event {} came after the controller was closed", event.name());
            return false;
        }
    }

    private void run(ControllerEvent event) {
        if (ended) {
            return;
        }
        try {
            event.action().run();
        } catch (RuntimeException e) {
            LOG.error("The controller could not deal with {}", event.name(), e);
        } catch (Error e) {
            // What the event left half done nobody knows, and nothing more must be decided on it.
            LOG.error("The controller ends because of {}", event.name(), e);
            ended = true;
            thread.shutdown();
            onFatalError.accept(e);
        }
    }

    /** Lets the present event end and drops the others. */
    @Override
    public void close() {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("The controller did not end within {} ms", CLOSE_TIMEOUT_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
