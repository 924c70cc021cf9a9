package io.millrace.bench.rig;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Rows 8 and 9: three brokers, acks=all; how many requests one connection gets through, and how long a record of 1 KiB takes. */
record ReplicatedRow(int perSecond, Duration warmUp, Duration duration) implements Row {
    private static final String TOPIC = "replicated";
    private static final int BROKERS = 3;
    private static final int SMALL_RECORD_BYTES = 100;
    private static final int RECORD_BYTES = 1_024;
    private static final int WAITING_BYTES = 64 << 10;

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
        // First at full speed, so that neither side is measured while its code is still being compiled.
        manyRequests(cluster, contender, samples);
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, RECORD_BYTES, Map.of())) {
            load.atRate(perSecond, warmUp);
            Histogram us = load.atRate(perSecond, duration);
            samples.addLatencies(
                    8, "acks=all latency at " + perSecond + "/s", Goal.times(2), Goal.times(3), contender.name(), us);
        }
    }

    // The stock settings, but each record is a request, of which five may be under way, and few wait behind them.
    private void manyRequests(Cluster cluster, Contender contender, Samples samples) throws IOException {
        Map<String, Object> settings =
                Map.of(ProducerConfig.BATCH_SIZE_CONFIG, 0, ProducerConfig.BUFFER_MEMORY_CONFIG, WAITING_BYTES);
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, SMALL_RECORD_BYTES, settings)) {
            load.forTime(warmUp);
            double before = cluster.cpuSeconds();
            long startNs = System.nanoTime();
            long sent = load.forTime(duration);
            double seconds = (System.nanoTime() - startNs) / 1e9;
            samples.add(
                    Metric.more(9, "acks=all requests through one connection", "/s", 3),
                    contender.name(),
                    sent / seconds);
            samples.add(
                    Metric.less(0, "CPU of three brokers per acks=all request", "µs", 0),
                    contender.name(),
                    (cluster.cpuSeconds() - before) * 1e6 / sent);
        }
    }
}
