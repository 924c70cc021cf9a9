package io.millrace.broker.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees to it that a request which is answered later, on another thread, comes to an end even if that fails. */
final class Guarded {
    private static final Logger LOG = LoggerFactory.getLogger(Guarded.class);

    private Guarded() {}

    /** Answers on a thread that may wait. */
    static void on(Executor thread, RequestContext context, Runnable answer) {
        thread.execute(() -> run(context, answer));
    }

    /** Answers when a result is there. */
    static <T> void when(CompletableFuture<T> result, RequestContext context, Consumer<T> answer) {
        result.whenComplete((value, failure) -> {
            if (failure != null) {
                fail(context, failure);
            } else {
                run(context, () -> answer.accept(value));
            }
        });
    }

    private static void run(RequestContext context, Runnable answer) {
        try {
            answer.run();
        } catch (RuntimeException e) {
            fail(context, e);
        }
    }

    private static void fail(RequestContext context, Throwable failure) {
        LOG.error("Could not answer {} of client {}", context.apiKey(), context.clientId(), failure);
        context.closeConnection("a " + context.apiKey() + " request that could not be answered");
    }
}
