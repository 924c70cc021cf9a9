package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Skipped where there is no {@code stat}, and on file systems that keep no blocks for zeros. */
class ProvidedSpaceTest {
    @TempDir
    Path dir;

    /** A store into a page without one ends in a fault when the disk is full, where a write would have been refused. */
    @Test
    void everyPageThatIsMappedHasItsBlock() throws Exception {
        Path zeros = dir.resolve("zeros");
        Files.write(zeros, new byte[64 * 1024]);
        assumeTrue(allocated(zeros) >= 64 * 1024, "zeros take no room here");
        try (TestLog test = new TestLog(dir.resolve("logs"), TestLog.config().build())) {
            test.append(Batches.of(TestLog.NOW, "a"));
            Path log = test.dir.resolve("00000000000000000000.log");
            long length = Files.size(log);
            assertThat(length).as("more than the batch is mapped").isGreaterThan(4096);
            assertThat(allocated(log)).isGreaterThanOrEqualTo(length);
        }
    }

    // Bytes, in blocks of 512; -1 if nobody says.
    private static long allocated(Path file) throws InterruptedException {
        try {
            Process process = new ProcessBuilder("stat", "-c", "%b", file.toString())
                    .redirectErrorStream(true)
                    .start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0
                    ? 512 * Long.parseLong(printed)
                    : -1;
        } catch (IOException e) {
            return -1;
        }
    }
}
