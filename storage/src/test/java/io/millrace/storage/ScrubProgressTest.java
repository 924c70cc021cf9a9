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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pass over all logs that is interrupted by a restart goes on where it was. */
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

    private static Scrubber.Position position(Scrubber scrubber) {
        return Objects.requireNonNull(scrubber.position());
    }

    private LogManager opened(long scrubBytesPerSecond) {
        LogManager manager = new LogManager(
                new StorageConfig.Builder(List.of(root))
                        .initialTaskDelayMs(0)
                        .maxOpenFiles(100)
                        .scrubBytesPerSecond(scrubBytesPerSecond)
                        .recoveryMarkBytes(0)
                        .build(),
                new TestClock(NOW));
        manager.lockDirs();
        LogConfig config = new LogConfig.Builder().segmentBytes(500).build();
        manager.start(7, "abcdefghijklmnopqrstuv", topic -> config).join();
        for (int i = 0; i < LOGS; i++) {
            PartitionLog log = manager.getOrCreate(new TopicPartition("t", i), Uuid.ZERO, config);
            for (int record = 0; log.logEndOffset() < 30; record++) {
                log.appendAsLeader(Batches.of(NOW, "v" + record), 0, AppendOrigin.CLIENT, new AppendInfo());
            }
        }
        return manager;
    }
}
