package io.millrace.broker.thin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.client.Admin;
import io.millrace.client.Consumer;
import io.millrace.client.ConsumerConfig;
import io.millrace.client.ConsumerRecord;
import io.millrace.client.Deserializer;
import io.millrace.client.Producer;
import io.millrace.client.ProducerConfig;
import io.millrace.client.ProducerRecord;
import io.millrace.client.RecordMetadata;
import io.millrace.client.Serializer;
import io.millrace.client.admin.ClusterDescription;
import io.millrace.client.admin.ConfigChange;
import io.millrace.client.admin.ConfigEntry;
import io.millrace.client.admin.ConfigResource;
import io.millrace.client.admin.NewTopic;
import io.millrace.client.consumer.RebalanceListener;
import io.millrace.client.net.ClientException;
import io.millrace.client.samples.Quickstart;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.record.RecordHeader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Our own client against a cluster, ours or Kafka's. */
@Timeout(240)
class ThinClientTest {
    private static final Duration A_MOMENT = Duration.ofMillis(100);
    private static ThinCluster broker;

    @BeforeAll
    static void start(@TempDir Path dir) throws Exception {
        broker = ThinCluster.start(dir);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static Producer<String, String> producer(Map<String, ?> settings) {
        ProducerConfig config = ProducerConfig.of(broker.bootstrap());
        for (Map.Entry<String, ?> setting : settings.entrySet()) {
            config = config.with(setting.getKey(), setting.getValue());
        }
        return new Producer<>(config, Serializer.string(), Serializer.string());
    }

    private static Consumer<String, String> consumer(String group, Map<String, ?> settings) {
        ConsumerConfig config = ConsumerConfig.of(broker.bootstrap())
                .with("group.id", group)
                .with("auto.offset.reset", "earliest")
                .with("heartbeat.interval.ms", 100);
        for (Map.Entry<String, ?> setting : settings.entrySet()) {
            config = config.with(setting.getKey(), setting.getValue());
        }
        return new Consumer<>(config, Deserializer.string(), Deserializer.string());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void readsBackWhatItWroteInOrder(String compression) throws Exception {
        String topic = broker.name("thin-" + compression);
        int count = 3_000;
        List<CompletableFuture<RecordMetadata>> acknowledged = new ArrayList<>();
        try (Producer<String, String> producer = producer(Map.of("compression.type", compression, "linger.ms", 2))) {
            for (int i = 0; i < count; i++) {
                acknowledged.add(producer.send(new ProducerRecord<>(topic, "key-" + i % 17, "value-" + i)
                        .withHeaders(new RecordHeader("n", new byte[] {(byte) i}))));
            }
        }
        Set<String> places = new HashSet<>();
        for (CompletableFuture<RecordMetadata> future : acknowledged) {
            places.add(future.get(0, TimeUnit.SECONDS).toString());
        }
        assertThat(places).as("offsets that were acknowledged").hasSize(count);

        Map<String, Integer> lastOfKey = new HashMap<>();
        int read = 0;
        try (Consumer<String, String> consumer = consumer("group-" + topic, Map.of())) {
            consumer.subscribe(List.of(topic));
            while (read < count) {
                for (ConsumerRecord<String, String> record : consumer.poll(A_MOMENT)) {
                    int n = Integer.parseInt(record.value().substring("value-".length()));
                    assertThat(record.key()).isEqualTo("key-" + n % 17);
                    assertThat(record.headers().get(0).value()).containsExactly((byte) n);
                    Integer before = lastOfKey.put(record.key(), n);
                    assertThat(before == null || before < n)
                            .as("order of %s", record.key())
                            .isTrue();
                    places.remove(record.topic() + "-" + record.partition() + "@" + record.offset());
                    read++;
                }
            }
            for (TopicPartition partition : consumer.assignment()) {
                assertThat(consumer.lag(partition)).isZero();
            }
        }
        assertThat(read).isEqualTo(count);
        assertThat(places).as("acknowledged and not read").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"range", "roundrobin", "cooperative-sticky"})
    void twoConsumersShareAndNeitherSkipsNorRepeats(String assignor) throws Exception {
        String topic = broker.name("shared-" + assignor);
        try (Admin admin = Admin.of(broker.bootstrap())) {
            admin.createTopics(List.of(new NewTopic(topic, 4, 1))).join();
        }
        Set<String> expected = new HashSet<>();
        List<String> read = new ArrayList<>();
        Map<String, String> settings = Map.of("partition.assignment.strategy", assignor);
        try (Producer<String, String> producer = producer(Map.of());
                Consumer<String, String> first = consumer("group-" + topic, settings)) {
            first.subscribe(List.of(topic));
            send(producer, topic, 0, 200, expected);
            pollUntil(first, read, expected);
            try (Consumer<String, String> second = consumer("group-" + topic, settings)) {
                second.subscribe(List.of(topic));
                broker.await("both have two partitions", () -> {
                    first.poll(A_MOMENT).forEach(record -> read.add(record.value()));
                    second.poll(A_MOMENT).forEach(record -> read.add(record.value()));
                    return first.assignment().size() == 2 && second.assignment().size() == 2;
                });
                send(producer, topic, 200, 400, expected);
                broker.await("everything is read", () -> {
                    first.poll(A_MOMENT).forEach(record -> read.add(record.value()));
                    second.poll(A_MOMENT).forEach(record -> read.add(record.value()));
                    return read.size() >= expected.size();
                });
            }
            send(producer, topic, 400, 600, expected);
            pollUntil(first, read, expected);
            assertThat(first.assignment()).hasSize(4);
        }
        assertThat(read).hasSize(600).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static void send(Producer<String, String> producer, String topic, int from, int to, Set<String> expected) {
        for (int i = from; i < to; i++) {
            producer.send(new ProducerRecord<>(topic, "k" + i, "v" + i));
            expected.add("v" + i);
        }
        producer.flush();
    }

    private static void pollUntil(Consumer<String, String> consumer, List<String> read, Set<String> expected)
            throws Exception {
        broker.await("everything is read", () -> {
            consumer.poll(A_MOMENT).forEach(record -> read.add(record.value()));
            return read.size() >= expected.size();
        });
    }

    @Test
    void sharesAGroupWithKafkasConsumer() throws Exception {
        String topic = broker.name("mixed");
        try (Admin admin = Admin.of(broker.bootstrap())) {
            admin.createTopics(List.of(new NewTopic(topic, 4, 1))).join();
        }
        Set<String> expected = new HashSet<>();
        List<String> read = new ArrayList<>();
        Map<String, Object> kafkas = Map.of(
                "bootstrap.servers",
                broker.bootstrap(),
                "group.id",
                topic + "-group",
                "auto.offset.reset",
                "earliest",
                "heartbeat.interval.ms",
                100);
        try (Producer<String, String> producer = producer(Map.of());
                Consumer<String, String> ours = consumer(topic + "-group", Map.of());
                KafkaConsumer<String, String> theirs =
                        new KafkaConsumer<>(kafkas, new StringDeserializer(), new StringDeserializer())) {
            ours.subscribe(List.of(topic));
            theirs.subscribe(List.of(topic));
            broker.await("both have two partitions", () -> {
                ours.poll(A_MOMENT);
                theirs.poll(A_MOMENT);
                return ours.assignment().size() == 2 && theirs.assignment().size() == 2;
            });
            send(producer, topic, 0, 300, expected);
            broker.await("everything is read", () -> {
                ours.poll(A_MOMENT).forEach(record -> read.add(record.value()));
                theirs.poll(A_MOMENT).forEach(record -> read.add(record.value()));
                return read.size() >= expected.size();
            });
        }
        assertThat(read).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void findsOffsetsByTime() throws Exception {
        String topic = broker.name("times");
        try (Producer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<String, String>(topic, "v" + i)
                                .toPartition(0)
                                .at(1_700_000_000_000L + i * 1_000))
                        .get(30, TimeUnit.SECONDS);
            }
        }
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, String> consumer = consumer("times", Map.of())) {
            assertThat(consumer.offsetsForTimes(Map.of(partition, 1_700_000_003_500L))
                            .get(partition)
                            .offset())
                    .isEqualTo(4);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 1_800_000_000_000L)))
                    .isEmpty();
            assertThat(consumer.beginningOffsets(List.of(partition))).isEqualTo(Map.of(partition, 0L));
            assertThat(consumer.endOffsets(List.of(partition))).isEqualTo(Map.of(partition, 10L));
            consumer.assign(List.of(partition));
            consumer.seekToEnd(List.of(partition));
            assertThat(consumer.position(partition)).isEqualTo(10);
            consumer.seekToBeginning(List.of(partition));
            assertThat(consumer.position(partition)).isZero();
        }
    }

    @Test
    void managesTopicsAndTheirConfiguration() throws Exception {
        try (Admin admin = Admin.of(broker.bootstrap())) {
            String managed = broker.name("managed");
            ClusterDescription cluster = admin.describeCluster().join();
            assertThat(cluster.brokers()).contains(cluster.controller());

            admin.createTopics(List.of(new NewTopic(managed, 2, 1).with("retention.ms", 12_345)))
                    .join();
            // A broker other than the one that leads the cluster hears of it a little later.
            broker.await("the topic is listed", () -> admin.listTopics().join().contains(managed));
            broker.await("both partitions have leaders", () -> leaders(admin, managed) == 2);
            assertFails(admin.createTopics(List.of(new NewTopic(managed, 2, 1))), ErrorCode.TOPIC_ALREADY_EXISTS);
            assertFails(admin.createTopics(List.of(new NewTopic("no/such", 2, 1))), ErrorCode.INVALID_TOPIC_EXCEPTION);

            ConfigResource resource = ConfigResource.topic(managed);
            assertThat(value(admin, resource, "retention.ms")).isEqualTo("12345");
            admin.alterConfigs(
                            resource,
                            List.of(ConfigChange.delete("retention.ms"), ConfigChange.set("max.message.bytes", 999)))
                    .join();
            assertThat(value(admin, resource, "max.message.bytes")).isEqualTo("999");
            assertThat(value(admin, resource, "retention.ms")).isEqualTo("604800000");

            admin.createPartitions(managed, 5).join();
            broker.await("five partitions have leaders", () -> leaders(admin, managed) == 5);
            admin.deleteTopics(List.of(managed)).join();
            broker.await("the topic is gone", () -> !admin.listTopics().join().contains(managed));
            assertFails(admin.describeTopics(List.of(managed)), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            assertFails(admin.deleteTopics(List.of(managed)), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
    }

    private static long leaders(Admin admin, String topic) {
        return admin.describeTopics(List.of(topic)).join().get(topic).partitions().stream()
                .filter(partition -> partition.leaderId() >= 0)
                .count();
    }

    private static String value(Admin admin, ConfigResource resource, String key) {
        return admin.describeConfigs(List.of(resource)).join().get(resource).stream()
                .filter(entry -> entry.name().equals(key))
                .map(ConfigEntry::value)
                .findFirst()
                .orElseThrow();
    }

    private static void assertFails(CompletableFuture<?> future, ErrorCode error) {
        assertThatThrownBy(future::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(ClientException.class)
                .extracting(failure -> ((ClientException) failure).error())
                .isEqualTo(error);
    }

    @Test
    void tellsTheListenerWhatComesAndGoes() throws Exception {
        List<Collection<TopicPartition>> assigned = new ArrayList<>();
        List<Collection<TopicPartition>> revoked = new ArrayList<>();
        try (Admin admin = Admin.of(broker.bootstrap());
                Producer<String, String> producer = producer(Map.of())) {
            admin.createTopics(List.of(new NewTopic(broker.name("listened"), 3, 1)))
                    .join();
            producer.send(new ProducerRecord<>(broker.name("listened"), "v")).get(30, TimeUnit.SECONDS);
        }
        try (Consumer<String, String> consumer = consumer(broker.name("listening"), Map.of())) {
            consumer.subscribe(List.of(broker.name("listened")), new RebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    assigned.add(partitions);
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    revoked.add(partitions);
                }
            });
            broker.await("the record is there", () -> !consumer.poll(A_MOMENT).isEmpty());
        }
        assertThat(assigned).hasSize(1);
        assertThat(assigned.get(0)).hasSize(3);
        assertThat(revoked).hasSize(1);
        assertThat(revoked.get(0)).containsExactlyInAnyOrderElementsOf(assigned.get(0));
    }

    @Test
    void theQuickstartFindsEveryLine(@TempDir Path dir) throws Exception {
        for (int file = 0; file < 20; file++) {
            StringBuilder text = new StringBuilder();
            for (int line = 0; line < 100; line++) {
                text.append("line ")
                        .append(line)
                        .append(" of file ")
                        .append(file)
                        .append('\n');
            }
            Files.writeString(dir.resolve("file-" + file + ".txt"), text);
        }
        String[] arguments = {"--bootstrap-server", broker.bootstrap(), "--topic", broker.name("quick"), dir.toString()
        };
        assertThat(new CommandLine(new Quickstart()).execute(arguments)).isZero();
        assertThat(new CommandLine(new Quickstart()).execute(arguments))
                .as("the second run on the same topic")
                .isZero();
    }
}
