package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a rig that was killed has left does not fill the disk for ever, and what others use stays. */
class ProcessesTest {
    @TempDir
    Path work;

    @Test
    void removesTheDirectoriesOfDeadProcessesOnly() throws Exception {
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Path left = Files.createDirectories(work.resolve("cluster-" + dead.pid() + "-3/logs-1"))
                .getParent();
        Path own = Files.createDirectories(Processes.dirIn(work, 1));
        Path other = Files.createDirectories(work.resolve("cluster-of-somebody"));
        Processes.removeLeftOvers(work);
        assertThat(left).doesNotExist();
        assertThat(own).exists();
        assertThat(other).exists();
    }

    @Test
    void keepsTheFilesOfARunOnlyIfTold() throws Exception {
        try (Processes usual = new Processes(Processes.dirIn(work, 1));
                Processes keeping = new Processes(Processes.dirIn(work, 2))) {
            keeping.keepFiles();
            Files.createFile(usual.dir().resolve("a"));
            Files.createFile(keeping.dir().resolve("a"));
        }
        Path other = Files.createDirectories(work.resolve("cluster-of-somebody"));
        assertThat(Processes.dirIn(work, 1)).doesNotExist();
        assertThat(Processes.dirIn(work, 2).resolve("a")).exists();
        Processes.delete(Processes.dirIn(work, 2));
        assertThat(Processes.dirIn(work, 2)).doesNotExist();
        assertThat(other).exists();
    }
}
