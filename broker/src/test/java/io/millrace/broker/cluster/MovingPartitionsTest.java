package io.millrace.broker.cluster;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers and Kafka's own clients: partitions and their leaders move, and nobody loses anything by it. */
@Tag("kafka")
class MovingPartitionsTest {
    private static final TopicPartition PARTITION = new TopicPartition("orders", 0);

    @TempDir
    Path dir;

    private TestNodes nodes;
    private StockClients clients;

    @BeforeEach
    void start() throws Exception {
        nodes = new TestNodes(dir, Map.of()).start(1, 2, 3);
        clients = new StockClients(nodes::bootstrap);
    }

    @AfterEach
    void stop() {
        clients.close();
        nodes.close();
    }

    @Test
    void recordsMoveWithTheirPartitionAndLeadershipWhereItIsWanted() throws Exception {
        Set<String> acknowledged = new TreeSet<>();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", nodes.bootstrap()));
                KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            admin.createTopics(List.of(new NewTopic("orders", Map.of(0, List.of(1, 2)))))
                    .all()
                    .get();
            produce(producer, 0, acknowledged);

            admin.alterPartitionReassignments(
                            Map.of(PARTITION, Optional.of(new NewPartitionReassignment(List.of(3, 2)))))
                    .all()
                    .get();
            produce(producer, 500, acknowledged);
            await(
                    "it has moved",
                    () -> admin.listPartitionReassignments()
                                    .reassignments()
                                    .get()
                                    .isEmpty()
                            && replicas(admin).equals(List.of(3, 2)));
            await(
                    "its former place is empty",
                    () -> !Files.exists(nodes.logDir(1).resolve("orders-0")));
            produce(producer, 1_000, acknowledged);

            // Who leads now, the admin client may hear of late.
            electPreferred(admin);
            await("the preferred one leads", () -> partition(admin).leader().id() == 3);
            produce(producer, 1_500, acknowledged);
        }
        assertThat(new TreeSet<>(clients.readAll("orders", 2_000))).isEqualTo(acknowledged);
    }

    @Test
    void aBrokerThatStopsHasHandedOverBeforeItIsGone() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", nodes.bootstrap()));
                KafkaProducer<String, String> producer = clients.producer(Map.of())) {
            admin.createTopics(List.of(new NewTopic("orders", Map.of(0, List.of(2, 1, 3)))))
                    .all()
                    .get();
            Set<String> acknowledged = new TreeSet<>();
            produce(producer, 0, acknowledged);

            nodes.stop(2);

            try (ZooKeeper observer = new ZooKeeper(nodes.zooKeeperConnect(), 6_000, event -> {})) {
                Stat state = observer.exists("/brokers/topics/orders/partitions/0/state", false);
                Stat registrations = observer.exists("/brokers/ids", false);
                assertThat(state.getMzxid())
                        .as("the last change of the leader, before the broker left")
                        .isLessThan(registrations.getPzxid());
            }
            await(
                    "clients are told",
                    () -> partition(admin).leader().id() == 1
                            && partition(admin).isr().stream()
                                    .map(node -> node.id())
                                    .collect(Collectors.toSet())
                                    .equals(Set.of(1, 3)));
            produce(producer, 500, acknowledged);
            assertThat(new TreeSet<>(clients.readAll("orders", 1_000))).isEqualTo(acknowledged);
        }
    }

    private static void produce(KafkaProducer<String, String> producer, int first, Set<String> acknowledged)
            throws Exception {
        List<Future<?>> sent = new ArrayList<>();
        for (int i = first; i < first + 500; i++) {
            sent.add(producer.send(new ProducerRecord<>("orders", 0, null, "value-" + i)));
            acknowledged.add("value-" + i);
        }
        for (Future<?> one : sent) {
            one.get();
        }
    }

    private static void electPreferred(Admin admin) throws InterruptedException {
        try {
            admin.electLeaders(ElectionType.PREFERRED, Set.of(PARTITION)).all().get();
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(ElectionNotNeededException.class);
        }
    }

    private static TopicPartitionInfo partition(Admin admin) throws Exception {
        return admin.describeTopics(List.of("orders"))
                .allTopicNames()
                .get()
                .get("orders")
                .partitions()
                .get(0);
    }

    private static List<Integer> replicas(Admin admin) throws Exception {
        return partition(admin).replicas().stream().map(node -> node.id()).toList();
    }
}
