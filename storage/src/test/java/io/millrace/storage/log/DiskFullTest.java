package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small file system of its own fills up. Skipped where mounting is not allowed. */
class DiskFullTest {
    @TempDir
    Path dir;

    private Path mount;

    @BeforeEach
    void mount() throws Exception {
        mount = Files.createDirectory(dir.resolve("small"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mount.toString()) == 0,
                "a small file system cannot be mounted here");
    }

    @AfterEach
    void unmount() throws Exception {
        // Lazily: the log that was "killed" still has its windows.
        run("umount", "-l", mount.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4096, Integer.MAX_VALUE})
    void aFullDiskRefusesProducersServesConsumersAndForgetsWhenThereIsRoomAgain(int mappedMaxBytes) throws IOException {
        Path hog = mount.resolve("hog");
        Files.write(hog, new byte[3 * 1024 * 1024]);
        try (TestLog test = new TestLog(mount, TestLog.config().build(), mappedMaxBytes)) {
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

    private static int run(String... command) throws IOException, InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            return -1;
        }
    }
}
