package io.millrace.broker;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;

/**
 * Ends the process of a broker that cannot be relied on any more. It is closed as when it is told to end, but not waited for
 * without end: a disk that hangs keeps whoever writes to it, and a process that no longer serves anybody must be gone for
 * something to start it again. What was not closed is recovered then.
 */
final class FatalEnd {
    private final Logger log;
    private final int status;
    private final Duration patience;
    private final AtomicBoolean begun = new AtomicBoolean();

    /**
     * @param status which the process ends with
     * @param patience how long closing may take
     */
    FatalEnd(Logger log, int status, Duration patience) {
        this.log = log;
        this.status = status;
        this.patience = patience;
    }

    /** Begins to end the process because of this; returns at once, and the process ends even if nothing else returns. */
    void begin(Throwable reason) {
        if (begun.compareAndSet(false, true)) {
            // First of all, and without a word to the log when the time comes, because that may be on
            // the disk that hangs.
            Thread halt = new Thread(this::halt, "fatal-error-halt");
            halt.setDaemon(true);
            halt.start();
            log.error(
                    "This broker can no longer be relied on and ends, within {} s whatever hangs",
                    patience.toSeconds(),
                    reason);
            // On a thread of its own, since the broker may wait for the one that saw the error while it is closed.
            new Thread(() -> System.exit(status), "fatal-error").start();
        } else {
            log.error("This broker can no longer be relied on and is about to end", reason);
        }
    }

    private void halt() {
        long endNs = System.nanoTime() + patience.toNanos();
        long leftNs = patience.toNanos();
        while (leftNs > 0) {
            LockSupport.parkNanos(leftNs);
            leftNs = endNs - System.nanoTime();
        }
        Runtime.getRuntime().halt(status);
    }
}
