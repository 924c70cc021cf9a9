package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One of two log directories fails under load: its partitions are lost to this broker, and nothing else is. */
class FailedLogDirTest {
    private static final int PARTITIONS = 4;

    @Test
    @Timeout(240)
    void goesOnWithTheOther(@TempDir Path dir) throws Exception {
        Path bad = dir.resolve("bad");
        Path good = dir.resolve("good");
        try (TestBroker broker = TestBroker.start(
                        dir,
                        Map.of(
                                "log.dirs",
                                bad + "," + good,
                                // so that an append soon needs a new file
                                "log.segment.bytes",
                                "20000"));
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
                KafkaProducer<String, String> impatient =
                        producer(broker, Map.of("request.timeout.ms", "1000", "delivery.timeout.ms", "3000"));
                KafkaProducer<String, String> producer = producer(broker, Map.of())) {
            admin.createTopics(List.of(new NewTopic("spread", PARTITIONS, (short) 1)))
                    .all()
                    .get();
            int onBad = partitionIn(bad);
            int onGood = partitionIn(good);
            producer.send(new ProducerRecord<>("spread", onBad, null, "before")).get();
            producer.send(new ProducerRecord<>("spread", onGood, null, "before"))
                    .get();

            // In one step, for the broker goes on making and removing files meanwhile.
            Files.move(bad, dir.resolve("gone"));

            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1_000; i++) {
                            impatient
                                    .send(new ProducerRecord<>("spread", onBad, null, "x".repeat(1_000)))
                                    .get();
                        }
                    })
                    .isInstanceOf(ExecutionException.class);
            for (int i = 0; i < 100; i++) {
                producer.send(new ProducerRecord<>("spread", onGood, null, "x".repeat(1_000)))
                        .get();
            }
            // The controller's requests still come through, which they would not if a thread were stuck with a lock.
            admin.createTopics(List.of(new NewTopic("afterwards", 2, (short) 1)))
                    .all()
                    .get();
            assertThat(producer.send(new ProducerRecord<>("afterwards", 1, null, "v"))
                            .get()
                            .offset())
                    .isZero();
        }
    }

    @Test
    @Timeout(240)
    void endsTheProcessIfItWasTheLast(@TempDir Path dir) throws Exception {
        Path config = Files.writeString(dir.resolve("broker.properties"), "broker.id=1\n");
        Path logs = dir.resolve("logs");
        Map<String, String> overrides = Map.of("listeners", "PLAINTEXT://localhost:0", "log.dirs", logs.toString());
        try (BrokerProcess broker = BrokerProcess.launch(config, overrides).awaitReady();
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            Files.move(logs, dir.resolve("gone"));
            // Whatever is written first fails; this, if nothing else is.
            admin.createTopics(List.of(new NewTopic("new", 1, (short) 1)));
            assertThat(broker.awaitExit()).as(broker.output()).isEqualTo(1);
            assertThat(broker.output())
                    .contains("Took log directory out of service dir=" + logs)
                    .contains("Every log directory has failed, of [" + logs + "]");
            // Nobody answers any more.
            admin.close(Duration.ZERO);
        }
    }

    /** What the kernel is to send itself cannot be read, which is told of as a broken connection. Skipped where there is no C compiler. */
    @Test
    @Timeout(240)
    void isNoticedByARecordThatCannotBeSent(@TempDir Path dir) throws Exception {
        Path trigger = dir.resolve("unreadable");
        Path config = Files.writeString(dir.resolve("broker.properties"), "broker.id=1\n");
        Path bad = dir.resolve("bad");
        Path good = dir.resolve("good");
        Map<String, String> overrides = Map.of(
                "listeners",
                "PLAINTEXT://localhost:0",
                "log.dirs",
                bad + "," + good,
                // which would find it as well
                "log.scrub.bytes.per.second",
                "0");
        Map<String, String> environment =
                Map.of("LD_PRELOAD", failingReads(dir).toString(), "FAILREAD_TRIGGER", trigger.toString());
        try (BrokerProcess broker =
                        BrokerProcess.launch(config, overrides, environment).awaitReady();
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
                KafkaProducer<String, String> producer = producer(broker.bootstrap(), Map.of());
                KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                        Map.of("bootstrap.servers", broker.bootstrap()),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            admin.createTopics(List.of(new NewTopic("spread", PARTITIONS, (short) 1)))
                    .all()
                    .get();
            int onBad = partitionIn(bad);
            int onGood = partitionIn(good);
            // More than is copied into an answer.
            String large = "x".repeat(200_000);
            producer.send(new ProducerRecord<>("spread", onBad, null, large)).get();
            producer.send(new ProducerRecord<>("spread", onGood, null, large)).get();
            Path segment = bad.resolve("spread-" + onBad + "/00000000000000000000.log");
            Files.writeString(trigger, segment.toRealPath().toString());

            consumer.assign(List.of(new TopicPartition("spread", onBad)));
            consumer.seekToBeginning(consumer.assignment());
            Await.await("the directory goes out of service", () -> {
                assertThat(consumer.poll(Duration.ofMillis(100))).isEmpty();
                return broker.output().contains("Took log directory out of service dir=" + bad);
            });
            assertThat(broker.output())
                    .containsPattern("ERROR .*out of service .* reading .* of " + segment)
                    .contains("Input/output error");

            consumer.assign(List.of(new TopicPartition("spread", onGood)));
            consumer.seekToBeginning(consumer.assignment());
            Await.await(
                    "the other directory is read from",
                    () -> !consumer.poll(Duration.ofMillis(100)).isEmpty());
        }
    }

    private static Path failingReads(Path dir) throws Exception {
        Path library = dir.resolve("failread.so");
        Path source = Path.of("../storage/src/test/resources/shim/failread.c");
        int exit = -1;
        try {
            exit = new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            assumeTrue(false, "there is no C compiler here: " + e.getMessage());
        }
        assertThat(exit).as("the library is made").isZero();
        return library;
    }

    private static KafkaProducer<String, String> producer(TestBroker broker, Map<String, String> more) {
        return producer(broker.bootstrap(), more);
    }

    private static KafkaProducer<String, String> producer(String bootstrap, Map<String, String> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", bootstrap);
        config.put("linger.ms", "0");
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static int partitionIn(Path logDir) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            if (Files.isDirectory(logDir.resolve("spread-" + partition))) {
                return partition;
            }
        }
        throw new AssertionError("No partition of the topic was placed in " + logDir);
    }
}
