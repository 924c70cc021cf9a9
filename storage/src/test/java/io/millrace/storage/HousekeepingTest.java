package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done from time to time, while a broker runs. */
class HousekeepingTest {
    private static final long NOW = 1_700_000_000_000L;

    @TempDir
    Path root;

    private final TestClock clock = new TestClock(NOW);

    @Test
    void logsAreFlushedByAge() {
        StorageConfig config = new StorageConfig.Builder(List.of(root))
                .initialTaskDelayMs(0)
                .flushSchedulerIntervalMs(5)
                .build();
        try (LogManager manager = started(config)) {
            PartitionLog flushed = log(
                    manager, "flushed", new LogConfig.Builder().flushMs(1000).build());
            PartitionLog other = log(manager, "other", LogConfig.DEFAULT);
            append(flushed);
            append(other);
            clock.advance(1000);
            Await.await(() -> "flushed up to " + flushed.recoveryPoint(), () -> flushed.recoveryPoint() == 1);
            assertThat(other.recoveryPoint()).as("of a log without flush.ms").isZero();
        }
    }

    @Test
    void logStartsAreWrittenDown() {
        StorageConfig config = new StorageConfig.Builder(List.of(root))
                .initialTaskDelayMs(0)
                .flushStartOffsetCheckpointIntervalMs(5)
                .build();
        Path checkpoint = root.resolve("log-start-offset-checkpoint");
        try (LogManager manager = started(config)) {
            PartitionLog log = log(manager, "t", LogConfig.DEFAULT);
            for (int start = 1; start <= 2; start++) {
                append(log);
                log.updateHighWatermark(start);
                log.deleteRecords(start);
                String line = "t 0 " + start;
                Await.await(
                        () -> "a checkpoint: " + content(checkpoint),
                        () -> content(checkpoint).contains(line));
            }
        }
    }

    private LogManager started(StorageConfig config) {
        LogManager manager = new LogManager(config, clock);
        manager.lockDirs();
        manager.start(7, "abcdefghijklmnopqrstuv", topic -> LogConfig.DEFAULT).join();
        return manager;
    }

    private static PartitionLog log(LogManager manager, String topic, LogConfig config) {
        return manager.getOrCreate(new TopicPartition(topic, 0), Uuid.random(), config);
    }

    private static void append(PartitionLog log) {
        log.appendAsLeader(Batches.of(NOW, "v"), 0, AppendOrigin.CLIENT, new AppendInfo());
    }

    private static String content(Path path) {
        try {
            return Files.exists(path) ? Files.readString(path) : "";
        } catch (IOException e) {
            return e.toString();
        }
    }
}
