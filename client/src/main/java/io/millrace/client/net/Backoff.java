package io.millrace.client.net;

import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before trying again: doubling from {@code initialMs} to {@code maxMs}, each time up to a fifth more or
 * less, so that the clients of a broker that comes back do not all arrive at once.
 *
 * @param initialMs before the second try; 0 or more
 * @param maxMs never longer than this, but for the fifth
 */
public record Backoff(long initialMs, long maxMs) {
    private static final double JITTER = 0.2;

    /**
     * The wait after some failures in a row.
     *
     * @param failures 1 or more; 0 means no wait
     */
    public long delayMs(int failures) {
        if (failures <= 0 || initialMs <= 0) {
            return 0;
        }
        double doubled = initialMs * Math.pow(2, Math.min(failures - 1, 30));
        double capped = Math.min(doubled, Math.max(initialMs, maxMs));
        return Math.round(capped * ThreadLocalRandom.current().nextDouble(1 - JITTER, 1 + JITTER));
    }
}
