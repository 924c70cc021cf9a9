package io.millrace.bench.rig;

import java.io.IOException;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * Many bytes in, as fast as one writer can, and out again to one reader, then single records at a fixed rate; all of them are seen to
 * come back, by a broker of whatever protocol.
 *
 * @param warmUpMegabytes written before what is measured, and read before it: enough for JIT compilers to be done
 * @param megabytes that are measured, in units of 10^6 bytes
 * @param latencyWarmUp how long records are sent at a fixed rate before latencies count
 */
record DeliveryRun(int warmUpMegabytes, int megabytes, Duration latencyWarmUp, Duration latency) {
    private static final int RECORD_BYTES = 1024;
    private static final int PER_SECOND = 1_000;
    private static final double BYTES_PER_GB = 1e9;
    private static final double BYTES_PER_MB = 1e6;
    /** The larger of what there is after the last record was written and after it was read. */
    private static final Metric MEMORY = Metric.less(0, "memory under load (RssAnon)", "MiB", 0);

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** In which a record that came twice at the very end would have been read as well. */
    private static final long MORE_MS = 200;

    static DeliveryRun ofMinutes() {
        return new DeliveryRun(100, 400, Duration.ofSeconds(4), Duration.ofSeconds(6));
    }

    static DeliveryRun ofHours() {
        return new DeliveryRun(300, 2_000, Duration.ofSeconds(20), Duration.ofSeconds(30));
    }

    String title() {
        return megabytes + " MB in records of " + RECORD_BYTES + " B, then " + PER_SECOND
                + " of them a second; each seen to come back";
    }

    /**
     * Takes all figures, and keeps them if everything has come back.
     *
     * @throws IllegalStateException if a record has not, saying which
     */
    void measure(StreamServer server, String broker, Samples samples) throws Exception {
        Samples own = new Samples();
        bulk(server, broker, own);
        latencies(server, broker, own);
        samples.addAll(own);
    }

    private void bulk(StreamServer server, String broker, Samples samples) throws Exception {
        long pid = server.pid();
        server.create("bulk");
        long warmUp = records(warmUpMegabytes);
        long all = warmUp + records(megabytes);
        try (StreamWriter writer = server.writer("bulk", StreamServer.Aim.THROUGHPUT)) {
            NumberedRecords numbered = new NumberedRecords(RECORD_BYTES);
            write(writer, numbered, warmUp);
            Stretch stretch = Stretch.begin(pid);
            write(writer, numbered, all - warmUp);
            stretch.end(samples, broker, "produced", all - warmUp);
        }
        double memory = Proc.rssAnonMiB(pid);
        DeliveryCheck first = new DeliveryCheck(RECORD_BYTES, warmUp, PATIENCE);
        try (AutoCloseable reader = server.reader("bulk", first)) {
            first.awaitAll();
        }
        Stretch stretch = Stretch.begin(pid);
        readAll(server, "bulk", all, () -> stretch.end(samples, broker, "consumed", all));
        samples.add(MEMORY, broker, Math.max(memory, Proc.rssAnonMiB(pid)));
    }

    private void latencies(StreamServer server, String broker, Samples samples) throws Exception {
        server.create("single");
        Histogram us;
        try (StreamWriter writer = server.writer("single", StreamServer.Aim.LATENCY)) {
            NumberedRecords numbered = new NumberedRecords(RECORD_BYTES);
            OpenLoop.Sender sender = onAcknowledged -> writer.send(numbered.next(), onAcknowledged);
            OpenLoop.run(PER_SECOND, latencyWarmUp, sender);
            writer.awaitAcknowledged();
            us = OpenLoop.run(PER_SECOND, latency, sender);
            writer.awaitAcknowledged();
        }
        samples.addLatencies(
                0, "latency of the acknowledgement at " + PER_SECOND + "/s", Goal.NONE, Goal.NONE, broker, us);
        readAll(server, "single", PER_SECOND * latencyWarmUp.plus(latency).toSeconds(), () -> {});
    }

    private static void readAll(StreamServer server, String stream, long count, Step onLast) throws Exception {
        DeliveryCheck check = new DeliveryCheck(RECORD_BYTES, count, PATIENCE);
        try (AutoCloseable reader = server.reader(stream, check)) {
            check.awaitAll();
            onLast.run();
            Thread.sleep(MORE_MS);
        }
        check.requireNoMore();
    }

    private static long records(int megabytes) {
        return megabytes * 1_000_000L / RECORD_BYTES;
    }

    private static void write(StreamWriter writer, NumberedRecords numbered, long records) throws InterruptedException {
        for (long i = 0; i < records; i++) {
            writer.send(numbered.next(), () -> {});
        }
        writer.awaitAcknowledged();
    }

    private interface Step {
        void run() throws IOException;
    }

    /** What the broker does from one moment to another. */
    private record Stretch(long pid, double cpuSeconds, long startNs) {
        static Stretch begin(long pid) throws IOException {
            return new Stretch(pid, Proc.cpuSeconds(pid), System.nanoTime());
        }

        void end(Samples samples, String broker, String what, long records) throws IOException {
            double seconds = (System.nanoTime() - startNs) / 1e9;
            double bytes = (double) records * RECORD_BYTES;
            samples.add(Metric.more(0, "MB " + what, "MB/s", 0), broker, bytes / BYTES_PER_MB / seconds);
            samples.add(
                    Metric.less(0, "broker CPU per GB " + what, "s", 0),
                    broker,
                    (Proc.cpuSeconds(pid) - cpuSeconds) * BYTES_PER_GB / bytes);
        }
    }
}
