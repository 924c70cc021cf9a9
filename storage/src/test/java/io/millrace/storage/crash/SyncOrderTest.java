package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.TestLog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is brought to disk, and in which order: whatever moment the power fails, nothing that is there says that something else
 * is which is not. Skipped where there is no C compiler.
 */
class SyncOrderTest {
    private static final String LOG = "t-0/00000000000000000000.log";
    private static final String TOPIC_ID = "t-0/partition.metadata";
    private static final String EPOCHS = "t-0/leader-epoch-checkpoint.tmp";
    private static final String PRODUCERS = "t-0/00000000000000000002.snapshot.tmp";
    private static final String RECOVERY_POINTS = "recovery-point-offset-checkpoint.tmp";
    private static final String MARKER = ".kafka_cleanshutdown.tmp";

    @TempDir
    Path dir;

    @Test
    void dataComesBeforeWhatVouchesForIt() throws Exception {
        Path logs = Files.createDirectory(dir.resolve("logs")).toRealPath();
        List<String> synced = syncsOf(logs);

        int data = synced.indexOf(LOG);
        int epochs = synced.indexOf(EPOCHS);
        int producers = synced.indexOf(PRODUCERS);
        int recoveryPoints = synced.lastIndexOf(RECOVERY_POINTS);
        int marker = synced.lastIndexOf(MARKER);
        assertThat(data).as("the records are synced; synced was %s", synced).isNotNegative();
        assertThat(epochs).as("epochs after records in %s", synced).isGreaterThan(data);
        assertThat(producers).as("producers after records in %s", synced).isGreaterThan(data);
        assertThat(recoveryPoints)
                .as("recovery points after what lies below them in %s", synced)
                .isGreaterThan(Math.max(epochs, producers));
        assertThat(synced.indexOf(TOPIC_ID))
                .as("whose the records are, before the recovery point, in %s", synced)
                .isBetween(0, recoveryPoints);
        assertThat(marker).as("the marker of a clean stop last in %s", synced).isGreaterThan(recoveryPoints);
        List<String> between = synced.subList(Math.max(epochs, producers), recoveryPoints);
        assertThat(between)
                .as("what names the files, before the recovery point, in %s", synced)
                .contains("t-0");
        assertThat(synced.subList(recoveryPoints, marker))
                .as("the name of the recovery point, before the marker of a clean stop, in %s", synced)
                .contains("");
        assertThat(synced.subList(marker, synced.size()))
                .as("the name of the marker, in %s", synced)
                .contains("");
    }

    /** Relative to the log directory, which is itself the empty string. */
    private List<String> syncsOf(Path logs) throws Exception {
        Path source = dir.resolve("notesync.c");
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/shim/notesync.c"))) {
            Files.copy(in, source);
        }
        Path library = dir.resolve("notesync.so");
        assumeTrue(
                run(new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")),
                "there is no C compiler here");
        Path notes = dir.resolve("notes");
        ProcessBuilder child = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                logs.toString());
        child.environment().put("LD_PRELOAD", library.toString());
        child.environment().put("NOTESYNC", notes.toString());
        assertThat(run(child)).as("the child ends well").isTrue();
        return Files.readAllLines(notes).stream()
                .map(Path::of)
                .filter(path -> path.startsWith(logs))
                .map(path -> logs.relativize(path).toString())
                .toList();
    }

    private static boolean run(ProcessBuilder builder) throws InterruptedException {
        try {
            Process process = builder.inheritIO().start();
            return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Appends to a new log and stops in order. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) {
            try (LogManager manager = new LogManager(StorageConfig.of(List.of(Path.of(args[0]))), Clock.systemUTC())) {
                manager.lockDirs();
                manager.start(1, CrashChild.CLUSTER, topic -> LogConfig.DEFAULT).join();
                PartitionLog log = manager.getOrCreate(new TopicPartition("t", 0), Uuid.random(), LogConfig.DEFAULT);
                log.appendAsLeader(Batches.of(TestLog.NOW, "a", "b"), 3, AppendOrigin.CLIENT, new AppendInfo());
            }
        }
    }
}
