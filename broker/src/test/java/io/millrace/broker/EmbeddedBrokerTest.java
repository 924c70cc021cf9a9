package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.config.ConfigException;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.client.Consumer;
import io.millrace.client.ConsumerRecord;
import io.millrace.client.Producer;
import io.millrace.client.ProducerRecord;
import io.millrace.protocol.record.BatchHeader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class EmbeddedBrokerTest {
    @Test
    void twoServeSideBySideWithRecordsOfTheirOwn() throws Exception {
        try (EmbeddedBroker one = EmbeddedBroker.start();
                EmbeddedBroker other = EmbeddedBroker.start()) {
            send(one, "first");
            send(other, "second");
            assertThat(read(one)).containsExactly("first");
            assertThat(read(other)).containsExactly("second");
        }
    }

    @Test
    void leavesNothingBehindUnlessItWasToldWhere(@TempDir Path dir) throws Exception {
        Path temporary;
        try (EmbeddedBroker broker = EmbeddedBroker.start()) {
            temporary = broker.temporaryDir();
            assertThat(temporary).isDirectoryContaining(path -> path.endsWith("logs"));
        }
        assertThat(temporary).doesNotExist();
        try (EmbeddedBroker broker = EmbeddedBroker.start(dir, Map.of())) {
            send(broker, "kept");
        }
        try (EmbeddedBroker again = EmbeddedBroker.start(dir, Map.of())) {
            assertThat(read(again)).containsExactly("kept");
        }
    }

    /** Until then every start says it, in whatever way the one before has ended. */
    @Test
    void aNewDirectoryIsNotedAsOneUntilAControllerHasSeenToIt(@TempDir Path dir) throws Exception {
        try (EmbeddedBroker ignored = EmbeddedBroker.start(dir, Map.of())) {
            Path boot = dir.resolve("logs/.boot");
            Await.await(
                    "a note of the boot that says nothing of losses",
                    () -> !Files.readString(boot).contains("\nlost"));
            assertThat(boot).content().contains("\nunsynced");
        }
    }

    @Test
    void tellsOfDamageInALog(@TempDir Path dir) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(dir, Map.of())) {
            send(broker, "hurt");
            send(broker, "whole");
        }
        Path log = dir.resolve("logs/greetings-0/00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(log);
        bytes[BatchHeader.RECORDS] ^= 1;
        Files.write(log, bytes);
        try (LogLines said = new LogLines(ReplicaManager.class);
                EmbeddedBroker ignored = EmbeddedBroker.start(dir, Map.of("log.initial.task.delay.ms", "0"))) {
            String expected = "file=" + log + ", position=0";
            Await.await(
                    "a warning that names " + expected,
                    () -> said.lines().toString().contains(expected));
            assertThat(said.lines().get(0)).startsWith("WARN").contains("partition=greetings-0");
        }
    }

    @Test
    void saysWhichSettingIsBad() {
        assertThatThrownBy(() -> EmbeddedBroker.start(Map.of("num.partitions", "none")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("num.partitions=none");
    }

    private static void send(EmbeddedBroker broker, String value) {
        try (Producer<String, String> producer = Producer.ofStrings(broker.bootstrapServers())) {
            producer.send(new ProducerRecord<>("greetings", "en", value)).join();
        }
    }

    private static List<String> read(EmbeddedBroker broker) throws Exception {
        List<String> values = new ArrayList<>();
        try (Consumer<String, String> consumer = Consumer.ofStrings(broker.bootstrapServers(), "readers")) {
            consumer.subscribe(List.of("greetings"));
            while (values.isEmpty()) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    values.add(record.value());
                }
            }
        }
        return values;
    }
}
