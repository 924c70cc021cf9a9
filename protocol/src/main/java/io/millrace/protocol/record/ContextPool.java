package io.millrace.protocol.record;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Native contexts of a codec between uses. A pool rather than a context per thread: threads of applications come and go, and
 * what they would leave behind is memory that the collector does not see.
 */
final class ContextPool<T> {
    /** As many contexts work at once as there are cores; more are made when asked for and not kept. */
    private static final int KEPT = Math.max(4, Runtime.getRuntime().availableProcessors());

    private final ArrayBlockingQueue<T> idle = new ArrayBlockingQueue<>(KEPT);
    private final Supplier<T> factory;
    private final Consumer<T> destroyer;

    ContextPool(Supplier<T> factory, Consumer<T> destroyer) {
        this.factory = factory;
        this.destroyer = destroyer;
    }

    T acquire() {
        T context = idle.poll();
        return context != null ? context : factory.get();
    }

    /** Takes back a context that is ready for the next use. */
    void release(T context) {
        if (!idle.offer(context)) {
            destroyer.accept(context);
        }
    }
}
