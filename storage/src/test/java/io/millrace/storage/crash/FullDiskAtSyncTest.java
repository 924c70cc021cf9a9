package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FullDiskAtSyncTest {
    private static final String ENOSPC = "28";

    @TempDir
    Path dir;

    /**
     * A write that finds no room can be made again; what a sync has lost for want of room is gone. Skipped where there is no C
     * compiler.
     */
    @Test
    void aSyncThatFailsForWantOfRoomIsNeverTriedAgain() throws Exception {
        Path source = dir.resolve("failsync.c");
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/shim/failsync.c"))) {
            Files.copy(in, source);
        }
        Path library = dir.resolve("failsync.so");
        assumeTrue(
                run(new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl"))
                        .startsWith("0 "),
                "there is no C compiler here");
        ProcessBuilder child = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                FailingDiskChild.class.getName(),
                "flush",
                dir.resolve("logs").toString());
        child.environment().put("LD_PRELOAD", library.toString());
        child.environment().put("FAILSYNC_TRIGGER", dir.resolve("fail").toString());
        child.environment().put("FAILSYNC_ERRNO", ENOSPC);
        assertThat(run(child)).startsWith("0 ").contains("ok");
    }

    // Exit status, a blank, and everything that was printed.
    private static String run(ProcessBuilder builder) throws InterruptedException {
        try {
            Process process = builder.redirectErrorStream(true).start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() + " " + printed : "no end";
        } catch (IOException e) {
            return "not started: " + e;
        }
    }
}
