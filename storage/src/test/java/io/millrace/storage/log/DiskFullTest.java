package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.SmallDisk;
import io.millrace.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small file system of its own fills up. Skipped where mounting is not allowed. */
class DiskFullTest {
    @TempDir
    Path dir;

    private SmallDisk disk;

    @BeforeEach
    void mount() throws Exception {
        disk = SmallDisk.inMemory(dir, "6m");
    }

    @AfterEach
    void unmount() throws Exception {
        if (disk != null) {
            disk.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4096, Integer.MAX_VALUE})
    void aFullDiskRefusesProducersServesConsumersAndForgetsWhenThereIsRoomAgain(int mappedMaxBytes) throws IOException {
        Path hog = disk.path().resolve("hog");
        Files.write(hog, new byte[3 * 1024 * 1024]);
        try (TestLog test = new TestLog(disk.path(), TestLog.config().build(), mappedMaxBytes)) {
            String value = "x".repeat(10_000);
            StorageException refused = null;
            for (int i = 0; refused == null; i++) {
                try {
                    // Small ones in a row earn windows, which large ones leave behind.
                    test.append(Batches.of(TestLog.NOW, i % 40 < 10 ? value : "x".repeat(2_500)));
                } catch (StorageException e) {
                    refused = e;
                }
            }
            assertThat(refused.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
            assertThat(refused).hasMessageContaining("disk is full");
            long end = test.log.logEndOffset();
            // What was provided ahead, and the indexes, take their share of the 3 MiB.
            assertThat(end).isGreaterThan(100);
            assertThat(test.records(0)).hasSize((int) end);
            assertThatThrownBy(() -> test.append(Batches.of(TestLog.NOW, "y".repeat(900_000))))
                    .isInstanceOf(StorageException.class);
            assertThat(test.failures).isEmpty();

            test.kill(0);
            assertThat(test.log.logEndOffset())
                    .as("a start on a full disk succeeds")
                    .isEqualTo(end);

            Files.delete(hog);
            test.append(Batches.of(TestLog.NOW, value));
            assertThat(test.records(0)).hasSize((int) end + 1);
        }
    }
}
