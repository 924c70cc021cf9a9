package io.millrace.storage.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.Await;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.checkpoint.OffsetCheckpoint;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.TestLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryCheckTest {
    private static final String CLUSTER = "abcdefghijklmnopqrstuv";
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);

    @TempDir
    Path dir;

    private Path partition;
    private int status;

    @BeforeEach
    void write() throws IOException {
        LogConfig config = new LogConfig.Builder()
                .segmentBytes(1000)
                .indexIntervalBytes(150)
                .build();
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC())) {
            manager.lockDirs();
            manager.start(1, CLUSTER, topic -> config).join();
            PartitionLog log = manager.getOrCreate(PARTITION, Uuid.random(), config);
            for (int i = 0; i < 40; i++) {
                log.appendAsLeader(
                        Batches.transactional(6, 1, i, TestLog.NOW + i, "value"),
                        0,
                        AppendOrigin.CLIENT,
                        new AppendInfo());
                log.appendAsLeader(
                        Batches.marker(6, 1, false, 3, TestLog.NOW + i), 0, AppendOrigin.COORDINATOR, new AppendInfo());
            }
            // While a broker runs, too, once it has cut off what full segments did not need.
            Await.await(() -> "nothing is wrong, but " + wrong(), () -> wrong().isEmpty());
        }
        partition = dir.resolve(PARTITION.toString());
        assertThat(logs()).hasSizeGreaterThan(4);
        assertThat(wrong()).isEmpty();
        assertThat(status).isZero();
    }

    @Test
    void tellsOfASegmentThatIsMissing() throws IOException {
        Path before = logs().get(1);
        Path after = logs().get(3);
        delete(logs().get(2));
        String hole = before + ": ends before offset [0-9]+, and the next segment begins at "
                + DirectoryFiles.baseOffset(after) + ": what lay between is missing";
        assertThat(wrong()).singleElement().asString().matches(hole);
        assertThat(status).isOne();

        // Those that were deleted from the beginning are none.
        delete(logs().get(0));
        delete(logs().get(0));
        assertThat(wrong()).isEmpty();
    }

    @Test
    void saysNothingOfGapsThatCompactionOrADeletionMayHaveLeft() throws IOException {
        long after = DirectoryFiles.baseOffset(logs().get(3));
        delete(logs().get(2));
        assertThat(wrong()).hasSize(1);
        for (String name : List.of(OffsetCheckpoint.CLEANER, OffsetCheckpoint.LOG_START)) {
            new OffsetCheckpoint(dir, name).write(Map.of(PARTITION, after));
            assertThat(wrong()).as(name).isEmpty();
            Files.delete(dir.resolve(name));
        }
        Files.delete(dir.resolve(OffsetCheckpoint.RECOVERY_POINT));
        assertThat(wrong())
                .as("a copy, of which nobody knows whether it was compacted")
                .isEmpty();
    }

    @Test
    void tellsOfSegmentsThatOverlap() throws IOException {
        Path second = logs().get(1);
        long base = DirectoryFiles.baseOffset(second) - 1;
        for (String suffix : List.of(".log", ".index", ".timeindex", ".txnindex")) {
            Path file = second.resolveSibling(second.getFileName().toString().replace(".log", suffix));
            Files.move(file, partition.resolve("%020d%s".formatted(base, suffix)));
        }
        assertThat(wrong())
                .anyMatch(line -> line.equals(logs().get(0) + ": reaches up to offset " + (base + 1)
                        + ", though the next segment begins at " + base));
    }

    @Test
    void tellsOfIndexesThatAreMissing() throws IOException {
        String second = logs().get(1).toString();
        List<String> missing = new ArrayList<>();
        for (String suffix : List.of(".index", ".timeindex")) {
            Path index = Path.of(second.replace(".log", suffix));
            Files.delete(index);
            missing.add(index + ": is missing; the next start makes it anew");
        }
        assertThat(wrong()).isEqualTo(missing);

        Files.delete(Path.of(second));
        assertThat(wrong()).contains(second.replace(".log", ".txnindex") + ": its log file is missing");
    }

    @Test
    void tellsOfCheckpointsThatCannotBeRead() throws IOException {
        Path recoveryPoints = dir.resolve(OffsetCheckpoint.RECOVERY_POINT);
        Path epochs = partition.resolve("leader-epoch-checkpoint");
        Files.writeString(recoveryPoints, "0\n2\nt 0 7\n");
        Files.writeString(epochs, "0\n1\n0 0");
        assertThat(wrong())
                .containsExactly(
                        recoveryPoints + ": says nothing, because 2 entries are announced, 1 are there",
                        epochs + ": says nothing, because the last line is cut off");
        assertThat(status).isOne();
        assertThat(wrong(partition))
                .as("of a partition alone")
                .containsExactly(epochs + ": says nothing, because the last line is cut off");
    }

    private void delete(Path log) throws IOException {
        String name = log.getFileName().toString();
        try (Stream<Path> files = Files.list(partition)) {
            for (Path file : files.filter(
                            file -> file.getFileName().toString().startsWith(name.substring(0, name.indexOf('.'))))
                    .toList()) {
                Files.delete(file);
            }
        }
    }

    private List<Path> logs() {
        try (Stream<Path> files = Files.list(partition)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> wrong() {
        return wrong(dir);
    }

    private List<String> wrong(Path directory) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        PrintStream nowhere = new PrintStream(ByteArrayOutputStream.nullOutputStream());
        status = DumpLog.run(
                new String[] {"--verify-index-only", "--directory", directory.toString()}, out, nowhere, false);
        return bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.equals("Found wrong:"))
                .toList();
    }
}
