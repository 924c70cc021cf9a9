package io.millrace.bench.rig;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Row 14: the leader of a partition is killed under load; how long no record is acknowledged that was sent after.
 *
 * @param controller whether it is the controller too, so that another has to be elected first
 */
record FailoverRow(boolean controller) implements Row {
    private static final String TOPIC = "failover";
    private static final int BROKERS = 3;
    private static final int PER_SECOND = 100;
    private static final long BEFORE_MS = 3_000;
    private static final long LIMIT_MS = 60_000;
    private static final long NOT_YET = Long.MAX_VALUE;

    @Override
    public String id() {
        return controller ? "failover-controller" : "failover";
    }

    @Override
    public String title() {
        return controller ? "the leader is killed, which is the controller" : "the leader is killed";
    }

    @Override
    public int brokers() {
        return BROKERS;
    }

    @Override
    public boolean hasGoal() {
        return !controller;
    }

    @Override
    public void measure(Cluster cluster, Contender contender, Samples samples) throws Exception {
        int controllerId = Topics.controller(cluster);
        int next = controllerId % BROKERS + 1;
        int last = next % BROKERS + 1;
        List<Integer> replicas = controller ? List.of(controllerId, next, last) : List.of(next, last, controllerId);
        Topics.createOn(cluster, TOPIC, replicas);
        AtomicLong killNs = new AtomicLong(NOT_YET);
        AtomicLong killedNs = new AtomicLong(NOT_YET);
        AtomicLong pauseNs = new AtomicLong();
        Map<String, Object> settings =
                Map.of(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 20, ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 20);
        try (ProducerLoad load = new ProducerLoad(cluster.bootstrap(), TOPIC, 100, settings)) {
            load.one();
            Cluster.Broker leader = cluster.brokers().get(replicas.get(0) - 1);
            Thread killer = new Thread(() -> killLater(leader, killNs, killedNs), "killer");
            killer.start();
            long startNs = System.nanoTime();
            load.atRateUntil(
                    PER_SECOND,
                    () -> pauseNs.get() > 0 || System.nanoTime() - startNs > LIMIT_MS * 1_000_000,
                    sentNs -> {
                        // What was sent before may have been answered by the dead.
                        long killed = killedNs.get();
                        if (killed != NOT_YET && sentNs > killed) {
                            pauseNs.compareAndSet(0, System.nanoTime() - killNs.get());
                        }
                    });
            killer.join();
        }
        if (pauseNs.get() == 0) {
            throw new IllegalStateException("No record was acknowledged within " + LIMIT_MS + " ms");
        }
        String who = controller ? "a leader that is the controller" : "a leader";
        Metric pause = Metric.less(14, "pause after kill -9 of " + who + ", session timeout 6 s", "s");
        samples.add(
                controller ? pause : pause.goal(Goal.times(2), Goal.times(10)), contender.name(), pauseNs.get() / 1e9);
    }

    private static void killLater(Cluster.Broker leader, AtomicLong killNs, AtomicLong killedNs) {
        try {
            Thread.sleep(BEFORE_MS);
            killNs.set(System.nanoTime());
            leader.killAtOnce();
            killedNs.set(System.nanoTime());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
