package io.millrace.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    /** Of a run that took too long the thread is interrupted, and goes on so through all that it ends. */
    @Test
    void endsAllProcessesOfARunThatWasInterrupted() throws Exception {
        Processes processes = new Processes(Processes.dirIn(work, 1));
        List<Process> started = List.of(
                processes.launch("first", List.of("sleep", "600"), environment -> {}),
                processes.launch("second", List.of("sleep", "600"), environment -> {}));
        Thread.currentThread().interrupt();
        processes.close();
        assertThat(Thread.interrupted()).as("still interrupted").isTrue();
        assertThat(started).noneMatch(Process::isAlive);
        assertThat(Processes.dirIn(work, 1)).doesNotExist();
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
