package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
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

    private static KafkaProducer<String, String> producer(TestBroker broker, Map<String, String> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
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
