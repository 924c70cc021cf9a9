package io.millrace.broker.stock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka's own producer and consumer, with their default settings, against one broker. */
@Tag("kafka")
class StockProducerConsumerTest {
    private static TestBroker broker;

    @BeforeAll
    static void start(@TempDir Path dir) throws Exception {
        broker = TestBroker.start(dir, Map.of("num.partitions", "3", "group.initial.rebalance.delay.ms", "0"));
    }

    @AfterAll
    static void stop() throws Exception {
        broker.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void readsBackWhatAnIdempotentProducerWrote(String compression) throws Exception {
        String topic = "round-trip-" + compression;
        int count = 2_000;
        try (KafkaProducer<String, String> producer = producer(Map.of("compression.type", compression))) {
            for (int i = 0; i < count; i++) {
                ProducerRecord<String, String> record = new ProducerRecord<>(topic, "key-" + i % 17, "value-" + i);
                record.headers().add("n", Integer.toString(i).getBytes(UTF_8));
                producer.send(record);
            }
        }

        List<ConsumerRecord<String, String>> records = readAll(topic, "group-" + compression, count);

        assertThat(records).hasSize(count);
        Map<String, Integer> lastOfKey = new HashMap<>();
        for (ConsumerRecord<String, String> record : records) {
            int n = Integer.parseInt(record.value().substring("value-".length()));
            Header header = record.headers().lastHeader("n");
            assertThat(new String(header.value(), UTF_8)).isEqualTo(Integer.toString(n));
            assertThat(record.key()).isEqualTo("key-" + n % 17);
            Integer before = lastOfKey.put(record.key(), n);
            assertThat(before == null || before < n)
                    .as("order of %s: %s before %s", record.key(), before, n)
                    .isTrue();
        }
    }

    @Test
    void acknowledgesWithOffsetsWithoutGaps() throws Exception {
        Map<Integer, Long> next = new HashMap<>();
        try (KafkaProducer<String, String> producer = producer(Map.of("linger.ms", "0"))) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                sent.add(producer.send(new ProducerRecord<>("gapless", i % 3, null, "v" + i)));
            }
            for (Future<RecordMetadata> future : sent) {
                RecordMetadata metadata = future.get();
                long expected = next.merge(metadata.partition(), 1L, Long::sum) - 1;
                assertThat(metadata.offset()).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "all"})
    void servesEveryKindOfAcknowledgement(String acks) throws Exception {
        String topic = "acks-" + acks;
        try (KafkaProducer<String, String> producer = producer(Map.of("acks", acks, "enable.idempotence", "false"))) {
            producer.partitionsFor(topic);
            for (int i = 0; i < 100; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, "v" + i));
            }
        }
        assertThat(readAll(topic, "group-acks-" + acks, 100))
                .extracting(ConsumerRecord::value)
                .hasSize(100);
    }

    @Test
    void resumesAtTheCommittedOffset() throws Exception {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < 20; i++) {
                producer.send(new ProducerRecord<>("resume", 0, "k", "v" + i)).get();
            }
        }
        TopicPartition partition = new TopicPartition("resume", 0);
        try (KafkaConsumer<String, String> consumer = consumer("resumers", Map.of("enable.auto.commit", "false"))) {
            consumer.assign(List.of(partition));
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(7, "half way")));
        }
        try (KafkaConsumer<String, String> consumer = consumer("resumers", Map.of("enable.auto.commit", "false"))) {
            consumer.assign(List.of(partition));
            assertThat(consumer.position(partition)).isEqualTo(7);
            assertThat(consumer.committed(java.util.Set.of(partition))
                            .get(partition)
                            .metadata())
                    .isEqualTo("half way");
            assertThat(
                            consumer.currentLag(partition).isPresent()
                                    ? consumer.currentLag(partition).getAsLong()
                                    : 13)
                    .isEqualTo(13);
        }
    }

    @Test
    void findsOffsetsByTime() throws Exception {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < 50; i++) {
                producer.send(new ProducerRecord<>("by-time", 0, 1_700_000_000_000L + i * 1000L, "k", "v" + i))
                        .get();
            }
        }
        TopicPartition partition = new TopicPartition("by-time", 0);
        try (KafkaConsumer<String, String> consumer = consumer("timers", Map.of())) {
            Map<TopicPartition, OffsetAndTimestamp> found =
                    consumer.offsetsForTimes(Map.of(partition, 1_700_000_000_000L + 19_500L));
            assertThat(found.get(partition).offset()).isEqualTo(20);
            assertThat(found.get(partition).timestamp()).isEqualTo(1_700_000_020_000L);
            assertThat(consumer.beginningOffsets(List.of(partition))).containsEntry(partition, 0L);
            assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 50L);
        }
    }

    @Test
    void refusesARecordBeyondTheLimitAndTakesTheNext() throws Exception {
        try (KafkaProducer<String, String> producer =
                producer(Map.of("max.request.size", "10000000", "buffer.memory", "20000000"))) {
            String large = "x".repeat(2_000_000);
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("large", 0, "k", large))
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(RecordTooLargeException.class);
            assertThat(producer.send(new ProducerRecord<>("large", 0, "k", "small"))
                            .get()
                            .offset())
                    .isZero();
        }
    }

    @Test
    void sharesAGroupBetweenTwoConsumersAndMovesOnWhenOneLeaves() throws Exception {
        String topic = "shared";
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < 300; i++) {
                producer.send(new ProducerRecord<>(topic, i % 3, "k" + i, "v" + i));
            }
        }
        Map<String, String> seen = new LinkedHashMap<>();
        try (KafkaConsumer<String, String> first = consumer("sharers", Map.of())) {
            first.subscribe(List.of(topic));
            try (KafkaConsumer<String, String> second = consumer("sharers", Map.of())) {
                second.subscribe(List.of(topic));
                long deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos();
                while (first.assignment().size() + second.assignment().size() != 3
                        || first.assignment().isEmpty()
                        || second.assignment().isEmpty()) {
                    assertThat(System.nanoTime())
                            .as("both own partitions in time: %s and %s", first.assignment(), second.assignment())
                            .isLessThan(deadline);
                    first.poll(Duration.ofMillis(50)).forEach(r -> seen.put(r.value(), "first"));
                    second.poll(Duration.ofMillis(50)).forEach(r -> seen.put(r.value(), "second"));
                }
            }
            long deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos();
            while (first.assignment().size() != 3 || seen.size() < 300) {
                assertThat(System.nanoTime())
                        .as("the one that stayed owns all: %s, seen %s", first.assignment(), seen.size())
                        .isLessThan(deadline);
                first.poll(Duration.ofMillis(100)).forEach(r -> seen.put(r.value(), "first"));
            }
        }
        assertThat(seen).hasSize(300);
    }

    private static List<ConsumerRecord<String, String>> readAll(String topic, String group, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = consumer(group, Map.of())) {
            consumer.subscribe(List.of(topic));
            long deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos();
            while (records.size() < count) {
                assertThat(System.nanoTime())
                        .as("%s of %s records read in time", records.size(), count)
                        .isLessThan(deadline);
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    private static KafkaProducer<String, String> producer(Map<String, String> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(String group, Map<String, String> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("group.id", group);
        config.put("auto.offset.reset", "earliest");
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }
}
