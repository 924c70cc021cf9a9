package io.millrace.broker.loop;

import java.util.concurrent.Executor;

/**
 * Runs tasks one after the other, in the order in which they were handed in. What belongs to a loop is touched by its tasks
 * only and needs no lock.
 */
public interface Loop extends Executor {

    /**
     * Hands a task in, behind those that wait. Any thread may, the loop itself included.
     *
     * @param name what it is, for the log
     * @return whether it will run: not if the loop has ended
     */
    boolean post(String name, Runnable task);

    /** Like {@link #post}, once so many milliseconds have passed; less than 1 stands for at once. */
    Scheduled schedule(String name, long delayMs, Runnable task);

    /** Milliseconds from an arbitrary start; never goes back, and does not follow the wall clock. */
    long nowMs();

    /** Like {@link #post}, for those who know it as an executor; a task that comes too late is dropped. */
    @Override
    default void execute(Runnable task) {
        post("task", task);
    }

    /** A task that has been scheduled. */
    @FunctionalInterface
    interface Scheduled {
        /** Takes it back if it has not begun. Any thread may, any number of times. */
        void cancel();
    }
}
