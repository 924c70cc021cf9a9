package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.cleanup.Scrubber;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pass over all logs that is interrupted by a restart goes on where it was, and what it has found is found again. */
class ScrubProgressTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final int LOGS = 6;

    @TempDir
    Path root;

    @Test
    void goesOnAtTheSegmentItWasAt() {
        try (LogManager manager = opened(0)) {
            Scrubber first = new Scrubber(manager::log);
            Set<TopicPartition> seen = new HashSet<>();
            while (seen.size() < 4) {
                assertThat(first.step(manager.logs(), 1)).isTrue();
                seen.add(position(first).partition());
            }
            Scrubber.Position middle = position(first);
            while (position(first).segmentBase() <= 0) {
                assertThat(first.step(manager.logs(), 1)).isTrue();
                middle = position(first);
            }
            Scrubber second = new Scrubber(manager::log);
            second.resumeAt(middle);
            assertThat(second.step(manager.logs(), 1)).isTrue();
            assertThat(position(second)).isEqualTo(middle);

            Set<TopicPartition> afterwards = new HashSet<>();
            do {
                Scrubber.Position at = second.position();
                if (at != null) {
                    afterwards.add(at.partition());
                }
            } while (second.step(manager.logs(), 1));
            seen.remove(middle.partition());
            assertThat(afterwards).hasSize(LOGS - 3).doesNotContainAnyElementsOf(seen);
            assertThat(second.position()).isNull();
            // The next pass is over all of them.
            assertThat(second.step(manager.logs(), 1)).isTrue();
            assertThat(seen).contains(position(second).partition());
        }
    }

    @Test
    void aRestartKnowsWhereThePassWas() throws IOException {
        opened(0).close();
        Path file = root.resolve("scrub-offset-checkpoint");
        assertThat(file).doesNotExist();
        Files.writeString(file, "0\n1\nt 3 0\n");
        try (LogManager manager = opened(1)) {
            // Whatever it came to by then.
            assertThat(manager.logs()).hasSize(LOGS);
        }
        assertThat(Files.readString(file)).matches("0\n1\nt [345] \\d+\n");
        try (LogManager manager = opened(0)) {
            manager.scrubNow();
        }
        assertThat(Files.readString(file)).as("a pass has ended").isEqualTo("0\n0\n");
    }

    @Test
    void aRestartLooksAgainWhereThereWasDamage() throws IOException {
        TopicPartition hurt = new TopicPartition("t", 3);
        Path file = root.resolve("damage-checkpoint");
        Path segment = root.resolve("t-3").resolve("00000000000000000000.log");
        opened(0).close();
        assertThat(file).doesNotExist();
        byte[] sound = Files.readAllBytes(segment);
        byte[] damaged = sound.clone();
        damaged[62]++;
        Files.write(segment, damaged);
        try (LogManager manager = opened(0)) {
            assertThat(log(manager, hurt).damagedRanges())
                    .as("nobody has looked")
                    .isEmpty();
            manager.scrubNow();
            assertThat(log(manager, hurt).damagedRanges()).hasSize(1);
        }
        assertThat(Files.readString(file)).isEqualTo("0\n1\nt 3 0\n");
        List<TopicPartition> told = new CopyOnWriteArrayList<>();
        try (LogManager manager = manager(0)) {
            manager.onDamage(told::add);
            start(manager);
            Await.await(() -> "told of " + told, () -> told.equals(List.of(hurt)));
            assertThat(log(manager, hurt).damagedRanges()).hasSize(1);
        }
        assertThat(Files.readString(file)).isEqualTo("0\n1\nt 3 0\n");
        // As when it has been written anew, and the machine went down before the next checkpoint.
        Files.write(segment, sound);
        try (LogManager manager = opened(0)) {
            Await.await(() -> "there is none any more", () -> "0\n0\n".equals(content(file)));
            assertThat(log(manager, hurt).damagedRanges()).isEmpty();
        }
    }

    @Test
    void aStopSoonAfterAStartForgetsNoDamageThatWasNotLookedFor() throws Exception {
        Path file = root.resolve("damage-checkpoint");
        opened(0).close();
        for (String name : List.of("t-2", "t-3")) {
            Path segment = root.resolve(name).resolve("00000000000000000000.log");
            byte[] bytes = Files.readAllBytes(segment);
            bytes[62]++;
            Files.write(segment, bytes);
        }
        try (LogManager manager = opened(0)) {
            manager.scrubNow();
        }
        String both = Files.readString(file);
        assertThat(both).contains("t 2 0\n", "t 3 0\n");
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        LogManager manager = manager(0);
        // Keeps the scrubber at the first of the two until the manager is stopping.
        manager.onDamage(partition -> {
            held.countDown();
            await(go);
        });
        start(manager);
        await(held);
        Thread stop = new Thread(manager::close);
        stop.start();
        try {
            Await.await(
                    () -> "the stop waits for the scrubber: " + stop.getState(),
                    () -> stop.getState() == Thread.State.TIMED_WAITING);
        } finally {
            go.countDown();
            stop.join();
        }
        assertThat(Files.readString(file)).isEqualTo(both);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).as("in time").isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PartitionLog log(LogManager manager, TopicPartition partition) {
        return Objects.requireNonNull(manager.log(partition));
    }

    private static Scrubber.Position position(Scrubber scrubber) {
        return Objects.requireNonNull(scrubber.position());
    }

    private LogManager manager(long scrubBytesPerSecond) {
        return new LogManager(
                new StorageConfig.Builder(List.of(root))
                        .initialTaskDelayMs(0)
                        .maxOpenFiles(100)
                        .flushOffsetCheckpointIntervalMs(20)
                        .scrubBytesPerSecond(scrubBytesPerSecond)
                        .recoveryMarkBytes(0)
                        .build(),
                new TestClock(NOW));
    }

    private static LogConfig config() {
        return new LogConfig.Builder().segmentBytes(500).build();
    }

    private static void start(LogManager manager) {
        manager.lockDirs();
        manager.start(7, "abcdefghijklmnopqrstuv", topic -> config()).join();
    }

    private LogManager opened(long scrubBytesPerSecond) {
        LogManager manager = manager(scrubBytesPerSecond);
        start(manager);
        for (int i = 0; i < LOGS; i++) {
            PartitionLog log = manager.getOrCreate(new TopicPartition("t", i), Uuid.ZERO, config());
            for (int record = 0; log.logEndOffset() < 30; record++) {
                log.appendAsLeader(Batches.of(NOW, "v" + record), 0, AppendOrigin.CLIENT, new AppendInfo());
            }
        }
        return manager;
    }
}
