package io.millrace.bench.rig;

import java.time.Duration;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.ProducerConfig;

/** How long records of one size take at a fixed rate, and what each costs the brokers, with one of the ways to acknowledge them. */
record LatencyRow(int brokers, String acks, int recordBytes, int perSecond, Duration duration) implements Row {
    private static final String TOPIC = "latency";

    @Override
    public String id() {
        return "latency-" + brokers + "-brokers-acks-" + acks + "-" + recordBytes + "-bytes";
    }

    @Override
    public String title() {
        return perSecond + " records of " + recordBytes + " B a second, acks=" + acks + ", " + brokers + " brokers";
    }

    @Override
    public boolean hasGoal() {
        return false;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, TOPIC, 1, brokers);
        Map<String, Object> settings =
                Map.of(ProducerConfig.ACKS_CONFIG, acks, ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, acks.equals("all"));
        String by = contender.name();
        String what = "acks=" + acks + " latency at " + perSecond + "/s, " + recordBytes + " B, "
                + (brokers == 1 ? "one broker" : brokers + " brokers");
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, recordBytes, settings)) {
            WarmUp.AT_RATE.run(what, by, cluster::cpuSeconds, samples, () -> {
                return load.atRate(perSecond, WarmUp.AT_RATE_WINDOW).getTotalCount();
            });
            Histogram[] us = new Histogram[1];
            Usage usage = cluster.measured(() -> us[0] = load.atRate(perSecond, duration));
            samples.addLatencies(0, what, Goal.NONE, Goal.NONE, by, us[0]);
            samples.add(
                    Metric.less(0, what + ": CPU of the brokers per record", "µs"),
                    by,
                    usage.cpuSeconds() * 1e6 / us[0].getTotalCount());
        }
    }
}
