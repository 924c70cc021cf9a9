package io.millrace.bench.rig;

import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Row 5: records of 100 bytes, each in a request of its own, at a fixed rate; what a request costs the broker and how long it takes.
 */
record SmallRequestsRow(int partitions, int perSecond, Duration duration) implements Row {
    private static final String TOPIC = "small";
    private static final int RECORD_BYTES = 100;

    /** First as fast as it goes, until all is compiled, which takes some ten thousands of requests; then as it is measured. */
    private static final WarmUp FAST = new WarmUp(3, 10);

    private static final int FAST_WINDOW = 20_000;

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
    public boolean hasGoal() {
        return partitions == 1;
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
        String by = contender.name();
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, RECORD_BYTES, settings)) {
            FAST.run(id() + ", as fast as it goes", by, cluster::cpuSeconds, samples, () -> {
                load.records(FAST_WINDOW);
                return FAST_WINDOW;
            });
            WarmUp.AT_RATE.run(id() + ", at " + perSecond + "/s", by, cluster::cpuSeconds, samples, () -> {
                return load.atRate(perSecond, WarmUp.AT_RATE_WINDOW).getTotalCount();
            });
            Histogram[] us = new Histogram[1];
            Usage usage = cluster.measured(() -> us[0] = load.atRate(perSecond, duration));
            String suffix = partitions == 1 ? "" : ", " + partitions + " partitions";
            samples.add(
                    Metric.less(5, "CPU per small produce request" + suffix, "µs")
                            .goal(Goal.times(3), Goal.times(5))
                            .at("CPU per small produce request over N partitions", partitions),
                    by,
                    usage.cpuSeconds() * 1e6 / us[0].getTotalCount());
            samples.addLatencies(0, "acks=1 latency at " + perSecond + "/s" + suffix, Goal.NONE, Goal.NONE, by, us[0]);
            if (partitions == 1) {
                samples.add(
                        Metric.less(11, "memory under small requests (RssAnon)", "MiB")
                                .goal(Goal.times(3), Goal.times(5)),
                        by,
                        Proc.rssAnonMiB(cluster.broker().pid()));
            }
        }
    }
}
