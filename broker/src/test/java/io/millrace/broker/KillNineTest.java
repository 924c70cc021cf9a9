package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was acknowledged survives kill -9: all of it, in order, once. */
class KillNineTest {
    private static final String TOPIC = "survivor";
    private static final int PARTITIONS = 3;
    private static final int ROUNDS = 3;
    private static final int ACKED_BEFORE_KILL = 4_000;

    @Test
    void keepsWhatItAcknowledgedThroughKillNine(@TempDir Path dir) throws Exception {
        Path config = Files.writeString(dir.resolve("broker.properties"), "broker.id=1\n");
        Map<String, String> overrides = Map.of(
                "listeners",
                "PLAINTEXT://localhost:0",
                "log.dirs",
                dir.resolve("logs").toString(),
                "num.partitions",
                Integer.toString(PARTITIONS),
                // small segments, so that the kill also meets rolls
                "log.segment.bytes",
                "1000000");
        Map<String, String> acked = new ConcurrentHashMap<>();

        for (int round = 0; round < ROUNDS; round++) {
            BrokerProcess broker = BrokerProcess.launch(config, overrides).awaitReady();
            produceUntilKilled(broker, round, acked);
        }

        try (BrokerProcess broker = BrokerProcess.launch(config, overrides).awaitReady()) {
            assertHoldsAll(broker.bootstrap(), acked);
        }
    }

    private static void produceUntilKilled(BrokerProcess broker, int round, Map<String, String> acked)
            throws Exception {
        int goal = acked.size() + ACKED_BEFORE_KILL;
        Map<String, Object> config = Map.of("bootstrap.servers", broker.bootstrap(), "delivery.timeout.ms", "120000");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            Thread sender = new Thread(() -> sendUntilClosed(producer, round, acked), "sender");
            sender.start();
            long deadline = System.nanoTime() + Duration.ofSeconds(240).toNanos();
            while (acked.size() < goal) {
                assertThat(System.nanoTime())
                        .as("%s of %s acknowledged in round %s", acked.size(), goal, round)
                        .isLessThan(deadline);
                Thread.onSpinWait();
            }
            broker.kill();
            producer.close(Duration.ZERO);
            sender.join();
        }
    }

    private static void sendUntilClosed(KafkaProducer<String, String> producer, int round, Map<String, String> acked) {
        try {
            for (int i = 0; ; i++) {
                String value = String.format("%d:%09d:%s", round, i, "x".repeat(i % 900));
                producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, null, value), (metadata, error) -> {
                    if (error == null) {
                        acked.put(metadata.partition() + "@" + metadata.offset(), value);
                    }
                });
            }
        } catch (IllegalStateException | KafkaException e) {
            // The producer was closed under us, which is how this ends.
            return;
        }
    }

    private static void assertHoldsAll(String bootstrap, Map<String, String> acked) {
        Map<String, String> missing = new HashMap<>(acked);
        Map<String, String> lastOfRound = new HashMap<>();
        List<TopicPartition> partitions = IntStream.range(0, PARTITIONS)
                .mapToObj(p -> new TopicPartition(TOPIC, p))
                .toList();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long deadline = System.nanoTime() + Duration.ofSeconds(240).toNanos();
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                assertThat(System.nanoTime()).as("everything read in time").isLessThan(deadline);
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    String place = record.partition() + "@" + record.offset();
                    String expected = missing.remove(place);
                    assertThat(expected == null || expected.equals(record.value()))
                            .as("what stands at %s", place)
                            .isTrue();
                    String sequence = record.value().substring(0, 11);
                    String before = lastOfRound.put(record.partition() + "/" + sequence.charAt(0), sequence);
                    assertThat(before == null || before.compareTo(sequence) < 0)
                            .as("order and no duplicate at %s: %s after %s", place, sequence, before)
                            .isTrue();
                }
            }
        }
        assertThat(missing).as("acknowledged and lost").isEmpty();
    }
}
