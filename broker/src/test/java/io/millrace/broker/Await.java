package io.millrace.broker;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits for something to become true, and says what did not. */
public final class Await {
    /** Nobody waits so long unless something is wrong; a machine with much else to do needs long for what takes a moment. */
    static final long DEADLINE_S = 120;

    private static final long PAUSE_MS = 5;

    private Await() {}

    public static void await(String what, Callable<Boolean> condition) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (Exception e) {
                throw new AssertionError("while waiting until " + what, e);
            }
            if (System.nanoTime() > deadlineNs) {
                throw new AssertionError("after " + DEADLINE_S + " s it is not so that " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MS));
        }
    }
}
