package io.millrace.broker.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures how long a producer with default settings waits while leaders go, on a machine that has nothing else to do:
 * {@code -Dmillrace.failover.rounds=5}. The broker that goes is each time the controller, which also leads; with a ZooKeeper in each broker
 * that may be the leading one, too. It prints the figures and holds them to what is promised. {@code -Dmillrace.failover.dir=DIR} keeps
 * what the brokers say.
 */
@EnabledIfSystemProperty(named = "millrace.failover.rounds", matches = "\\d+")
class FailoverTimesTest {
    private static final String TOPIC = "failover";
    private static final int PARTITIONS = 3;
    private static final long SHUTDOWN_LIMIT_MS = 500;
    private static final Map<String, String> SETTINGS =
            Map.of("min.insync.replicas", "2", "offsets.topic.replication.factor", "3");

    private final int rounds = Integer.getInteger("millrace.failover.rounds");

    @TempDir
    Path temp;

    @Test
    void withAZooKeeperOfItsOwn() throws Exception {
        Path dir = dir("apart");
        measure(ProcessCluster.millrace(dir, SETTINGS));
    }

    @Test
    void withAZooKeeperInEachBroker() throws Exception {
        Path dir = dir("inside");
        measure(ProcessCluster.millraceAlone(dir, SETTINGS));
    }

    private Path dir(String name) throws Exception {
        String kept = System.getProperty("millrace.failover.dir");
        return Files.createDirectories((kept == null ? temp : Path.of(kept)).resolve(name));
    }

    private void measure(ProcessCluster made) throws Exception {
        List<Long> killed = new ArrayList<>();
        List<Long> stopped = new ArrayList<>();
        try (ProcessCluster cluster = made.start();
                ClusterView view = new ClusterView(cluster.bootstrap(), TOPIC)) {
            view.createTopic(PARTITIONS, Map.of());
            view.awaitInSync();
            try (Sender sender = new Sender(cluster.bootstrap())) {
                for (int round = 0; round < rounds; round++) {
                    settle(cluster, view);
                    int controller = cluster.controller();
                    sender.forget();
                    System.out.println("kill -9 of broker " + controller + " at " + LocalTime.now());
                    cluster.broker(controller).kill();
                    view.awaitLed(controller);
                    sender.awaitAll();
                    killed.add(sender.longestWaitMs());
                    cluster.broker(controller).launch();
                    cluster.broker(controller).awaitListening();

                    settle(cluster, view);
                    int next = cluster.controller();
                    sender.forget();
                    System.out.println("SIGTERM to broker " + next + " at " + LocalTime.now());
                    cluster.broker(next).stop();
                    sender.awaitAll();
                    stopped.add(sender.longestWaitMs());
                    cluster.broker(next).launch();
                    cluster.broker(next).awaitListening();
                }
            }
        }
        System.out.println("longest wait of a record, kill -9 of controller and leader: " + killed + " ms; SIGTERM: "
                + stopped + " ms; session timeout " + ProcessCluster.SESSION_TIMEOUT_MS + " ms");
        assertThat(Collections.max(killed)).as("failover").isLessThan(ProcessCluster.SESSION_TIMEOUT_MS + 1_000);
        assertThat(Collections.max(stopped)).as("controlled shutdown").isLessThan(SHUTDOWN_LIMIT_MS);
    }

    /** All replicas in sync, and each broker leads again what it is to lead. */
    private static void settle(ProcessCluster cluster, ClusterView view) throws Exception {
        cluster.awaitRegistered();
        view.awaitBrokers();
        view.awaitInSync();
        // A client of its own, since one that knows a former controller is told so and gives up.
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
            admin.electLeaders(ElectionType.PREFERRED, null).partitions().get(30, TimeUnit.SECONDS);
        }
        // What is told of a moment before the fault would count as its doing.
        Faults.rest(2_000);
    }

    /** One record at a time to each partition, a hundred a second, each as a producer with default settings sends it. */
    private static final class Sender implements AutoCloseable {
        private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(10);
        private static final Duration LIMIT = Duration.ofSeconds(60);

        private final KafkaProducer<byte[], byte[]> producer;
        private final AtomicLongArray longestNs = new AtomicLongArray(PARTITIONS);
        private final AtomicLongArray acknowledged = new AtomicLongArray(PARTITIONS);
        private final Set<Throwable> errors = java.util.concurrent.ConcurrentHashMap.newKeySet();
        private final AtomicBoolean closed = new AtomicBoolean();
        private final Thread thread = new Thread(this::send, "sender");

        Sender(String bootstrap) {
            producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", bootstrap), new ByteArraySerializer(), new ByteArraySerializer());
            thread.start();
        }

        private void send() {
            byte[] value = new byte[100];
            while (!closed.get()) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    int to = partition;
                    long sentNs = System.nanoTime();
                    producer.send(new ProducerRecord<>(TOPIC, to, null, value), (metadata, error) -> {
                        if (error != null) {
                            errors.add(error);
                        }
                        longestNs.accumulateAndGet(to, System.nanoTime() - sentNs, Math::max);
                        acknowledged.incrementAndGet(to);
                    });
                }
                LockSupport.parkNanos(PAUSE_NS);
            }
        }

        void forget() {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                longestNs.set(partition, 0);
            }
        }

        /** Waits until every partition has answered for records that were sent from now on. */
        void awaitAll() {
            long deadlineNs = System.nanoTime() + LIMIT.toNanos();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                long wanted = acknowledged.get(partition) + 1_000;
                while (acknowledged.get(partition) < wanted) {
                    assertThat(System.nanoTime())
                            .as("no answer within " + LIMIT)
                            .isLessThan(deadlineNs);
                    Faults.rest(10);
                }
            }
            assertThat(errors).isEmpty();
        }

        long longestWaitMs() {
            long longest = 0;
            for (int partition = 0; partition < PARTITIONS; partition++) {
                longest = Math.max(longest, longestNs.get(partition));
            }
            return longest / 1_000_000;
        }

        @Override
        public void close() throws Exception {
            closed.set(true);
            thread.join();
            producer.close(Duration.ZERO);
        }
    }
}
