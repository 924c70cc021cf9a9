package io.millrace.broker.cluster;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers and Kafka's own clients: what is acknowledged is on all replicas in sync, whoever goes away. */
@Tag("kafka")
class ReplicationTest {
    @TempDir
    Path dir;

    private TestNodes nodes;
    private StockClients clients;

    @BeforeEach
    void start() throws Exception {
        nodes = new TestNodes(dir, Map.of("replica.lag.time.max.ms", "2000", "num.replica.fetchers", "2"))
                .start(1, 2, 3);
        clients = new StockClients(nodes::bootstrap);
    }

    @AfterEach
    void stop() {
        clients.close();
        nodes.close();
    }

    @Test
    void acknowledgedRecordsOutliveTheirLeader() throws Exception {
        clients.createTopic("t", 3, 3, Map.of("min.insync.replicas", "2"));
        List<String> acknowledged = new ArrayList<>();
        try (KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            acknowledged.addAll(produce(producer, "t", 0, 500));
            int leader = clients.leader(new TopicPartition("t", 0));
            nodes.stop(leader);
            acknowledged.addAll(produce(producer, "t", 500, 500));
        }

        assertThat(new TreeSet<>(clients.readAll("t", 1_000))).isEqualTo(new TreeSet<>(acknowledged));
    }

    @Test
    void aBrokerThatComesBackCatchesUpAndIsInSyncAgain() throws Exception {
        clients.createTopic("t", 1, 3, Map.of("min.insync.replicas", "2"));
        TopicPartition partition = new TopicPartition("t", 0);
        try (KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            produce(producer, "t", 0, 100);
            int follower = clients.isr(partition).stream()
                    .filter(id -> id != clients.leader(partition))
                    .findFirst()
                    .orElseThrow();
            nodes.stop(follower);
            await(
                    "the broker that was stopped is out of sync",
                    () -> clients.isr(partition).size() == 2);
            produce(producer, "t", 100, 100);
            nodes.start(follower);
            await("it is in sync again", () -> clients.isr(partition).size() == 3);
            produce(producer, "t", 200, 100);
        }
        assertThat(clients.readAll("t", 300)).hasSize(300);
    }

    @Test
    void whatWasDeletedDoesNotComeBackWithAnotherLeader() throws Exception {
        clients.createTopic("t", Map.of(0, List.of(1, 2, 3)), Map.of());
        TopicPartition partition = new TopicPartition("t", 0);
        try (KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            produce(producer, "t", 0, 20);
        }
        assertThat(clients.deleteRecords(partition, 7)).isEqualTo(7);
        nodes.stop(1);
        await("another one leads", () -> clients.leader(partition) > 1);
        assertThat(clients.startOffset(partition)).isEqualTo(7);
    }

    @Test
    void refusesToTakeMoreThanEnoughReplicasCanHold() throws Exception {
        clients.createTopic("t", Map.of(0, List.of(1, 2, 3)), Map.of("min.insync.replicas", "2"));
        TopicPartition partition = new TopicPartition("t", 0);
        try (KafkaProducer<String, String> producer =
                clients.producer(Map.of("retries", "0", "enable.idempotence", "false"))) {
            produce(producer, "t", 0, 10);
            nodes.stop(2);
            nodes.stop(3);
            await("the leader is alone", () -> clients.isr(partition).size() == 1);
            assertThatThrownBy(() -> produce(producer, "t", 10, 1))
                    .hasCauseInstanceOf(NotEnoughReplicasException.class);
            nodes.start(3);
            await("another has caught up", () -> clients.isr(partition).size() == 2);
        }
        try (KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            produce(producer, "t", 10, 10);
        }
        assertThat(clients.readAll("t", 20)).hasSize(20);
    }

    @Test
    void aFormerLeaderCutsOffWhatItsSuccessorNeverHad() throws Exception {
        clients.createTopic(
                "t",
                Map.of(0, List.of(2, 3)),
                Map.of("min.insync.replicas", "1", "unclean.leader.election.enable", "true"));
        TopicPartition partition = new TopicPartition("t", 0);
        try (KafkaProducer<String, String> producer = clients.producer(Map.of("enable.idempotence", "false"))) {
            produce(producer, "t", 0, 20);
            nodes.stop(3);
            await("the follower is out of sync", () -> clients.isr(partition).equals(Set.of(2)));
            produce(producer, "t", 20, 7);
            nodes.stop(2);
            nodes.start(3);
            await("the one that lacks records leads", () -> clients.leader(partition) == 3);
            produce(producer, "t", 100, 11);
            nodes.start(2);
            await("both are in sync", () -> clients.isr(partition).size() == 2);
            produce(producer, "t", 200, 5);
        }
        List<String> values = clients.readAll("t", 36);
        assertThat(values)
                .hasSize(36)
                .doesNotContain("value-20", "value-26")
                .contains("value-19", "value-100", "value-204");

        nodes.stop(2);
        nodes.stop(3);
        String segment = "t-0/00000000000000000000.log";
        assertThat(Files.readAllBytes(nodes.logDir(2).resolve(segment)))
                .isEqualTo(Files.readAllBytes(nodes.logDir(3).resolve(segment)));
    }

    @Test
    void sendsConsumersToTheReplicaInTheirRack() throws Exception {
        stop();
        nodes = new TestNodes(
                dir.resolve("racks"),
                Map.of("replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector"));
        for (int id = 1; id <= 3; id++) {
            nodes.start(id, Map.of("broker.rack", "rack-" + id));
        }
        clients = new StockClients(nodes::bootstrap);
        clients.createTopic("t", Map.of(0, List.of(1, 2, 3)), Map.of());
        TopicPartition partition = new TopicPartition("t", 0);
        try (KafkaProducer<String, String> producer = clients.producer(Map.of());
                KafkaConsumer<String, String> consumer = clients.consumer(Map.of("client.rack", "rack-2"))) {
            consumer.assign(List.of(partition));
            List<String> values = new ArrayList<>();
            for (int round = 1; round <= 3; round++) {
                produce(producer, "t", round * 100, 50);
                int wanted = round * 50;
                await("all is read", () -> {
                    consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
                    return values.size() >= wanted;
                });
                assertThat(values).hasSize(wanted);
            }
            assertThat(preferredReplica(consumer)).isEqualTo(2);
        }
    }

    private static int preferredReplica(KafkaConsumer<String, String> consumer) {
        return consumer.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals("preferred-read-replica"))
                .mapToInt(metric -> ((Number) metric.getValue().metricValue()).intValue())
                .max()
                .orElse(-1);
    }

    private static List<String> produce(KafkaProducer<String, String> producer, String topic, int from, int count)
            throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            values.add("value-" + i);
            sent.add(producer.send(new ProducerRecord<>(topic, "key-" + i, "value-" + i)));
        }
        for (Future<RecordMetadata> future : sent) {
            future.get();
        }
        return values;
    }
}
