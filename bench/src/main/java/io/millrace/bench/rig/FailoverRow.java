package io.millrace.bench.rig;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Row 14: the leader of a partition is killed under load; how long no record is acknowledged. */
record FailoverRow() implements Row {
    private static final String TOPIC = "failover";
    private static final int BROKERS = 3;
    private static final int PER_SECOND = 100;
    private static final long BEFORE_MS = 3_000;
    private static final long LIMIT_MS = 60_000;
    private static final long NOT_YET = Long.MAX_VALUE;

    @Override
    public String id() {
        return "failover";
    }

    @Override
    public String title() {
        return "the leader is killed";
    }

    @Override
    public int brokers() {
        return BROKERS;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        // The first broker is the controller as a rule; the leader is another.
        Topics.createOn(cluster, TOPIC, List.of(2, 3, 1));
        AtomicLong killedNs = new AtomicLong(NOT_YET);
        AtomicLong pauseNs = new AtomicLong();
        Map<String, Object> settings =
                Map.of(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 20, ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 20);
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, 100, settings)) {
            load.one();
            Thread killer = new Thread(() -> killLater(cluster, killedNs), "killer");
            killer.start();
            long startNs = System.nanoTime();
            load.atRateUntil(
                    PER_SECOND, () -> pauseNs.get() > 0 || System.nanoTime() - startNs > LIMIT_MS * 1_000_000, () -> {
                        long killed = killedNs.get();
                        if (killed != NOT_YET) {
                            pauseNs.compareAndSet(0, System.nanoTime() - killed);
                        }
                    });
            killer.join();
        }
        if (pauseNs.get() == 0) {
            throw new IllegalStateException("No record was acknowledged within " + LIMIT_MS + " ms");
        }
        samples.add(
                Metric.less(14, "pause after kill -9 of a leader, session timeout 6 s", "s", 2),
                contender.name(),
                pauseNs.get() / 1e9);
    }

    private static void killLater(Cluster cluster, AtomicLong killedNs) {
        try {
            Thread.sleep(BEFORE_MS);
            cluster.brokers().get(1).kill();
            // An answer of the dead may still have been on its way before.
            Thread.sleep(50);
            killedNs.set(System.nanoTime() - 50_000_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
