package io.millrace.broker.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.TestBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people change while the cluster runs holds over a restart of the broker, for logs that are there too. */
@Timeout(240)
class DynamicConfigsTest {
    private static final String ALL_BROKERS = "";

    @TempDir
    Path dir;

    @Test
    void defaultsOfAllBrokersHoldForLogsThatAreThereAtAStart() throws Exception {
        try (TestBroker broker = TestBroker.start(dir, Map.of());
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic("rolls", 1, (short) 1), new NewTopic("own", 1, (short) 1)))
                    .all()
                    .get();
            send(broker, "rolls", 1);
            send(broker, "own", 1);
            set(admin, ConfigResource.Type.BROKER, ALL_BROKERS, "log.segment.bytes", "20000");
            set(admin, ConfigResource.Type.TOPIC, "own", "segment.bytes", "10000000");
        }
        try (TestBroker broker = TestBroker.start(dir, Map.of())) {
            send(broker, "rolls", 100);
            send(broker, "own", 100);
        }
        assertThat(segments("rolls"))
                .as("log.segment.bytes, changed for all brokers")
                .isGreaterThan(3);
        assertThat(segments("own")).as("the topic has a setting of its own").isEqualTo(1);
    }

    private static void set(Admin admin, ConfigResource.Type type, String name, String key, String value)
            throws Exception {
        AlterConfigOp change = new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(type, name), List.of(change)))
                .all()
                .get();
    }

    private static void send(TestBroker broker, String topic, int records) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", broker.bootstrap(), "linger.ms", "0");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(topic, "x".repeat(1_000))).get();
            }
        }
    }

    private long segments(String topic) throws IOException {
        try (Stream<Path> files = Files.list(dir.resolve("logs").resolve(topic + "-0"))) {
            return files.filter(file -> file.toString().endsWith(".log")).count();
        }
    }
}
