package io.millrace.broker.replica;

/** Tells waiters that their time is up: a {@link DeadlineTimer}, or virtual time. Safe for use by any thread. */
public interface Timer {

    /**
     * Calls {@code timeout} after {@code delayMs}, unless it is cancelled before.
     *
     * @param timeout not scheduled already
     */
    void schedule(Timeout timeout, long delayMs);

    /** Forgets the timeout; false if it was not scheduled or is being called already. */
    boolean cancel(Timeout timeout);
}
