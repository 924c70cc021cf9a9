package io.millrace.bench.rig;

import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Rows 8 and 9: three brokers, acks=all; how many requests one connection gets through, and how long a record of 1 KiB takes. */
record ReplicatedRow(int perSecond, Duration duration) implements Row {
    private static final String TOPIC = "replicated";
    private static final int BROKERS = 3;
    private static final int SMALL_RECORD_BYTES = 100;
    private static final int RECORD_BYTES = 1_024;
    private static final int WAITING_BYTES = 64 << 10;

    /** Some windows in the middle take alike while the compilers wait for their turn; it takes some 40,000 requests to be past those. */
    private static final WarmUp FAST = new WarmUp(8, 14);

    private static final int FAST_WINDOW = 5_000;

    @Override
    public String id() {
        return "replicated";
    }

    @Override
    public String title() {
        return "three brokers, acks=all";
    }

    @Override
    public int brokers() {
        return BROKERS;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, TOPIC, 1, BROKERS);
        manyRequests(cluster, contender.name(), samples);
        latencies(cluster, contender.name(), samples);
        double memory = 0;
        for (Cluster.Broker broker : cluster.brokers()) {
            memory += Proc.rssAnonMiB(broker.pid());
        }
        samples.add(
                Metric.less(0, "memory of three brokers under acks=all (RssAnon)", "MiB"), contender.name(), memory);
    }

    // The stock settings, but each record is a request, of which five may be under way, and few wait behind them.
    private void manyRequests(Cluster cluster, String contender, Samples samples) throws Exception {
        Map<String, Object> settings =
                Map.of(ProducerConfig.BATCH_SIZE_CONFIG, 0, ProducerConfig.BUFFER_MEMORY_CONFIG, WAITING_BYTES);
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, SMALL_RECORD_BYTES, settings)) {
            FAST.run("acks=all requests through one connection", contender, cluster::cpuSeconds, samples, () -> {
                load.records(FAST_WINDOW);
                return FAST_WINDOW;
            });
            long[] sent = new long[1];
            Usage usage = cluster.measured(() -> sent[0] = load.forTime(duration));
            samples.add(
                    Metric.more(9, "acks=all requests through one connection", "/s")
                            .goal(Goal.times(3), Goal.times(5)),
                    contender,
                    sent[0] / usage.seconds());
            samples.add(
                    Metric.less(0, "CPU of three brokers per acks=all request", "µs"),
                    contender,
                    usage.cpuSeconds() * 1e6 / sent[0]);
        }
    }

    private void latencies(Cluster cluster, String contender, Samples samples) throws Exception {
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, RECORD_BYTES, Map.of())) {
            String what = "acks=all latency at " + perSecond + "/s";
            // What comes at a fixed rate goes other ways than what comes as fast as it can, through followers
            // that wait.
            WarmUp.AT_RATE.run(what, contender, cluster::cpuSeconds, samples, () -> {
                return load.atRate(perSecond, WarmUp.AT_RATE_WINDOW).getTotalCount();
            });
            Histogram[] us = new Histogram[1];
            Usage usage = cluster.measured(() -> us[0] = load.atRate(perSecond, duration));
            samples.addLatencies(8, what, Goal.times(2), Goal.times(3), contender, us[0]);
            samples.add(
                    Metric.less(0, "CPU of three brokers per acks=all record at " + perSecond + "/s", "µs"),
                    contender,
                    usage.cpuSeconds() * 1e6 / us[0].getTotalCount());
        }
    }
}
