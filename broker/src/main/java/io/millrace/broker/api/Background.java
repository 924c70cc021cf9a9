package io.millrace.broker.api;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Takes the part of a request that may wait off the event loop, and sees to it that it is answered even if it fails. */
final class Background {

    private Background() {}

    /** Runs the task, which answers the request, on the executor. */
    static void run(Executor executor, RequestContext context, Runnable task) {
        try {
            executor.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    context.fail(e);
                }
            });
        } catch (RejectedExecutionException e) {
            context.closeConnection("this broker is shutting down");
        }
    }
}
