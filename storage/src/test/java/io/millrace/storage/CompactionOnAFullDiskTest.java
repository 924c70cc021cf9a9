package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk with less room than the reserve, where compaction is what makes room: 8 MiB are free of 32, and 12 are the reserve. Skipped
 * where mounting is not allowed.
 */
class CompactionOnAFullDiskTest {
    private static final long MIB = 1024 * 1024;
    private static final long NOW = 1_700_000_000_000L;
    private static final TopicPartition LARGE = new TopicPartition("large", 0);
    private static final TopicPartition SMALL = new TopicPartition("small", 0);

    @TempDir
    Path dir;

    private SmallDisk disk;
    private Path logs;

    @BeforeEach
    void mount() throws Exception {
        disk = SmallDisk.inMemory(dir, "32m");
        logs = disk.path().resolve("logs");
    }

    @AfterEach
    void unmount() throws Exception {
        if (disk != null) {
            disk.close();
        }
    }

    @Test
    void whatThereIsNoRoomToCompactKeepsNothingElseFromMakingRoom() throws Exception {
        fillLogs();
        Path hog = disk.path().resolve("hog");
        disk.leave(8 * MIB, hog);
        try (LogManager manager = started(12 * MIB)) {
            PartitionLog large = Objects.requireNonNull(manager.log(LARGE));
            PartitionLog small = Objects.requireNonNull(manager.log(SMALL));
            long sizeOfLarge = large.size();
            String before = compacted();
            assertThat(before).contains("small 0 ");
            assertThatThrownBy(() -> append(small, "k", "v"))
                    .as("appends leave the reserve alone")
                    .isInstanceOf(StorageException.class);

            manager.compactNow();
            assertThat(large.size())
                    .as("more than half of the reserve is needed")
                    .isEqualTo(sizeOfLarge);
            assertThat(compacted())
                    .as("the other one, which is less dirty, is compacted further")
                    .contains("small 0 ")
                    .doesNotContain("large")
                    .isNotEqualTo(before);
            assertThat(files(large)).noneMatch(name -> name.endsWith(".cleaned"));

            Files.delete(hog);
            manager.compactNow();
            assertThat(compacted()).as("once there is room").contains("large 0 ");
        }
    }

    // A large log that is all dirty, and a small one of which a part is compacted already.
    private void fillLogs() {
        try (LogManager manager = started(0)) {
            PartitionLog small = manager.getOrCreate(SMALL, Uuid.random(), config(100_000));
            fillSmall(small);
            manager.compactNow();
            fillSmall(small);
            PartitionLog large = manager.getOrCreate(LARGE, Uuid.random(), config((int) (4 * MIB)));
            String value = "v".repeat(100_000);
            for (int i = 0; large.segmentCount() == 1; i++) {
                append(large, "k" + i, value);
            }
            large.updateHighWatermark(large.logEndOffset());
        }
    }

    private static void fillSmall(PartitionLog small) {
        String value = "v".repeat(10_000);
        for (int i = 0; i < 50; i++) {
            append(small, "k" + i % 3, value);
        }
        small.updateHighWatermark(small.logEndOffset());
    }

    private LogManager started(long reserveBytes) {
        StorageConfig config = new StorageConfig.Builder(List.of(logs))
                .diskReserveBytes(reserveBytes)
                .cleanerEnabled(false)
                .build();
        LogManager manager = new LogManager(config, new TestClock(NOW));
        manager.lockDirs();
        manager.start(
                        7,
                        "abcdefghijklmnopqrstuv",
                        topic -> config(topic.equals(LARGE.topic()) ? (int) (4 * MIB) : 100_000))
                .join();
        return manager;
    }

    private static LogConfig config(int segmentBytes) {
        return new LogConfig.Builder()
                .segmentBytes(segmentBytes)
                .compact(true)
                .delete(false)
                .minCleanableDirtyRatio(0)
                .fileDeleteDelayMs(0)
                .build();
    }

    private static void append(PartitionLog log, String key, String value) {
        log.appendAsLeader(Batches.keyed(NOW, key, value), 0, AppendOrigin.CLIENT, new AppendInfo());
    }

    private String compacted() throws IOException {
        Path checkpoint = logs.resolve("cleaner-offset-checkpoint");
        return Files.exists(checkpoint) ? Files.readString(checkpoint) : "";
    }

    private static List<String> files(PartitionLog log) throws IOException {
        try (var paths = Files.list(log.path())) {
            return paths.map(path -> path.getFileName().toString()).toList();
        }
    }
}
