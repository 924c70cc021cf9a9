package io.millrace.broker.cluster;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers with a door for clients, one for each other and one for the controller, and Kafka's own clients at the first. */
@Tag("kafka")
class ListenersTest {
    private static final String CLIENTS = "CLIENTS";
    private static final String BROKERS = "BROKERS";
    private static final String CONTROL = "CONTROL";

    @TempDir
    Path dir;

    private TestNodes nodes;

    @BeforeEach
    void start() throws Exception {
        nodes = new TestNodes(
                dir,
                Map.of(
                        "listeners",
                        "CLIENTS://127.0.0.1:0,BROKERS://127.0.0.1:0,CONTROL://127.0.0.1:0",
                        "advertised.listeners",
                        "CLIENTS://localhost:0,BROKERS://127.0.0.1:0,CONTROL://127.0.0.1:0",
                        "listener.security.protocol.map",
                        "CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT,CONTROL:PLAINTEXT",
                        "inter.broker.listener.name",
                        BROKERS,
                        "control.plane.listener.name",
                        CONTROL));
        nodes.start(1, 2, 3);
    }

    @AfterEach
    void stop() {
        nodes.close();
    }

    @Test
    void clientsAreSentToTheDoorAtWhichTheyCame() throws Exception {
        for (String listener : List.of(CLIENTS, BROKERS)) {
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", nodes.bootstrap(listener)))) {
                await(
                        "all brokers are known at " + listener,
                        () -> admin.describeCluster()
                                        .nodes()
                                        .get(60, TimeUnit.SECONDS)
                                        .size()
                                == 3);
                admin.describeCluster().nodes().get(60, TimeUnit.SECONDS).forEach(node -> {
                    assertThat(node.port()).isEqualTo(nodes.port(node.id(), listener));
                    assertThat(node.host()).isEqualTo(listener.equals(CLIENTS) ? "localhost" : "127.0.0.1");
                });
            }
        }
    }

    @Test
    void nothingIsLostThoughALeaderStopsAndComesBack() throws Exception {
        TopicPartition partition = new TopicPartition("t", 0);
        List<String> acknowledged = new ArrayList<>();
        try (StockClients clients = new StockClients(() -> nodes.bootstrap(CLIENTS));
                KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            clients.createTopic("t", Map.of(0, List.of(1, 2, 3)), Map.of("min.insync.replicas", "2"));
            acknowledged.addAll(produce(producer, 0));
            // The first to start is the controller: another one has to find its way to the brokers too.
            nodes.stop(1);
            await("another one leads", () -> clients.leader(partition) != 1);
            acknowledged.addAll(produce(producer, 100));
            nodes.start(1);
            await("all are in sync again", () -> clients.isr(partition).size() == 3);
            acknowledged.addAll(produce(producer, 200));
            assertThat(new TreeSet<>(clients.readAll("t", 300))).isEqualTo(new TreeSet<>(acknowledged));
        }
    }

    private static List<String> produce(KafkaProducer<String, String> producer, int from) throws Exception {
        List<String> values = new ArrayList<>();
        for (int i = from; i < from + 100; i++) {
            values.add("value-" + i);
            producer.send(new ProducerRecord<>("t", "value-" + i)).get();
        }
        return values;
    }
}
