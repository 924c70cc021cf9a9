package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.storage.LogDirStatus;
import io.millrace.storage.LogManager;
import io.millrace.storage.SmallDisk;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.StorageException;
import io.millrace.storage.checkpoint.BootFile;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real file system fills up to its last block under a process, gets room, fills up again; then the process is killed and its logs are
 * opened on the full disk. Skipped where mounting is not allowed.
 */
class FullDiskTest {
    @TempDir
    Path dir;

    private SmallDisk disk;
    private Path mount;

    @BeforeEach
    void mount() throws Exception {
        disk = SmallDisk.ext4(dir, "24M");
        mount = disk.path();
    }

    @AfterEach
    void unmount() throws Exception {
        if (disk != null) {
            disk.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFullDiskIsAnErrorThatGoesAwayWithTheCause(boolean mapped) throws Exception {
        Path logs = mount.resolve("logs");
        Path hog = mount.resolve("hog");
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FullDiskChild.class.getName(),
                        logs.toString(),
                        Boolean.toString(mapped))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long end;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            await(out, line -> line.startsWith("a "));
            SmallDisk.fill(hog);
            assertThat(await(out, line -> line.startsWith("f "))).isEqualTo("f KAFKA_STORAGE_ERROR .");
            Files.delete(hog);
            await(out, line -> line.startsWith("a "));
            SmallDisk.fill(hog);
            assertThat(await(out, line -> line.startsWith("f "))).isEqualTo("f KAFKA_STORAGE_ERROR .");
            // The reports before the last refusal are read; what is left of the disk goes to the hog.
            SmallDisk.fill(mount.resolve("hog2"));
            child.toHandle().destroyForcibly();
            end = lastEnd;
            String line;
            while ((line = out.readLine()) != null) {
                end = line.matches("a \\d+ \\.") ? Long.parseLong(line.split(" ")[1]) : end;
            }
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(20, TimeUnit.SECONDS)).as("the child dies").isTrue();
        assertThat(child.exitValue()).as("killed, not ended by itself").isEqualTo(137);
        opensOnTheFullDisk(logs, hog, mapped, end);
    }

    @Test
    void startsOnADiskThatFilledUpAfterAStopInOrder() throws Exception {
        Path logs = mount.resolve("logs");
        Path hog = mount.resolve("hog");
        TopicPartition partition = CrashChild.partition(0);
        TopicPartition startsLate = CrashChild.partition(1);
        try (LogManager manager = started(logs)) {
            append(manager.getOrCreate(partition, Uuid.ZERO, FullDiskChild.logConfig()));
            manager.getOrCreate(startsLate, Uuid.ZERO, FullDiskChild.logConfig())
                    .truncateFullyAndStartAt(100);
            manager.onLossSeenTo();
        }
        assertThat(logs.resolve(".boot")).as("has to be made anew").doesNotExist();
        Path fresh = Files.createDirectory(mount.resolve("new"));
        SmallDisk.fill(hog);
        assertThat(BootFile.renew(fresh, false, true, false))
                .as("there is no room to note the boot")
                .isEqualTo(new BootFile.Former(false, false, false));
        assertThat(fresh.resolve(".boot")).doesNotExist();
        try (LogManager manager = started(logs, fresh)) {
            assertThat(manager.dirs()).allMatch(LogDirStatus::online);
            PartitionLog log = Objects.requireNonNull(manager.log(partition));
            assertThat(log.cleanStart()).isTrue();
            assertThat(log.logEndOffset()).isOne();
            readsAll(log);
            assertThat(Objects.requireNonNull(manager.log(startsLate)).logEndOffset())
                    .isEqualTo(100);
            assertThatThrownBy(() -> append(log)).isInstanceOf(StorageException.class);

            Files.delete(hog);
            append(log);
            readsAll(log);
            PartitionLog inTheNew = manager.getOrCreate(CrashChild.partition(2), Uuid.ZERO, FullDiskChild.logConfig());
            assertThat(inTheNew.logDir()).isEqualTo(fresh);
            assertThat(fresh.resolve("meta.properties")).exists();
        }
    }

    /** Room for bytes is not room for a file. */
    @Test
    void aLogThatCannotBeginAnewForWantOfAFileStaysAsItIs() throws Exception {
        Path logs = mount.resolve("logs");
        Path files = Files.createDirectory(mount.resolve("files"));
        try (LogManager manager = started(logs)) {
            manager.onLossSeenTo();
            PartitionLog log = manager.getOrCreate(CrashChild.partition(0), Uuid.ZERO, FullDiskChild.logConfig());
            append(log);
            append(log);
            log.flush();
            int count = useUpFiles(files);
            assertThatThrownBy(() -> log.truncateFullyAndStartAt(100)).isInstanceOf(StorageException.class);
            assertThat(manager.anyDirOnline()).isTrue();
            assertThat(log.logEndOffset()).isEqualTo(2);
            readsAll(log);
            Files.delete(files.resolve("0"));
            Files.delete(files.resolve(Integer.toString(count - 1)));
            append(log);
        }
        try (LogManager manager = started(logs)) {
            PartitionLog log = Objects.requireNonNull(manager.log(CrashChild.partition(0)));
            assertThat(log.logEndOffset())
                    .as("what was appended after the refusal is there")
                    .isEqualTo(3);
            readsAll(log);
            // Which of the checkpoints found room in the few files that were free is a matter of time.
            for (int i = 1; i <= 8; i++) {
                Files.delete(files.resolve(Integer.toString(i)));
            }
            log.truncateFullyAndStartAt(100);
            append(log);
        }
        try (LogManager manager = started(logs)) {
            PartitionLog log = Objects.requireNonNull(manager.log(CrashChild.partition(0)));
            assertThat(log.logStartOffset()).isEqualTo(100);
            assertThat(log.logEndOffset()).isEqualTo(101);
            readsAll(log);
        }
    }

    private static int useUpFiles(Path dir) throws IOException {
        for (int i = 0; ; i++) {
            try {
                Files.createFile(dir.resolve(Integer.toString(i)));
            } catch (IOException e) {
                assertThat(e.getMessage()).contains("No space left");
                return i;
            }
        }
    }

    private static LogManager started(Path... logs) {
        LogManager manager = new LogManager(StorageConfig.of(List.of(logs)), Clock.systemUTC());
        manager.lockDirs();
        manager.start(1, CrashChild.CLUSTER, topic -> FullDiskChild.logConfig()).join();
        return manager;
    }

    private void opensOnTheFullDisk(Path logs, Path hog, boolean mapped, long end) throws IOException {
        // As often as it is killed before there is room.
        for (int i = 0; i < 2; i++) {
            try (LogManager manager = new LogManager(FullDiskChild.config(logs, mapped), Clock.systemUTC())) {
                manager.lockDirs();
                manager.start(1, CrashChild.CLUSTER, topic -> FullDiskChild.logConfig())
                        .join();
                PartitionLog log = manager.getOrCreate(CrashChild.partition(0), Uuid.ZERO, FullDiskChild.logConfig());
                assertThat(log.logEndOffset()).isGreaterThanOrEqualTo(end);
                readsAll(log);
                assertThat(manager.dirs()).allMatch(LogDirStatus::online);
            }
        }
        Files.deleteIfExists(hog);
        try (LogManager manager = new LogManager(FullDiskChild.config(logs, mapped), Clock.systemUTC())) {
            manager.lockDirs();
            manager.start(1, CrashChild.CLUSTER, topic -> FullDiskChild.logConfig())
                    .join();
            PartitionLog log = manager.getOrCreate(CrashChild.partition(0), Uuid.ZERO, FullDiskChild.logConfig());
            readsAll(log);
            append(log);
            readsAll(log);
        }
        assertThat(logs.resolve(".kafka_cleanshutdown")).exists();
    }

    private static void append(PartitionLog log) {
        BatchBuilder builder = new BatchBuilder();
        builder.begin(Compression.NONE);
        builder.append(1, null, CrashChild.value(log.logEndOffset(), 0));
        log.appendAsLeader(builder.finish(), 0, AppendOrigin.CLIENT, new AppendInfo());
    }

    private static void readsAll(PartitionLog log) {
        LogSlice slice = new LogSlice();
        RecordCursor cursor = new RecordCursor();
        long next = log.logStartOffset();
        while (next < log.logEndOffset()) {
            log.read(next, 1, true, log.logEndOffset(), slice);
            ByteBuffer bytes = ByteBuffer.allocate(slice.length());
            slice.copyTo(bytes);
            slice.release();
            assertThat(BatchHeader.crcIsValid(bytes, 0)).isTrue();
            cursor.wrap(bytes, 0);
            assertThat(cursor.next()).isTrue();
            byte[] value = new byte[cursor.valueLength()];
            cursor.buffer().get(cursor.valueIndex(), value);
            assertThat(value).as("record " + next).isEqualTo(CrashChild.value(next, 0));
            next = BatchHeader.nextOffset(bytes, 0);
        }
    }

    private long lastEnd;

    // Reads reports until one is what is waited for; the build's own limit ends a wait in vain.
    private String await(BufferedReader out, Predicate<String> wanted) throws IOException {
        String line;
        while ((line = out.readLine()) != null) {
            assertThat(line).doesNotStartWith("x ");
            if (line.matches("a \\d+ \\.")) {
                lastEnd = Long.parseLong(line.split(" ")[1]);
            }
            if (wanted.test(line)) {
                return line;
            }
        }
        throw new AssertionError("The child ended by itself");
    }
}
