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
                ChildJvm.run(new ProcessBuilder(
                                "cc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl"))
                        .startsWith("0 "),
                "there is no C compiler here");
        ProcessBuilder child =
                ChildJvm.of(FailingDiskChild.class, "flush", dir.resolve("logs").toString());
        child.environment().put("LD_PRELOAD", library.toString());
        child.environment().put("FAILSYNC_TRIGGER", dir.resolve("fail").toString());
        child.environment().put("FAILSYNC_ERRNO", ENOSPC);
        assertThat(ChildJvm.run(child)).startsWith("0 ").contains("ok");
    }
}
