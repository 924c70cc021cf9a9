package io.millrace.bench.rig;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Rows 10, 11 and 13: how long until the first record is acknowledged, and what a broker costs that has nothing to do. */
record StartRow(Duration idle) implements Row {
    private static final Metric WALL =
            Metric.less(10, "start to first produce", "s").goal(Goal.times(4), Goal.times(8));
    private static final Metric CPU =
            Metric.less(10, "start to first produce, CPU", "s").goal(Goal.times(4), Goal.times(8));
    private static final Metric MEMORY =
            Metric.less(11, "memory when idle (RssAnon)", "MiB").goal(Goal.times(3), Goal.times(5));
    private static final Metric THREADS = Metric.less(0, "threads when idle", "");
    private static final Metric IDLE_CPU =
            Metric.less(13, "CPU when idle", "ms/s").goal(Goal.times(3), Goal.times(10));

    /**
     * The client asks again soon, of whoever it is: left to itself it sleeps for 100 ms to 1 s after each refusal, longer the longer
     * a broker takes to come up, and the row would tell of its pauses and not of the brokers.
     */
    private static final Map<String, Object> IMPATIENT = Map.of(
            ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 10,
            ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 10,
            ProducerConfig.RECONNECT_BACKOFF_MS_CONFIG, 10,
            ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 10);

    /** Until the JIT compiler is done with what the start gave it to do. */
    private static final long SETTLE_MS = 5_000;

    @Override
    public String id() {
        return "start";
    }

    @Override
    public String title() {
        return "start to first produce, then idle";
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Cluster.Broker broker = cluster.broker();
        // The topic is created by the first record, as most first topics are.
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), "first", 100, IMPATIENT)) {
            load.one();
            samples.add(WALL, contender.name(), broker.age());
            samples.add(CPU, contender.name(), broker.cpuSeconds());
        }
        Thread.sleep(SETTLE_MS);
        Usage usage = cluster.measured(() -> Thread.sleep(idle.toMillis()));
        samples.add(IDLE_CPU, contender.name(), usage.cpuSeconds() * 1_000 / usage.seconds());
        samples.add(MEMORY, contender.name(), Proc.rssAnonMiB(broker.pid()));
        samples.add(THREADS, contender.name(), Proc.threads(broker.pid()));
    }
}
