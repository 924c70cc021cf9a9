package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** One log takes long to recover: everything else is served. */
@EnabledOnOs(OS.LINUX)
class SlowRecoveryTest {
    private static final long LONGEST_START_S = 90;

    @TempDir
    Path dir;

    @Test
    @Timeout(300)
    void theOthersAreServedMeanwhile() throws Exception {
        try (TestBroker broker = TestBroker.start(dir, Map.of());
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            // In this order the controller names them.
            create(admin, "a-slow");
            create(admin, "b-doomed");
            create(admin, "c-fine");
            assertThat(send(broker, "a-slow", Map.of())).isZero();
            assertThat(send(broker, "c-fine", Map.of())).isZero();
        }
        Path metadata = dir.resolve("logs/a-slow-0/partition.metadata");
        Path original = dir.resolve("original");
        Files.move(metadata, original);
        assertThat(new ProcessBuilder("mkfifo", metadata.toString()).start().waitFor())
                .isZero();
        // Else a broker that waits for it would never be through, not even with its stop.
        AtomicBoolean released = new AtomicBoolean();
        CompletableFuture<Void> atLast = CompletableFuture.runAsync(
                () -> release(metadata, original, released),
                CompletableFuture.delayedExecutor(LONGEST_START_S, TimeUnit.SECONDS));
        // Which waits until it has been told of the cluster.
        TestBroker broker = TestBroker.start(dir, Map.of("num.recovery.threads.per.data.dir", "2"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            assertThat(send(broker, "c-fine", Map.of())).isEqualTo(1);
            create(admin, "d-new");
            assertThat(send(broker, "d-new", Map.of())).isZero();
            admin.deleteTopics(List.of("b-doomed")).all().get();
            broker.await("b-doomed is deleted", () -> Files.notExists(dir.resolve("logs/b-doomed-0")));
            assertThatThrownBy(() ->
                            send(broker, "a-slow", Map.of("request.timeout.ms", "500", "delivery.timeout.ms", "1000")))
                    .isInstanceOf(ExecutionException.class);

            assertThat(released).as("nothing waited for a-slow").isFalse();
            release(metadata, original, released);
            assertThat(send(broker, "a-slow", Map.of())).isEqualTo(1);
        } finally {
            release(metadata, original, released);
            atLast.cancel(false);
            broker.close();
        }
    }

    // Whoever reads the pipe gets what was in the file, and who opens it afterwards finds the file.
    private static void release(Path pipe, Path original, AtomicBoolean released) {
        if (!released.compareAndSet(false, true)) {
            return;
        }
        try {
            byte[] content = Files.readAllBytes(original);
            try (OutputStream out = Files.newOutputStream(pipe)) {
                Files.move(original, pipe, StandardCopyOption.REPLACE_EXISTING);
                out.write(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void create(Admin admin, String topic) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }

    private static long send(TestBroker broker, String topic, Map<String, String> more) throws Exception {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("linger.ms", "0");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            return producer.send(new ProducerRecord<>(topic, "v")).get().offset();
        }
    }
}
