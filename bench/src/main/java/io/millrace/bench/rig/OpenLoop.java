package io.millrace.bench.rig;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Sends at a fixed rate whatever the answers do, and measures from when each record was due, so that a pause is counted for
 * all records that had to wait for its end.
 */
final class OpenLoop {
    private static final int MAX_LATENCY_S = 60;

    /** Sends one record and does not wait for the answer. */
    interface Sender {
        void send(Runnable onAcknowledged) throws InterruptedException;
    }

    private OpenLoop() {}

    /**
     * Sends until the time is over. The last answers may still be on their way then.
     *
     * @return µs until records were acknowledged, which becomes complete when the last one is
     */
    static Histogram run(int recordsPerSecond, Duration duration, Sender sender) throws InterruptedException {
        Histogram us = new ConcurrentHistogram(MAX_LATENCY_S * 1_000_000L, 3);
        long startNs = System.nanoTime();
        long count = duration.toSeconds() * recordsPerSecond;
        for (long i = 0; i < count; i++) {
            long dueNs = startNs + i * 1_000_000_000L / recordsPerSecond;
            long aheadNs = dueNs - System.nanoTime();
            if (aheadNs > 0) {
                LockSupport.parkNanos(aheadNs);
            }
            sender.send(() -> us.recordValue(Math.max(0, (System.nanoTime() - dueNs) / 1_000)));
        }
        return us;
    }
}
