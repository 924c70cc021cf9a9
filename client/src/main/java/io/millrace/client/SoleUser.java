package io.millrace.client;

import java.util.ConcurrentModificationException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Lets one thread at a time into a {@link Consumer}, the same one as often as it likes, and refuses the others. */
final class SoleUser {
    private final AtomicReference<@Nullable Thread> user = new AtomicReference<>();
    private int entered;
    private volatile boolean closed;

    /**
     * Begins a use; {@link #leave} ends it.
     *
     * @throws ConcurrentModificationException if another thread is inside
     * @throws IllegalStateException after {@link #close}
     */
    void enter() {
        Thread me = Thread.currentThread();
        if (user.get() != me && !user.compareAndSet(null, me)) {
            throw new ConcurrentModificationException(
                    "A consumer is for one thread at a time, and " + user.get() + " is using this one");
        }
        entered++;
        if (closed && entered == 1) {
            leave();
            throw new IllegalStateException("The consumer is closed");
        }
    }

    void leave() {
        if (--entered == 0) {
            user.set(null);
        }
    }

    /** Lets nobody in from now on. */
    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }
}
