package io.millrace.client.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts records and their latencies and prints the lines of Kafka's {@code ProducerPerformance}: one for each window of time, one at
 * the end. A latency is noted by the event loop of the producer, the end is printed by the main thread.
 */
final class LatencyStats {
    private static final int MAX_SAMPLES = 500_000;

    private final Screen screen;
    private final ProgressBar bar;
    private final long windowMs;
    private final int sampling;
    private final int[] latencies;
    private final long startMs = System.currentTimeMillis();
    private int sampled;
    private long count;
    private long bytes;
    private long totalLatency;
    private int maxLatency;
    private long windowStartMs = startMs;
    private long windowCount;
    private long windowBytes;
    private long windowLatency;
    private int windowMax;

    LatencyStats(Screen screen, ProgressBar bar, long records, long windowMs) {
        this.screen = screen;
        this.bar = bar;
        this.windowMs = windowMs;
        sampling = (int) Math.max(1, records / MAX_SAMPLES);
        latencies = new int[(int) Math.min(records / sampling + 1, MAX_SAMPLES + 1)];
    }

    synchronized void record(int latencyMs, int size) {
        if (count % sampling == 0 && sampled < latencies.length) {
            latencies[sampled++] = latencyMs;
        }
        count++;
        bytes += size;
        totalLatency += latencyMs;
        maxLatency = Math.max(maxLatency, latencyMs);
        windowCount++;
        windowBytes += size;
        windowLatency += latencyMs;
        windowMax = Math.max(windowMax, latencyMs);
        long now = System.currentTimeMillis();
        if (now - windowStartMs >= windowMs) {
            printWindow(now - windowStartMs);
            windowStartMs = now;
            windowCount = 0;
            windowBytes = 0;
            windowLatency = 0;
            windowMax = 0;
        }
    }

    private void printWindow(long elapsedMs) {
        bar.wipe();
        screen.line(String.format(
                Locale.ROOT,
                "%d records sent, %.1f records/sec (%.2f MB/sec), %.1f ms avg latency, %.1f ms max latency.",
                windowCount,
                1000.0 * windowCount / elapsedMs,
                1000.0 * windowBytes / elapsedMs / (1 << 20),
                windowLatency / (double) windowCount,
                (double) windowMax));
        screen.out().flush();
    }

    synchronized long count() {
        return count;
    }

    /** What came of all of it, for {@code --json}. */
    synchronized Map<String, Object> document() {
        int[] at = percentiles();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("records", count);
        document.put("bytes", bytes);
        document.put("elapsedMs", elapsedMs());
        document.put("recordsPerSec", perSecond(count));
        document.put("mbPerSec", perSecond(bytes) / (1 << 20));
        document.put("averageLatencyMs", averageMs());
        document.put("maxLatencyMs", maxLatency);
        document.put("p50Ms", at[0]);
        document.put("p95Ms", at[1]);
        document.put("p99Ms", at[2]);
        document.put("p999Ms", at[3]);
        return document;
    }

    synchronized void printTotal() {
        int[] at = percentiles();
        screen.line(String.format(
                Locale.ROOT,
                "%d records sent, %f records/sec (%.2f MB/sec), %.2f ms avg latency, %.2f ms max latency, %d ms 50th, %d ms 95th, "
                        + "%d ms 99th, %d ms 99.9th.",
                count,
                perSecond(count),
                perSecond(bytes) / (1 << 20),
                averageMs(),
                (double) maxLatency,
                at[0],
                at[1],
                at[2],
                at[3]));
    }

    private long elapsedMs() {
        return Math.max(1, System.currentTimeMillis() - startMs);
    }

    private double perSecond(long amount) {
        return 1000.0 * amount / elapsedMs();
    }

    private double averageMs() {
        return totalLatency / (double) Math.max(1, count);
    }

    /** The latencies that half, 95 %, 99 % and 99.9 % of the samples do not pass. */
    private int[] percentiles() {
        int[] sorted = Arrays.copyOf(latencies, sampled);
        Arrays.sort(sorted);
        double[] parts = {0.5, 0.95, 0.99, 0.999};
        int[] found = new int[parts.length];
        for (int i = 0; i < parts.length && sampled > 0; i++) {
            found[i] = sorted[Math.min(sampled - 1, (int) (parts[i] * sampled))];
        }
        return found;
    }
}
