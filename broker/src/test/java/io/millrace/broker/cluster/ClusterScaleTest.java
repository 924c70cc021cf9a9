package io.millrace.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures a cluster with many partitions, on a machine that has nothing else to do: {@code -Dmillrace.scale.partitions=1000}. It prints
 * the figures and holds them to what is promised.
 */
@EnabledIfSystemProperty(named = "millrace.scale.partitions", matches = "\\d+")
class ClusterScaleTest {
    private static final String TOPIC = "wide";
    private static final int SETTLE_MS = 60_000;
    private static final int IDLE_MS = 30_000;

    @TempDir
    Path dir;

    @Test
    void createsRestartsFailsOverAndIdles() throws Exception {
        int partitions = Integer.getInteger("millrace.scale.partitions");
        // Segments of any size are made as they fill; ZooKeeper and brokers are as in a small installation.
        Map<String, String> settings = Map.of("min.insync.replicas", "2", "offsets.topic.replication.factor", "3");
        try (ProcessCluster cluster = ProcessCluster.millrace(dir, settings).start();
                ClusterView view = new ClusterView(cluster.bootstrap(), TOPIC)) {
            view.awaitBrokers();
            long created = took(() -> {
                view.createTopic(partitions, Map.of());
                view.awaitInSync();
            });
            System.out.println("created and in sync: " + created + " ms");

            Faults.rest(SETTLE_MS);
            for (int id : cluster.ids()) {
                long before = cpuMs(cluster.broker(id));
                Faults.rest(IDLE_MS / ProcessCluster.BROKERS);
                double percent = (cpuMs(cluster.broker(id)) - before) * 100.0 / (IDLE_MS / ProcessCluster.BROKERS);
                System.out.printf("broker %d idle: %.1f %% of a core%n", id, percent);
            }

            int restarted = cluster.ids().get(0);
            long stopped = took(() -> cluster.broker(restarted).stop());
            long back = took(() -> {
                cluster.broker(restarted).launch();
                cluster.broker(restarted).awaitListening();
                view.awaitInSync();
            });
            System.out.println("clean stop: " + stopped + " ms, start until in sync: " + back + " ms");

            int killed = cluster.controller();
            long failover = took(() -> {
                cluster.broker(killed).kill();
                view.awaitLed(killed);
            });
            System.out.println("failover after kill -9 of the controller: " + failover + " ms until all have leaders");
            assertThat(created).as("created").isLessThan(30_000);
            assertThat(failover).as("failover").isLessThan(ProcessCluster.SESSION_TIMEOUT_MS + 5_000);
            assertThat(stopped + back).as("restart").isLessThan(ProcessCluster.SESSION_TIMEOUT_MS + 5_000);
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private static long took(Step step) throws Exception {
        long startNs = System.nanoTime();
        step.run();
        return Duration.ofNanos(System.nanoTime() - startNs).toMillis();
    }

    /** Processor time of a process, as the kernel counts it in hundredths of a second. */
    private static long cpuMs(ServerProcess process) throws Exception {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(words[11]) + Long.parseLong(words[12])) * 10;
    }
}
