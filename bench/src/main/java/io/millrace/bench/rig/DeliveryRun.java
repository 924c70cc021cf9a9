package io.millrace.bench.rig;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * Many bytes in, as fast as one writer can, and out again to one reader, then single records at a fixed rate; all of them are seen to
 * come back, by a broker of whatever protocol.
 *
 * @param warmUp by which writing and reading and sending at a fixed rate are warmed up, each for itself
 * @param windowMegabytes written in each window of the warm-up, and read
 * @param megabytes that are measured, in units of 10^6 bytes
 * @param latencyWindow how long records are sent at a fixed rate in each window of the warm-up
 */
record DeliveryRun(WarmUp warmUp, int windowMegabytes, int megabytes, Duration latencyWindow, Duration latency) {
    /** Brokers that have nothing to compile are steady at once, and get the same. */
    private static final WarmUp WARM_UP = new WarmUp(4, 8);

    /** What is done with each once before anything counts; the files are read from the disk then, and the clients compiled. */
    static final DeliveryRun FIRST_USE =
            new DeliveryRun(new WarmUp(2, 2), 20, 40, Duration.ofSeconds(1), Duration.ofSeconds(1));

    private static final int RECORD_BYTES = 1024;
    private static final int PER_SECOND = 1_000;
    private static final double BYTES_PER_GB = 1e9;
    private static final double BYTES_PER_MB = 1e6;
    /** The larger of what there is after the last record was written and after it was read. */
    private static final Metric MEMORY = Metric.less(0, "memory under load (RssAnon)", "MiB");

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** In which a record that came twice at the very end would have been read as well. */
    private static final long MORE_MS = 200;

    static DeliveryRun ofMinutes() {
        return new DeliveryRun(WARM_UP, 500, 400, Duration.ofSeconds(5), Duration.ofSeconds(8));
    }

    static DeliveryRun ofHours() {
        return new DeliveryRun(WARM_UP, 500, 2_000, Duration.ofSeconds(5), Duration.ofSeconds(30));
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
        CpuClock clock = new CpuClock(pid);
        long window = records(windowMegabytes);
        long count = records(megabytes);
        long[] all = {count};
        try (StreamWriter writer = server.writer("bulk", StreamServer.Aim.THROUGHPUT)) {
            NumberedRecords numbered = new NumberedRecords(RECORD_BYTES);
            warmUp.run("records written", broker, clock::seconds, samples, () -> {
                write(writer, numbered, window);
                all[0] += window;
                return window;
            });
            add(samples, broker, "produced", count, Usage.of(clock::seconds, () -> write(writer, numbered, count)));
        }
        double memory = Proc.rssAnonMiB(pid);
        warmUp.run("records read", broker, clock::seconds, samples, () -> {
            DeliveryCheck first = new DeliveryCheck(RECORD_BYTES, window, PATIENCE);
            try (AutoCloseable reader = server.reader("bulk", first)) {
                first.awaitAll();
            }
            return window;
        });
        add(samples, broker, "consumed", all[0], readAll(server, "bulk", all[0], clock));
        samples.add(MEMORY, broker, Math.max(memory, Proc.rssAnonMiB(pid)));
    }

    private void latencies(StreamServer server, String broker, Samples samples) throws Exception {
        server.create("single");
        CpuClock clock = new CpuClock(server.pid());
        Histogram us;
        long[] all = {PER_SECOND * latency.toSeconds()};
        try (StreamWriter writer = server.writer("single", StreamServer.Aim.LATENCY)) {
            NumberedRecords numbered = new NumberedRecords(RECORD_BYTES);
            OpenLoop.Sender sender = onAcknowledged -> writer.send(numbered.next(), onAcknowledged);
            warmUp.run("records at " + PER_SECOND + "/s", broker, clock::seconds, samples, () -> {
                OpenLoop.run(PER_SECOND, latencyWindow, sender);
                writer.awaitAcknowledged();
                all[0] += PER_SECOND * latencyWindow.toSeconds();
                return PER_SECOND * latencyWindow.toSeconds();
            });
            us = OpenLoop.run(PER_SECOND, latency, sender);
            writer.awaitAcknowledged();
        }
        samples.addLatencies(
                0, "latency of the acknowledgement at " + PER_SECOND + "/s", Goal.NONE, Goal.NONE, broker, us);
        readAll(server, "single", all[0], clock);
    }

    /** @return what it took until the last one had come */
    private static Usage readAll(StreamServer server, String stream, long count, CpuClock clock) throws Exception {
        DeliveryCheck check = new DeliveryCheck(RECORD_BYTES, count, PATIENCE);
        AutoCloseable[] reader = new AutoCloseable[1];
        Usage usage;
        try {
            usage = Usage.of(clock::seconds, () -> {
                reader[0] = server.reader(stream, check);
                check.awaitAll();
            });
            Thread.sleep(MORE_MS);
        } finally {
            if (reader[0] != null) {
                reader[0].close();
            }
        }
        check.requireNoMore();
        return usage;
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

    private static void add(Samples samples, String broker, String what, long records, Usage usage) {
        double bytes = (double) records * RECORD_BYTES;
        samples.add(Metric.more(0, "MB " + what, "MB/s"), broker, bytes / BYTES_PER_MB / usage.seconds());
        samples.add(
                Metric.less(0, "broker CPU per GB " + what, "s"), broker, usage.cpuSeconds() * BYTES_PER_GB / bytes);
    }
}
