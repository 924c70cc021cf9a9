package io.millrace.bench.rig;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Row 4: a broker with a log is killed and started again; how long until it takes the next record.
 *
 * @param settled whether it is killed only when it has brought all but the last segment to disk and said so in its checkpoints; else right
 *     after the last record, and then it depends on how fast it was written what Kafka knows of it
 */
record RecoveryRow(int megabytes, boolean settled) implements Row {
    private static final String TOPIC = "log";
    private static final int RECORD_BYTES = 1000;

    /** The goal is for so much. */
    private static final int TARGET_MEGABYTES = 10_000;

    /**
     * By then ZooKeeper has noticed that the broker is gone, at the next of its ticks of 3 s after the session was over; Kafka refuses to
     * start before. The wait does not count.
     */
    private static final long SESSION_OVER_MS = Cluster.SESSION_TIMEOUT_MS + 5_000;

    /** Both write how far logs are on the disk half a minute after the start and then once a minute ({@code log.flush.offset.checkpoint.interval.ms}). */
    private static final long CHECKPOINTS_MS = 65_000;

    @Override
    public String id() {
        return "recovery-" + megabytes + (settled ? "-settled" : "");
    }

    @Override
    public String title() {
        return "start after kill -9 with " + megabytes + " MB of log"
                + (settled ? ", a minute after the last record" : "");
    }

    @Override
    public int brokers() {
        return 1;
    }

    @Override
    public boolean hasGoal() {
        return megabytes >= TARGET_MEGABYTES && !settled;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        Topics.create(cluster, TOPIC, 1, 1);
        try (ProducerLoad load = load(cluster)) {
            load.records(megabytes * 1_000_000L / RECORD_BYTES);
        }
        if (settled) {
            Thread.sleep(CHECKPOINTS_MS);
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
            Metric start = Metric.less(4, title(), "s").goal(hasGoal() ? Goal.times(10) : Goal.NONE, Goal.atMost(0.2));
            Metric cpu = Metric.less(0, title() + ", CPU", "s");
            samples.add(
                    settled ? start : start.at("start after kill -9 with N MB of log", megabytes),
                    contender.name(),
                    cluster.broker().age());
            samples.add(
                    settled ? cpu : cpu.at("start after kill -9 with N MB of log, CPU", megabytes),
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
