package io.millrace.broker.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** Sees to it that a request which is answered later, on another thread, comes to an end even if that fails. */
final class Guarded {
    private Guarded() {}

    /** Answers on a thread that may wait. */
    static void on(Executor thread, RequestContext context, Runnable answer) {
        try {
            thread.execute(() -> run(context, answer));
        } catch (RejectedExecutionException e) {
            context.closeConnection("this broker is shutting down");
        }
    }

    /** Answers when a result is there. */
    static <T> void when(CompletableFuture<T> result, RequestContext context, Consumer<T> answer) {
        result.whenComplete((value, failure) -> {
            if (failure != null) {
                context.fail(
                        failure instanceof RuntimeException e
                                ? e
                                : new IllegalStateException("Could not answer " + context.apiKey(), failure));
            } else {
                run(context, () -> answer.accept(value));
            }
        });
    }

    private static void run(RequestContext context, Runnable answer) {
        try {
            answer.run();
        } catch (RuntimeException e) {
            context.fail(e);
        }
    }
}
