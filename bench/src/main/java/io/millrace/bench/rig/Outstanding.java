package io.millrace.bench.rig;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Counts records that were sent and are not acknowledged yet, for clients that do not bound them or cannot wait for the last. */
final class Outstanding {
    private static final long ANSWER_LIMIT_S = 60;

    private final int limit;
    private final Semaphore free;
    private final AtomicReference<@Nullable String> refused = new AtomicReference<>();

    /** @param limit how many may be under way */
    Outstanding(int limit) {
        this.limit = limit;
        free = new Semaphore(limit);
    }

    /** Before a record is sent; waits while too many are under way. */
    void sending() throws InterruptedException {
        await(1);
    }

    void acknowledged() {
        free.release();
    }

    /** @param why in words of the broker or its client */
    void refused(String why) {
        refused.compareAndSet(null, why);
        free.release();
    }

    /**
     * Waits until every record has its answer.
     *
     * @throws IllegalStateException if one was refused or no answer came
     */
    void awaitNone() throws InterruptedException {
        await(limit);
        free.release(limit);
        String why = refused.get();
        if (why != null) {
            throw new IllegalStateException("A record was not acknowledged: " + why);
        }
    }

    private void await(int permits) throws InterruptedException {
        if (!free.tryAcquire(permits, ANSWER_LIMIT_S, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    limit - free.availablePermits() + " records had no answer within " + ANSWER_LIMIT_S + " s");
        }
    }
}
