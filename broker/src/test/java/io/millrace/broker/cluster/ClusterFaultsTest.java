package io.millrace.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.cluster.Faults.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three brokers and ZooKeeper, each a process, with stock clients on them, and what befalls processes: nothing that was
 * acknowledged is lost, nothing is there twice, the order holds, and all replicas agree.
 *
 * <p>The normal run inflicts each kind of fault of a list once. {@code -Dmillrace.chaos.minutes=N} goes on at random for so long,
 * from {@code -Dmillrace.chaos.seed=S} or a seed that is printed, with {@code -Dmillrace.chaos.faults=A,B} of these only;
 * {@code -Dmillrace.chaos.network=true} also cuts the network between servers, as root; {@code -Dmillrace.chaos.kafka=DIR} does
 * it to Apache Kafka, whose jars are in DIR.
 */
class ClusterFaultsTest {
    private static final String TOPIC = "chaos";
    private static final int PARTITIONS = 3;
    private static final Map<String, String> SAFE = Map.of(
            "min.insync.replicas", "2",
            "offsets.topic.replication.factor", "3",
            "default.replication.factor", "3",
            "unclean.leader.election.enable", "false");

    /** What a failure left is looked at: logs of the brokers, and {@code bin/dump-log.sh} of the segments. */
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path dir;

    @Test
    void losesNothingWhileBrokersAndZooKeeperComeAndGo() throws Exception {
        run(
                newCluster(),
                List.of(
                        Kind.KILL_LEADER,
                        Kind.KILL_FOLLOWER,
                        Kind.KILL_CONTROLLER,
                        Kind.PAUSE_LEADER_LONG,
                        Kind.EXPIRE_LEADER,
                        Kind.ZOOKEEPER_KILL,
                        Kind.KILL_ALL,
                        Kind.ROLLING_RESTART));
    }

    @Test
    void losesNothingWithAZooKeeperServerInEachBroker() throws Exception {
        run(ProcessCluster.millraceAlone(dir, SAFE), List.of(Kind.KILL_CONTROLLER, Kind.KILL_ALL));
    }

    @Test
    @EnabledIfSystemProperty(named = "millrace.chaos.minutes", matches = "\\d+")
    void losesNothingForAsLongAsOneLikes() throws Exception {
        run(newCluster(), List.of());
    }

    /** The checker can fail: with acks=1 what a leader alone has dies with it, though everything else is as above. */
    @Test
    @EnabledIfSystemProperty(named = "millrace.chaos.control", matches = "true")
    void losesRecordsUnderAcksOne() throws Exception {
        History history = new History();
        try (ProcessCluster cluster = newCluster().start();
                ClusterView view = new ClusterView(cluster.bootstrap(), TOPIC)) {
            view.createTopic(1, Map.of("min.insync.replicas", "1"));
            view.awaitInSync();
            Map<String, Object> careless = Map.of("acks", "1", "enable.idempotence", "false", "retries", "0");
            try (Workload workload =
                    new Workload(history, cluster.bootstrap(), TOPIC, 1, careless, Map.of()).start(1, 500)) {
                Faults faults = new Faults(cluster, view, workload, history, new Random(1), 1);
                faults.awaitProgress();
                int leader = view.leader(0);
                List<Integer> followers =
                        cluster.ids().stream().filter(id -> id != leader).toList();
                followers.forEach(id -> cluster.broker(id).pause());
                long before = history.ackedCount();
                Faults.rest(1_500);
                assertThat(history.ackedCount())
                        .as("acknowledged by the leader alone")
                        .isGreaterThan(before);
                cluster.broker(leader).kill();
                followers.forEach(id -> cluster.broker(id).resume());
                faults.awaitProgress();
                cluster.broker(leader).launch();
                cluster.broker(leader).awaitListening();
                workload.stopSending();
                workload.readAll();
            }
        }
        Map<Violation.Kind, Long> found = HistoryChecker.check(history).stream()
                .collect(Collectors.groupingBy(Violation::kind, TreeMap::new, Collectors.counting()));
        System.out.println("Control run with acks=1: " + history.ackedCount() + " acknowledged, found " + found);
        assertThat(found).containsKey(Violation.Kind.LOST);
    }

    private void run(ProcessCluster made, List<Kind> kinds) throws Exception {
        long seed = Long.getLong("millrace.chaos.seed", System.nanoTime());
        Random random = new Random(seed);
        System.out.println("Faults with seed " + seed);
        History history = new History();
        Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
        List<Violation> violations = new ArrayList<>();
        long beganNs = System.nanoTime();
        try (ProcessCluster cluster = made.start();
                ClusterView view = new ClusterView(cluster.bootstrap(), TOPIC);
                Workload workload = new Workload(history, cluster.bootstrap(), TOPIC, PARTITIONS, Map.of(), Map.of())) {
            view.createTopic(PARTITIONS, Map.of("min.insync.replicas", "2"));
            view.awaitInSync();
            workload.start(2, 150);
            Faults faults = new Faults(cluster, view, workload, history, random, PARTITIONS);
            faults.awaitProgress();
            if (kinds.isEmpty()) {
                List<Kind> choice = choice(cluster.hasNetwork());
                long endNs = System.nanoTime()
                        + Duration.ofMinutes(Integer.getInteger("millrace.chaos.minutes"))
                                .toNanos();
                while (System.nanoTime() < endNs) {
                    inflict(choice.get(random.nextInt(choice.size())), faults, workload, counts);
                    if (random.nextBoolean()) {
                        view.awaitInSync();
                    }
                }
            } else {
                for (Kind kind : kinds) {
                    inflict(kind, faults, workload, counts);
                    view.awaitInSync();
                }
            }
            view.awaitInSync();
            workload.stopSending();
            workload.stopReading();
            long records = workload.readAll();
            assertThat(workload.errors()).as("errors of the clients").isEmpty();
            violations.addAll(HistoryChecker.check(history));

            cluster.ids().forEach(id -> cluster.broker(id).terminate());
            cluster.ids().forEach(id -> cluster.broker(id).awaitExit("SIGTERM"));
            for (Map.Entry<Integer, History.Read> each : history.finalReads().entrySet()) {
                violations.addAll(ReplicaLogs.compare(
                        each.getKey(),
                        cluster.ids().stream()
                                .collect(Collectors.toMap(
                                        id -> id, id -> cluster.logDir(id).resolve(TOPIC + "-" + each.getKey()))),
                        each.getValue().offsets().size()));
            }
            System.out.println(
                    counts.values().stream().mapToInt(Integer::intValue).sum() + " faults " + counts + " in "
                            + Duration.ofNanos(System.nanoTime() - beganNs).toSeconds() + " s with seed " + seed + ": "
                            + history.sentCount() + " sent, " + history.ackedCount() + " acknowledged, " + records
                            + " in the log, " + violations.size() + " violations");
            assertThat(violations.stream().limit(20))
                    .as(() -> violations.size() + " violations\n" + cluster.tails())
                    .isEmpty();
        }
        assertThat(IntStream.range(0, PARTITIONS).allMatch(partition -> history.ackedCount(partition) > 0))
                .isTrue();
    }

    /** The faults of the long form: {@code -Dmillrace.chaos.faults=KILL_LEADER,STOP_LEADER}, or all. */
    private static List<Kind> choice(boolean network) {
        String named = System.getProperty("millrace.chaos.faults");
        return named == null
                ? Stream.of(Kind.values())
                        .filter(kind -> network || !kind.isCut())
                        .toList()
                : Stream.of(named.split(",")).map(Kind::valueOf).toList();
    }

    private static void inflict(Kind kind, Faults faults, Workload workload, Map<Kind, Integer> counts)
            throws Exception {
        workload.measureGaps();
        long startNs = System.nanoTime();
        faults.inflict(kind);
        counts.merge(kind, 1, Integer::sum);
        System.out.println("  " + kind + ": "
                + Duration.ofNanos(System.nanoTime() - startNs).toMillis() + " ms, longest wait for an acknowledgement "
                + workload.longestGapMs() + " ms");
    }

    private ProcessCluster newCluster() throws Exception {
        if (Boolean.getBoolean("millrace.chaos.network")) {
            return ProcessCluster.millrace(dir, SAFE, new Network(1 + ProcessCluster.BROKERS));
        }
        String kafka = System.getProperty("millrace.chaos.kafka");
        return kafka == null ? ProcessCluster.millrace(dir, SAFE) : ProcessCluster.kafka(dir, SAFE, Path.of(kafka));
    }
}
