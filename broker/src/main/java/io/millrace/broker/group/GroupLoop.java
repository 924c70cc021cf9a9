package io.millrace.broker.group;

import java.util.concurrent.Executor;

/**
 * The thread that all groups live on, seen from the groups: tasks one after the other in the order handed in, deadlines
 * in between. {@link GroupThread} is the real one; a simulation runs the same coordinator on virtual time.
 */
public interface GroupLoop extends Executor {

    /** Hands a task in; any thread may, the loop itself included, whose task then runs after those already waiting. */
    @Override
    void execute(Runnable task);

    /** Milliseconds for deadlines, from an arbitrary start; never goes back. */
    long nowMs();

    /** Milliseconds since 1970, for what is written into the log; may jump. */
    long wallClockMs();

    /** A deadline, not set yet, that runs {@code onExpiry} on the loop. */
    Deadline deadline(Runnable onExpiry);
}
