package io.millrace.storage;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for something that another thread brings about. */
public final class Await {
    private static final long DEADLINE_NS = 20_000_000_000L;

    private Await() {}

    public static void await(Supplier<String> what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("Waited in vain: " + what.get());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
