package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.storage.ChildJvm;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
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
        assertThat(ChildJvm.run(child)).startsWith("0 ").contains("ok");
    }

    /** Skipped where there is no C compiler. */
    @ParameterizedTest
    @ValueSource(strings = {"fetch", "copy", "timestamp", "scrub"})
    void aReadThatFailsTakesTheDirectoryOutOfService(String how) throws Exception {
        ProcessBuilder child = child(how);
        child.environment().put("LD_PRELOAD", compiled("failread"));
        child.environment().put("FAILREAD_TRIGGER", dir.resolve("fail").toString());
        assertThat(ChildJvm.run(child))
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
        assertThat(ChildJvm.run(child))
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
                ChildJvm.run(new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library, source.toString(), "-ldl"))
                        .startsWith("0 "),
                "there is no C compiler here");
        return library;
    }

    @Test
    void aFileCutShortUnderItsMapIsAnErrorAndNotTheEnd() throws Exception {
        assertThat(ChildJvm.run(child("truncate"))).startsWith("0 ").contains("ok");
    }

    private ProcessBuilder child(String what) {
        return ChildJvm.of(FailingDiskChild.class, what, dir.resolve("logs").toString());
    }
}
