package io.millrace.bench.rig;

import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Row 5: records of 100 bytes, each in a request of its own, at a fixed rate; what a request costs the broker and how long it
 * takes.
 */
record SmallRequestsRow(int partitions, int perSecond, Duration warmUp, Duration duration) implements Row {
    private static final String TOPIC = "small";
    private static final int RECORD_BYTES = 100;

    @Override
    public String id() {
        return partitions == 1 ? "small" : "small-" + partitions;
    }

    @Override
    public String title() {
        return perSecond + " requests of 100 B a second to " + partitions + " partitions";
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, TOPIC, partitions, 1);
        Map<String, Object> settings = Map.of(
                ProducerConfig.ACKS_CONFIG,
                "1",
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                false,
                ProducerConfig.BATCH_SIZE_CONFIG,
                0);
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, RECORD_BYTES, settings)) {
            load.atRate(perSecond, warmUp);
            double before = cluster.cpuSeconds();
            Histogram us = load.atRate(perSecond, duration);
            double cpu = cluster.cpuSeconds() - before;
            String suffix = partitions == 1 ? "" : ", " + partitions + " partitions";
            samples.add(
                    Metric.less(5, "CPU per small produce request" + suffix, "µs", 3),
                    contender.name(),
                    cpu * 1e6 / (perSecond * duration.toSeconds()));
            samples.addLatencies(
                    0, "acks=1 latency at " + perSecond + "/s" + suffix, Goal.NONE, Goal.NONE, contender.name(), us);
            if (partitions == 1) {
                samples.add(
                        Metric.less(11, "memory under load (RssAnon)", "MiB", 3),
                        contender.name(),
                        Proc.rssAnonMiB(cluster.broker().pid()));
            }
        }
    }
}
