package io.millrace.broker.replica;

import org.jspecify.annotations.Nullable;

/** Something with a deadline, itself the node of the list that a {@link DeadlineTimer} keeps it in. */
public abstract class Timeout {
    // Guarded by the timer.
    @Nullable
    Timeout previous;

    @Nullable
    Timeout next;

    long deadlineTick;
    boolean scheduled;

    /** Its time has come. Called by the timer, on its thread, which must not be kept. */
    public abstract void onTimeout();
}
