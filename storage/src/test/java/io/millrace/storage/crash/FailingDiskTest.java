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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sync that fails, once, fences the log; a read that fails is told of; a file cut short under its map ends no process. */
class FailingDiskTest {
    @TempDir
    Path dir;

    /** Skipped where there is no C compiler. */
    @ParameterizedTest
    @ValueSource(strings = {"flush", "group", "parent"})
    void aFailedSyncIsNeverTriedAgain(String how) throws Exception {
        ProcessBuilder child = child(how);
        child.environment().put("LD_PRELOAD", compiled("failsync"));
        child.environment().put("FAILSYNC_TRIGGER", dir.resolve("fail").toString());
        assertThat(run(child)).startsWith("0 ").contains("ok");
    }

    /** Skipped where there is no C compiler. */
    @ParameterizedTest
    @ValueSource(strings = {"fetch", "copy", "timestamp", "scrub"})
    void aReadThatFailsTakesTheDirectoryOutOfService(String how) throws Exception {
        ProcessBuilder child = child(how);
        child.environment().put("LD_PRELOAD", compiled("failread"));
        child.environment().put("FAILREAD_TRIGGER", dir.resolve("fail").toString());
        assertThat(run(child))
                .startsWith("0 ")
                .contains("ok")
                .containsPattern("ERROR .*out of service .* reading .* of .*/00000000000000000000.log")
                .contains("Input/output error");
    }

    /** Skipped where there is no C compiler. */
    @ParameterizedTest
    @ValueSource(strings = {"list", "listlog"})
    void aDirectoryThatCannotBeListedIsOutOfServiceAndTheStartGoesOn(String how) throws Exception {
        ProcessBuilder child = child(how);
        child.environment().put("LD_PRELOAD", compiled("failread"));
        child.environment().put("FAILREAD_TRIGGER", dir.resolve("fail").toString());
        assertThat(run(child))
                .startsWith("0 ")
                .contains("ok")
                .contains("Cannot list")
                .contains("Input/output error");
    }

    private String compiled(String shim) throws Exception {
        Path source = dir.resolve(shim + ".c");
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/shim/" + shim + ".c"))) {
            Files.copy(in, source);
        }
        String library = dir.resolve(shim + ".so").toString();
        assumeTrue(
                run(new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library, source.toString(), "-ldl"))
                        .startsWith("0 "),
                "there is no C compiler here");
        return library;
    }

    @Test
    void aFileCutShortUnderItsMapIsAnErrorAndNotTheEnd() throws Exception {
        assertThat(run(child("truncate"))).startsWith("0 ").contains("ok");
    }

    private ProcessBuilder child(String what) {
        return new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                FailingDiskChild.class.getName(),
                what,
                dir.resolve("logs").toString());
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
