package io.millrace.broker.cluster;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
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
        nodes = new TestNodes(dir, Map.of("replica.lag.time.max.ms", "2000")).start(1, 2, 3);
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
