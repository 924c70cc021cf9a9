package io.millrace.bench.rig;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Row 4: a broker with a log is killed and started again; how long until it takes the next record. */
record RecoveryRow(int megabytes) implements Row {
    private static final String TOPIC = "log";
    private static final int RECORD_BYTES = 1000;

    /** The goal is for so much. */
    private static final int TARGET_MEGABYTES = 10_000;

    /**
     * By then ZooKeeper has noticed that the broker is gone, at the next of its ticks of 3 s after the session was over; Kafka refuses to
     * start before. The wait does not count.
     */
    private static final long SESSION_OVER_MS = Cluster.SESSION_TIMEOUT_MS + 5_000;

    @Override
    public String id() {
        return "recovery-" + megabytes;
    }

    @Override
    public String title() {
        return "start after kill -9 with " + megabytes + " MB of log";
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public boolean hasGoal() {
        return megabytes >= TARGET_MEGABYTES;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, TOPIC, 1, 1);
        try (ProducerLoad load = load(cluster)) {
            load.records(megabytes * 1_000_000L / RECORD_BYTES);
        }
        cluster.broker().kill();
        // Either finds what it wrote on the disk; only one of them has to wait for something else, in which it would
        // get there too.
        Quiet.Machine.sync();
        if (contender.needsZooKeeper()) {
            Thread.sleep(SESSION_OVER_MS);
        }
        cluster.broker().restart();
        try (ProducerLoad load = load(cluster)) {
            load.one();
            String what = "start after kill -9 with " + megabytes + " MB of log";
            samples.add(
                    Metric.less(4, what, "s")
                            .goal(megabytes >= TARGET_MEGABYTES ? Goal.times(10) : Goal.NONE, Goal.atMost(0.2))
                            .at("start after kill -9 with N MB of log", megabytes),
                    contender.name(),
                    cluster.broker().age());
            samples.add(
                    Metric.less(0, what + ", CPU", "s").at("start after kill -9 with N MB of log, CPU", megabytes),
                    contender.name(),
                    cluster.cpuSeconds());
        }
    }

    private static ProducerLoad load(Cluster cluster) {
        return new ProducerLoad(
                cluster.bootstrap(),
                TOPIC,
                RECORD_BYTES,
                Map.of(ProducerConfig.ACKS_CONFIG, "1", ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false));
    }
}
