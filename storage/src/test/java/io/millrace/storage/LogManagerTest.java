package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.DamagedRange;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogManagerTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final TopicPartition T1 = new TopicPartition("t", 1);
    private static final String CLUSTER = "abcdefghijklmnopqrstuv";

    @TempDir
    Path root;

    private final TestClock clock = new TestClock(NOW);
    private final AppendInfo info = new AppendInfo();
    private Path d1;
    private Path d2;

    @BeforeEach
    void dirs() {
        d1 = root.resolve("d1");
        d2 = root.resolve("d2");
    }

    @Test
    void keepsLogsAndIdentityOverARestart() {
        Uuid id = Uuid.random();
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, id, LogConfig.DEFAULT);
            append(log, "a", "b");
            log.updateHighWatermark(1);
        }
        assertThat(d1.resolve(".kafka_cleanshutdown")).exists();
        try (LogManager manager = started(d1)) {
            assertThat(d1.resolve(".kafka_cleanshutdown")).doesNotExist();
            assertThat(manager.storedBrokerId()).hasValue(7);
            assertThat(manager.storedClusterId()).isEqualTo(CLUSTER);
            PartitionLog log = log(manager, T0);
            assertThat(log.topicId()).isEqualTo(id);
            assertThat(log.cleanStart()).isTrue();
            assertThat(log.logEndOffset()).isEqualTo(2);
            assertThat(log.highWatermark()).isEqualTo(1);
            assertThat(read(log)).containsExactly("0:a", "1:b");
            assertThat(manager.getOrCreate(T0, id, LogConfig.DEFAULT)).isSameAs(log);
        }
    }

    @Test
    void aLogOfTheNameOfADeletedOneIsCompactedFromItsBeginning() throws IOException {
        LogConfig config = new LogConfig.Builder()
                .segmentBytes(300)
                .compact(true)
                .delete(false)
                .minCleanableDirtyRatio(0)
                .build();
        Path checkpoint = d1.resolve("cleaner-offset-checkpoint");
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.random(), config);
            for (int i = 0; i < 30; i++) {
                log.appendAsLeader(Batches.keyed(NOW, "k" + i % 3, "v" + i), 0, AppendOrigin.CLIENT, info);
            }
            log.updateHighWatermark(log.logEndOffset());
            manager.compactNow();
            assertThat(checkpoint).content().contains("t 0 ");

            manager.delete(T0);
        }
        assertThat(checkpoint).content().doesNotContain("t 0 ");
    }

    /** A broker that died right after a deletion has these in its checkpoints; after the next crash they would be the new log's. */
    @Test
    void aLogOfTheNameOfADeletedOneTakesNothingFromItsCheckpoints() throws IOException {
        List<Path> checkpoints = Stream.of(
                        "replication-offset-checkpoint",
                        "recovery-point-offset-checkpoint",
                        "log-start-offset-checkpoint",
                        "cleaner-offset-checkpoint")
                .map(d1::resolve)
                .toList();
        Files.createDirectories(d1.resolve("t-1"));
        for (Path checkpoint : checkpoints) {
            Files.writeString(checkpoint, "0\n3\nt 0 28\nt 1 28\nt 2 28\n");
        }
        try (LogManager manager = started(d1)) {
            manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT);
            for (Path checkpoint : checkpoints) {
                assertThat(checkpoint)
                        .as("before there is anything in the log")
                        .content()
                        .doesNotContain("t 0 ")
                        // All at once: for each by itself many would wait for the disk long.
                        .doesNotContain("t 2 ")
                        .contains("t 1 28");
            }
        }
    }

    /** The checkpoints that are written for the deletion find no room, and later there is room again. */
    @Test
    void aLogOfTheNameOfOneDeletedOnAFullDiskTakesNothingFromItsCheckpoints() throws IOException {
        Path alwaysFull = Path.of("/dev/full");
        assumeTrue(Files.exists(alwaysFull), "The system has no file that is always full");
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT);
            append(log, "a", "b", "c");
            log.updateHighWatermark(3);
            log.deleteRecords(2);
        }
        try (LogManager manager = started(d1)) {
            // Whoever finds no room removes what he began with.
            List<Path> begun = new ArrayList<>();
            for (String checkpoint : List.of(
                    "replication-offset-checkpoint",
                    "recovery-point-offset-checkpoint",
                    "log-start-offset-checkpoint")) {
                begun.add(Files.createSymbolicLink(d1.resolve(checkpoint + ".tmp"), alwaysFull));
            }
            manager.delete(T0);
            Await.await(
                    () -> "no room for the checkpoints",
                    () -> begun.stream().noneMatch(link -> Files.exists(link, LinkOption.NOFOLLOW_LINKS))
                            && Thread.getAllStackTraces().values().stream()
                                    .noneMatch(
                                            stack -> List.of(stack).toString().contains("checkpointAll")));
            assertThat(manager.anyDirOnline()).isTrue();

            append(manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT), "new");
            // What a crash leaves.
            copyTree(d1, d2);
        }
        try (LogManager manager = started(d2)) {
            assertThat(read(log(manager, T0))).containsExactly("0:new");
            assertThat(log(manager, T0).highWatermark()).isZero();
        }
    }

    @Test
    void aLogThatWasCutIsCompactedAgainFromThereOn() throws IOException {
        LogConfig config = new LogConfig.Builder()
                .segmentBytes(300)
                .compact(true)
                .delete(false)
                .minCleanableDirtyRatio(0)
                .build();
        Path checkpoint = d1.resolve("cleaner-offset-checkpoint");
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.random(), config);
            for (int i = 0; i < 30; i++) {
                log.appendAsLeader(Batches.keyed(NOW, "k" + i, "v"), 0, AppendOrigin.CLIENT, info);
            }
            log.updateHighWatermark(log.logEndOffset());
            manager.compactNow();
            assertThat(checkpoint).content().contains("t 0 28");
            log.truncateTo(11);
            assertThat(checkpoint).as("before anything is appended").content().contains("t 0 11");
            for (int i = 0; i < 30; i++) {
                log.appendAsLeader(Batches.keyed(NOW, "k" + (i < 10 ? i : 100 + i), "w"), 0, AppendOrigin.CLIENT, info);
            }
            log.updateHighWatermark(log.logEndOffset());
            manager.compactNow();
            // The next of its key lie below where the first compaction ended.
            assertThat(read(log)).startsWith("10:v");
        }
    }

    @Test
    void theGapsOfALogThatIsNotCompactedAnyMoreAreNotTakenForLosses() throws IOException {
        LogConfig config = new LogConfig.Builder()
                .segmentBytes(300)
                .compact(true)
                .delete(false)
                .minCleanableDirtyRatio(0)
                .build();
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.random(), config);
            for (int i = 0; i < 30; i++) {
                log.appendAsLeader(Batches.keyed(NOW, "k" + i % 3, "v" + i), 0, AppendOrigin.CLIENT, info);
            }
            log.updateHighWatermark(log.logEndOffset());
            manager.compactNow();
        }
        // Nothing says that a sealed segment, now empty, was on disk.
        Files.delete(d1.resolve(".kafka_cleanshutdown"));
        Files.delete(d1.resolve("recovery-point-offset-checkpoint"));
        assertThat(d1.resolve("t-0/00000000000000000000.log")).isEmptyFile();
        try (LogManager manager = started(d1)) {
            assertThat(log(manager, T0).logEndOffset()).isEqualTo(30);
        }
    }

    @Test
    void recoversADirectoryThatWasNotClosed() throws IOException {
        Path copy = root.resolve("copy");
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
            append(log, "a", "b");
            // What a kill would leave.
            copyTree(d1, copy);
        }
        try (LogManager manager = started(copy)) {
            PartitionLog log = log(manager, T0);
            assertThat(log.cleanStart()).isFalse();
            assertThat(read(log)).containsExactly("0:a", "1:b");
        }
    }

    /** A process that was killed leaves everything with the system; a machine that went down does not. */
    @Test
    void knowsWhetherRecordsMayHaveBeenLost() throws IOException {
        try (LogManager manager = started(d1)) {
            assertThat(manager.mayHaveLost()).as("the directory is new").isTrue();
            manager.onLossSeenTo();
        }
        String thisBoot;
        try (LogManager manager = started(d1)) {
            assertThat(manager.mayHaveLost()).as("closed in order").isFalse();
            thisBoot = Files.readString(d1.resolve(".boot"));
        }
        assertThat(d1.resolve(".boot"))
                .as("nothing depends on the boot any more")
                .doesNotExist();
        Files.delete(d1.resolve(".kafka_cleanshutdown"));
        Files.writeString(d1.resolve(".boot"), thisBoot);
        try (LogManager manager = started(d1)) {
            assertThat(manager.mayHaveLost()).as("killed in the same boot").isFalse();
        }
        Files.writeString(d1.resolve(".boot"), "another one");
        try (LogManager manager = started(d1)) {
            assertThat(manager.mayHaveLost())
                    .as("closed in order before the machine went down")
                    .isFalse();
        }
        Files.delete(d1.resolve(".kafka_cleanshutdown"));
        Files.writeString(d1.resolve(".boot"), "another one");
        try (LogManager manager = started(d1)) {
            assertThat(manager.mayHaveLost()).as("the machine went down").isTrue();
        }
    }

    /** A process may end between a loss of power, or its first start, and its being known in the cluster. */
    @Test
    void whatMayHaveBeenLostIsSaidUntilItWasSeenTo() throws IOException {
        Path boot = d1.resolve(".boot");
        Path clean = d1.resolve(".kafka_cleanshutdown");
        for (SyncPolicy policy : SyncPolicy.values()) {
            try (LogManager manager = started(d1, policy)) {
                assertThat(manager.mayHaveLost()).as("new, or never seen to").isTrue();
            }
            String noted = Files.readString(boot);
            Files.delete(clean);
            try (LogManager manager = started(d1, policy)) {
                assertThat(manager.mayHaveLost()).as("killed in the same boot").isTrue();
            }
            try (LogManager manager = started(d1, policy)) {
                assertThat(manager.mayHaveLost()).as("closed in order").isTrue();
                manager.onLossSeenTo();
                assertThat(boot).as("in service").exists();
            }
            assertThat(boot).doesNotExist();
            try (LogManager manager = started(d1, policy)) {
                assertThat(manager.mayHaveLost()).as("seen to").isFalse();
            }
            // For the next policy, after one that promises more.
            Files.writeString(boot, noted);
        }
    }

    @Test
    void knowsUnderWhichPolicyWasWrittenWhatMayHaveBeenLost() throws IOException {
        assertThat(mayHaveLostAfter(SyncPolicy.GROUP))
                .as("synced before it counted")
                .isFalse();
        assertThat(mayHaveLostAfter(SyncPolicy.NONE)).as("not synced").isTrue();
        assertThat(mayHaveLostAfter(SyncPolicy.GROUP, SyncPolicy.NONE))
                .as("the last run did not sync")
                .isTrue();
        assertThat(mayHaveLostAfter(SyncPolicy.NONE, SyncPolicy.GROUP))
                .as("left to the memory of the boot by the run before")
                .isTrue();
        assertThat(mayHaveLostAfter(SyncPolicy.NONE, null, SyncPolicy.GROUP))
                .as("brought to disk by a stop in order")
                .isFalse();
    }

    // Runs that are killed one after the other in one boot, then the machine goes down; null stops the run before
    // in order.
    private boolean mayHaveLostAfter(@Nullable SyncPolicy... policies) throws IOException {
        Path dir = Files.createTempDirectory(root, "runs");
        Path boot = dir.resolve(".boot");
        try (LogManager manager = started(dir)) {
            manager.onLossSeenTo();
        }
        for (SyncPolicy policy : policies) {
            String noted;
            try (LogManager manager = started(dir, policy == null ? SyncPolicy.NONE : policy)) {
                noted = Files.readString(boot);
            }
            if (policy != null) {
                Files.delete(dir.resolve(".kafka_cleanshutdown"));
                Files.writeString(boot, noted);
            }
        }
        String thisBoot =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim();
        Files.writeString(boot, Files.readString(boot).replace(thisBoot, "another-boot"));
        try (LogManager manager = started(dir, SyncPolicy.GROUP)) {
            return manager.mayHaveLost();
        }
    }

    private LogManager started(Path dir, SyncPolicy policy) {
        LogManager manager = new LogManager(
                new StorageConfig.Builder(List.of(dir)).syncPolicy(policy).build(), clock);
        start(manager);
        return manager;
    }

    @Test
    void refusesADirectoryThatAnotherBrokerHolds() {
        try (LogManager holder = started(d1)) {
            LogManager second = new LogManager(StorageConfig.of(List.of(d2, d1)), clock);
            assertThatThrownBy(second::lockDirs)
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining(d1.toString())
                    .hasMessageContaining("in use by another broker");
            second.close();
            // What it had locked before is free again.
            started(d2).close();
            assertThat(holder.log(T0)).isNull();
        }
    }

    @Test
    void goesOnWithoutADirectoryThatCannotBeUsedIfThereIsAnother() throws IOException {
        Files.createFile(d1);
        Path unreadable = root.resolve("unreadable");
        Files.createDirectories(unreadable.resolve("meta.properties"));
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1, unreadable, d2)), clock)) {
            start(manager);
            assertThat(manager.dirs()).extracting(LogDirStatus::online).containsExactly(false, false, true);
            for (TopicPartition partition : List.of(T0, T1)) {
                PartitionLog log = manager.getOrCreate(partition, Uuid.random(), LogConfig.DEFAULT);
                assertThat(log.logDir()).isEqualTo(d2);
                append(log, "a");
            }
        }
        assertThat(d2.resolve(".kafka_cleanshutdown")).exists();

        LogManager withoutAny = new LogManager(StorageConfig.of(List.of(d1, unreadable)), clock);
        assertThatThrownBy(withoutAny::lockDirs)
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("Cannot use log directory " + d1);
        withoutAny.close();
    }

    @Test
    void refusesToStartWhenNoDirectoryCanBeOpened() throws IOException {
        Files.createDirectories(d1.resolve("recovery-point-offset-checkpoint"));
        Path checkpoint = d1.resolve("recovery-point-offset-checkpoint");
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock)) {
            manager.lockDirs();
            assertThatThrownBy(() -> manager.start(7, CLUSTER, topic -> LogConfig.DEFAULT))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("All log directories are out of service");
        }
        Files.delete(checkpoint);
        started(d1).close();
    }

    @Test
    void whoWaitsForTheLockFindsTheOneThatOthersFind() throws IOException {
        LogManager first = started(d1);
        try (FileChannel waiting = FileChannel.open(d1.resolve(".lock"), StandardOpenOption.WRITE)) {
            first.close();
            try (LogManager second = started(d1)) {
                assertThatThrownBy(waiting::tryLock).isInstanceOf(OverlappingFileLockException.class);
                assertThat(second.logs()).isEmpty();
            }
        }
    }

    @Test
    void aTruncationIsInTheRecoveryCheckpointBeforeAnythingIsAppended() throws IOException {
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
            append(log, "a");
            append(log, "b");
            append(log, "c");
        }
        Path checkpoint = d1.resolve("recovery-point-offset-checkpoint");
        assertThat(checkpoint).content().contains("t 0 3");
        try (LogManager manager = started(d1)) {
            log(manager, T0).truncateTo(1);
            assertThat(checkpoint).content().contains("t 0 1");
        }
    }

    @Test
    void checkpointsDuringTheLoadingKeepWhatIsKnownOfLogsToCome() throws Exception {
        TopicPartition waiting = new TopicPartition("waiting", 0);
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(waiting, Uuid.ZERO, LogConfig.DEFAULT);
            append(log, "a", "b", "c");
            log.updateHighWatermark(2);
            log.deleteRecords(2);
        }
        CountDownLatch go = new CountDownLatch(1);
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock)) {
            manager.lockDirs();
            CompletableFuture<Void> loading = manager.start(7, CLUSTER, topic -> {
                awaitLatch(go);
                return LogConfig.DEFAULT;
            });
            try {
                manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
                manager.getOrCreate(T1, Uuid.ZERO, LogConfig.DEFAULT);
                // A deletion has the checkpoints written, that of high watermarks last.
                manager.delete(T0);
                Path last = d1.resolve("replication-offset-checkpoint");
                Await.await(
                        () -> "the checkpoints are written", () -> content(last).contains("t 1 0"));
                assertThat(content(last)).contains("waiting 0 2");
                assertThat(content(d1.resolve("recovery-point-offset-checkpoint")))
                        .contains("waiting 0 3");
                assertThat(content(d1.resolve("log-start-offset-checkpoint"))).contains("waiting 0 2");
            } finally {
                go.countDown();
            }
            loading.join();
            assertThat(log(manager, waiting).logStartOffset()).isEqualTo(2);
        }
    }

    @Test
    void aLogThatIsDeletedWhileItIsLoadedIsGone() throws Exception {
        try (LogManager manager = started(d1)) {
            append(manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT), "a");
        }
        CountDownLatch go = new CountDownLatch(1);
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock)) {
            manager.lockDirs();
            CompletableFuture<Void> loading = manager.start(7, CLUSTER, topic -> {
                awaitLatch(go);
                return LogConfig.DEFAULT;
            });
            Thread deleting = new Thread(() -> manager.delete(T0), "deleting");
            deleting.start();
            try {
                Await.await(
                        () -> "the deletion waits or is through, it is " + deleting.getState(),
                        () -> deleting.getState() == Thread.State.WAITING || !deleting.isAlive());
            } finally {
                go.countDown();
            }
            loading.join();
            deleting.join(20_000);
            assertThat(manager.log(T0)).isNull();
            assertThat(names(d1)).anyMatch(name -> name.endsWith("-delete")).doesNotContain("t-0");
            assertThat(manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT).logEndOffset())
                    .isZero();
        }
    }

    @Test
    void aDeletionIsRefusedAsLongAsTheLogIsInADirectoryThatFailed() throws IOException {
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT);
            append(log, "a");
            Files.move(d1.resolve("t-0"), root.resolve("elsewhere"));
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> manager.delete(T0))
                        .isInstanceOfSatisfying(
                                StorageException.class,
                                e -> assertThat(e.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR));
            }
        }
    }

    /** Else the topic would be deleted, and the log come back with the disk. */
    @Test
    void noDeletionIsConfirmedThatADirectoryMayNotHaveHeardOf() throws IOException {
        try (LogManager manager = started(d2)) {
            append(manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT), "a");
        }
        Path elsewhere = Files.move(d2, root.resolve("elsewhere"));
        Files.createFile(d2);
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1, d2)), clock)) {
            start(manager);
            assertThatThrownBy(() -> manager.delete(T0))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR))
                    .hasMessageContaining("it may be in " + d2);
            manager.getOrCreate(T1, Uuid.random(), LogConfig.DEFAULT);
            manager.delete(T1);
        }
        Files.delete(d2);
        Files.move(elsewhere, d2);
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1, d2)), clock)) {
            start(manager);
            assertThat(manager.log(T0)).isNotNull();
            manager.delete(T0);
            assertThat(names(d2)).doesNotContain("t-0");
            manager.delete(T0);
        }
    }

    /** As of a partition that was made anew while the disk was away on which it had been. */
    @Test
    void aLogInTwoDirectoriesKeepsNeitherOfThemFromBeingServed() {
        try (LogManager manager = started(d1)) {
            append(manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT), "new");
        }
        try (LogManager manager = started(d2)) {
            append(manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT), "old");
            append(manager.getOrCreate(T1, Uuid.random(), LogConfig.DEFAULT), "other");
        }
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1, d2)), clock)) {
            start(manager);
            assertThat(manager.dirs()).allMatch(LogDirStatus::online);
            assertThat(read(log(manager, T1))).containsExactly("0:other");
            assertThat(manager.log(T0)).isNull();
            assertThatThrownBy(() -> manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR))
                    .hasMessageContaining(d1.resolve("t-0") + " and " + d2.resolve("t-0"));
            assertThat(List.of(d1.resolve("t-0"), d2.resolve("t-0"))).allMatch(Files::exists);

            manager.delete(T0);
            assertThat(List.of(d1.resolve("t-0"), d2.resolve("t-0"))).noneMatch(Files::exists);
            append(manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT), "newest");
        }
    }

    @Test
    void whatIsReadyIsLookedAfterWhileAnotherIsRecovered() throws Exception {
        try (LogManager manager = started(d1)) {
            manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
        }
        CountDownLatch go = new CountDownLatch(1);
        StorageConfig often = new StorageConfig.Builder(List.of(d1))
                .retentionCheckIntervalMs(Long.MAX_VALUE)
                .initialTaskDelayMs(0)
                .flushOffsetCheckpointIntervalMs(0)
                .flushStartOffsetCheckpointIntervalMs(0)
                .highWatermarkCheckpointIntervalMs(1)
                .cleanerEnabled(false)
                .cleanerThreads(0)
                .cleanerBackoffMs(0)
                .scrubBytesPerSecond(0)
                .recoveryMarkBytes(0)
                .build();
        List<TopicPartition> loaded = new CopyOnWriteArrayList<>();
        try (LogManager manager = new LogManager(often, clock)) {
            manager.lockDirs();
            manager.onLoaded(partition -> {
                assertThat(manager.isLoading(partition)).isFalse();
                loaded.add(partition);
            });
            CompletableFuture<Void> loading = manager.start(7, CLUSTER, topic -> {
                awaitLatch(go);
                return LogConfig.DEFAULT;
            });
            try {
                assertThat(manager.isLoading(T0)).isTrue();
                assertThat(manager.isLoading(T1)).isFalse();
                PartitionLog ready = manager.getOrCreate(T1, Uuid.ZERO, LogConfig.DEFAULT);
                append(ready, "a");
                ready.updateHighWatermark(1);
                Await.await(
                        () -> "the high watermark is written",
                        () -> content(d1.resolve("replication-offset-checkpoint"))
                                .contains("t 1 1"));
                assertThat(loaded).isEmpty();
            } finally {
                go.countDown();
            }
            loading.join();
            Await.await(() -> "it is told of", () -> loaded.equals(List.of(T0)));
        }
    }

    @Test
    void roundsOverAllLogsBeginWhenAllAreThere() throws Exception {
        try (LogManager manager = started(d1)) {
            manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
        }
        CountDownLatch go = new CountDownLatch(1);
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock)) {
            manager.lockDirs();
            CompletableFuture<Void> loading = manager.start(7, CLUSTER, topic -> {
                awaitLatch(go);
                return LogConfig.DEFAULT;
            });
            try {
                // Each would forget how far it was with a log that is not there yet.
                assertThat(threadNames()).noneMatch(name -> name.matches("log-(cleaner-\\d+|scrubber)"));
            } finally {
                go.countDown();
            }
            loading.join();
            Await.await(
                    () -> "both have begun, there are " + threadNames(),
                    () -> threadNames().containsAll(Set.of("log-cleaner-0", "log-scrubber")));
        }
    }

    private static Set<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).collect(Collectors.toSet());
    }

    @Test
    void theLogWithTheMostToRecoverIsTheLast() throws Exception {
        List<String> bySize = List.of("d", "a", "e", "b", "c");
        try (LogManager manager = started(d1)) {
            for (int size = 0; size < bySize.size(); size++) {
                PartitionLog log =
                        manager.getOrCreate(new TopicPartition(bySize.get(size), 0), Uuid.ZERO, LogConfig.DEFAULT);
                append(log, "v".repeat(1 + 100 * size));
            }
        }
        Files.delete(d1.resolve(".kafka_cleanshutdown"));
        List<String> loaded = new CopyOnWriteArrayList<>();
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock)) {
            manager.lockDirs();
            manager.onLoaded(partition -> loaded.add(partition.topic()));
            manager.start(7, CLUSTER, topic -> LogConfig.DEFAULT).join();
            Await.await(() -> "all are told of", () -> loaded.size() == bySize.size());
        }
        assertThat(loaded).isEqualTo(bySize);
    }

    @Test
    void settingsThatChangeWhileALogIsLoadedReachIt() throws Exception {
        try (LogManager manager = started(d1)) {
            manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
        }
        LogConfig changed = new LogConfig.Builder().retentionMs(5).build();
        AtomicReference<LogConfig> holds = new AtomicReference<>(LogConfig.DEFAULT);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock)) {
            manager.lockDirs();
            CompletableFuture<Void> loading = manager.start(7, CLUSTER, topic -> {
                LogConfig read = holds.get();
                asked.countDown();
                awaitLatch(go);
                return read;
            });
            try {
                awaitLatch(asked);
                holds.set(changed);
                manager.updateConfig(T0.topic(), changed);
            } finally {
                go.countDown();
            }
            loading.join();
            assertThat(log(manager, T0).config()).isEqualTo(changed);
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("Nobody was let go");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String content(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void refusesADirectoryOfAnotherBrokerOrCluster() {
        started(d1).close();
        LogManager otherBroker = new LogManager(StorageConfig.of(List.of(d1)), clock);
        otherBroker.lockDirs();
        assertThatThrownBy(() -> otherBroker.start(8, CLUSTER, topic -> LogConfig.DEFAULT))
                .hasMessageContaining("belongs to broker 7, this is broker 8");
        otherBroker.close();
        LogManager otherCluster = new LogManager(StorageConfig.of(List.of(d1)), clock);
        otherCluster.lockDirs();
        assertThatThrownBy(() -> otherCluster.start(7, "another", topic -> LogConfig.DEFAULT))
                .hasMessageContaining("belongs to cluster " + CLUSTER);
        otherCluster.close();
        assertThat(d1.resolve(".kafka_cleanshutdown")).exists();
    }

    @Test
    void refusesALogOfAnotherTopicOfTheSameName() {
        try (LogManager manager = started(d1)) {
            manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT);
            assertThatThrownBy(() -> manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT))
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> assertThat(e.error()).isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID));
        }
    }

    @Test
    void anEmptyLogIsADirectoryWithoutFilesAndWhoeverHasItsNameTakesItOver() throws IOException {
        Uuid first = Uuid.random();
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, first, LogConfig.DEFAULT);
            log.assignEpochStart(3);
            log.upkeep().checkpointEpochs();
            log.flush();
            assertThat(names(d1.resolve("t-0"))).isEmpty();
        }
        assertThat(names(d1.resolve("t-0"))).as("after a stop in order").isEmpty();
        Uuid second = Uuid.random();
        try (LogManager manager = started(d1)) {
            assertThat(log(manager, T0).topicId()).isEqualTo(Uuid.ZERO);
            PartitionLog log = manager.getOrCreate(T0, second, LogConfig.DEFAULT);
            assertThat(names(d1.resolve("t-0"))).isEmpty();
            assertThat(log.leaderEpochs().latestEpoch()).isEqualTo(-1);
            assertThatThrownBy(() -> manager.getOrCreate(T0, first, LogConfig.DEFAULT))
                    .hasMessageContaining("belongs to the topic with id " + second);
        }
    }

    @Test
    void theTopicOfADirectoryIsWrittenDownBeforeAnythingElseIsInIt() throws IOException {
        Uuid id = Uuid.random();
        Path metadata = d1.resolve("t-0/partition.metadata");
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, id, LogConfig.DEFAULT);
            // What cannot be written keeps everything else from being written.
            Files.createDirectory(metadata);
            assertThatThrownBy(() -> append(log, "a")).isInstanceOf(StorageException.class);
            assertThat(names(d1.resolve("t-0"))).containsExactly("partition.metadata");
        }
        Files.delete(metadata);
        for (boolean byAppend : new boolean[] {true, false}) {
            TopicPartition partition = new TopicPartition(byAppend ? "appended" : "restarted", 0);
            try (LogManager manager = started(d1)) {
                PartitionLog log = manager.getOrCreate(partition, id, LogConfig.DEFAULT);
                if (byAppend) {
                    append(log, "a");
                } else {
                    // As a follower does whose leader has nothing before.
                    log.truncateFullyAndStartAt(7);
                }
                assertThat(d1.resolve(partition + "/partition.metadata"))
                        .content()
                        .contains(id.toString());
            }
            try (LogManager manager = started(d1)) {
                assertThat(log(manager, partition).topicId()).isEqualTo(id);
                assertThatThrownBy(() -> manager.getOrCreate(partition, Uuid.random(), LogConfig.DEFAULT))
                        .isInstanceOfSatisfying(
                                StorageException.class,
                                e -> assertThat(e.error()).isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID));
            }
        }
    }

    @Test
    void aDirectoryThatIsThereAlreadyIsLoadedAndNotWrittenOver() throws IOException {
        Uuid id = Uuid.random();
        try (LogManager manager = started(d1)) {
            append(manager.getOrCreate(T0, id, LogConfig.DEFAULT), "a", "b");
        }
        try (LogManager manager = started(d2)) {
            Files.move(d1.resolve("t-0"), d2.resolve("t-0"));
            PartitionLog log = manager.getOrCreate(T0, id, LogConfig.DEFAULT);
            assertThat(read(log)).containsExactly("0:a", "1:b");
            append(log, "c");
            assertThat(read(log)).containsExactly("0:a", "1:b", "2:c");
        }
    }

    @Test
    void deletesALogByRenamingAndLater() throws IOException {
        LogConfig config = new LogConfig.Builder().fileDeleteDelayMs(0).build();
        try (LogManager manager = started(d1)) {
            PartitionLog old = manager.getOrCreate(T0, Uuid.random(), config);
            append(old, "a");
            manager.delete(T0);
            assertThat(manager.log(T0)).isNull();
            assertThat(d1.resolve("t-0")).doesNotExist();
            assertThatThrownBy(() -> append(old, "b")).isInstanceOf(StorageException.class);
            PartitionLog fresh = manager.getOrCreate(T0, Uuid.random(), config);
            assertThat(fresh.logEndOffset()).isZero();
            Await.await(
                    () -> "the directory goes; there are " + names(d1),
                    () -> names(d1).stream().noneMatch(name -> name.endsWith("-delete")));
        }
    }

    @Test
    void removesWhatWasMarkedForDeletionBeforeTheStart() throws IOException {
        Path marked = d1.resolve("t-0.0123456789abcdef0123456789abcdef-delete");
        Files.createDirectories(marked);
        Files.createFile(marked.resolve("00000000000000000000.log"));
        try (LogManager manager = started(d1)) {
            Await.await(() -> "the directory goes; there are " + names(d1), () -> Files.notExists(marked));
            assertThat(manager.logs()).isEmpty();
        }
    }

    @Test
    void spreadsLogsOverDirectoriesAndLosesOnlyTheOneThatFails() throws IOException {
        List<Path> failed = new CopyOnWriteArrayList<>();
        LogManager manager = new LogManager(StorageConfig.of(List.of(d1, d2)), clock);
        manager.onDirFailure(failed::add);
        manager.lockDirs();
        manager.start(7, CLUSTER, topic -> LogConfig.DEFAULT).join();
        try (manager) {
            PartitionLog first = manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
            PartitionLog second = manager.getOrCreate(T1, Uuid.ZERO, LogConfig.DEFAULT);
            assertThat(first.logDir()).isNotEqualTo(second.logDir());
            // A file where the log's file should be: the first append cannot open it.
            Files.createDirectories(first.path().resolve("00000000000000000000.log"));
            assertThatThrownBy(() -> append(first, "a"))
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> assertThat(e.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR));
            assertThat(failed).containsExactly(first.logDir());
            assertThat(manager.log(T0)).isNull();
            append(second, "b");
            assertThat(read(log(manager, T1))).containsExactly("0:b");
            assertThatThrownBy(() -> manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT))
                    .hasMessageContaining("out of service");
            assertThat(manager.dirs()).filteredOn(LogDirStatus::online).hasSize(1);
        }
        assertThat(d2.resolve(".kafka_cleanshutdown").toFile().exists()
                        ^ d1.resolve(".kafka_cleanshutdown").toFile().exists())
                .isTrue();
    }

    @Test
    void aDirectoryWhoseSpaceIsNotKnownIsNotOutOfServiceForThat() throws IOException {
        try (LogManager manager = started(d1)) {
            assertThat(manager.dirs())
                    .singleElement()
                    .satisfies(dir -> assertThat(dir.totalBytes()).isPositive());
            Files.move(d1, root.resolve("elsewhere"));
            assertThat(manager.dirs()).containsExactly(new LogDirStatus(d1, true, -1, -1));
            Files.move(root.resolve("elsewhere"), d1);
        }
    }

    /** So that its disk can be unmounted. */
    @Test
    void letsGoOfADirectoryThatFailed() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/maps")), "what this process has open cannot be seen here");
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1, d2)), clock)) {
            start(manager);
            PartitionLog first = manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
            PartitionLog second = manager.getOrCreate(T1, Uuid.ZERO, LogConfig.DEFAULT);
            PartitionLog beside = manager.getOrCreate(new TopicPartition("t", 2), Uuid.ZERO, LogConfig.DEFAULT);
            PartitionLog failing = beside.logDir().equals(first.logDir()) ? first : second;
            for (int i = 0; i < 500; i++) {
                append(beside, "x".repeat(100));
            }
            String dir = failing.logDir().toRealPath().toString();
            assertThat(held(dir)).anyMatch(path -> path.endsWith(".log")).anyMatch(path -> path.endsWith(".lock"));
            Files.createDirectories(failing.path().resolve("00000000000000000000.log"));
            assertThatThrownBy(() -> append(failing, "a")).isInstanceOf(StorageException.class);
            Await.await(
                    () -> "nothing in the directory is in use, but there are " + held(dir),
                    () -> held(dir).isEmpty());
            // Zeros behind the data: nothing was written to it any more.
            assertThat(beside.path().resolve("00000000000000000000.log"))
                    .satisfies(file -> assertThat(file.toFile().length()).isGreaterThan(beside.size()));
            assertThatThrownBy(() -> append(beside, "a")).isInstanceOf(StorageException.class);
        }
    }

    @Test
    void whatWaitsToBeReadEndsWhenItsDirectoryFails() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        LogSlice slice = new LogSlice();
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1, d2)), clock)) {
            start(manager);
            PartitionLog first = manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
            PartitionLog second = manager.getOrCreate(T1, Uuid.ZERO, LogConfig.DEFAULT);
            PartitionLog read = manager.getOrCreate(new TopicPartition("t", 2), Uuid.ZERO, LogConfig.DEFAULT);
            PartitionLog failing = read.logDir().equals(first.logDir()) ? first : second;
            append(read, "a");
            read.read(0, 1000, true, 1, slice);
            try {
                // As many as there are threads, all of which these keep.
                for (int i = 0; i < 4; i++) {
                    assertThat(slice.readAhead(() -> awaitLatch(go))).isNotNull();
                }
                assertThat(slice.readAhead(ended::countDown)).isNotNull();
                Files.createDirectories(failing.path().resolve("00000000000000000000.log"));
                assertThatThrownBy(() -> append(failing, "a")).isInstanceOf(StorageException.class);
                assertThat(ended.await(20, TimeUnit.SECONDS)).as("it has ended").isTrue();
            } finally {
                go.countDown();
                slice.release();
            }
        }
    }

    @Test
    void letsGoOfALogThatIsSetAside() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/maps")), "what this process has open cannot be seen here");
        try (LogManager manager = started(d1)) {
            LogConfig config = new LogConfig.Builder().fileDeleteDelayMs(500).build();
            PartitionLog log = manager.getOrCreate(T0, Uuid.ZERO, config);
            append(log, "a");
            manager.setAside(T0);
            Path file = log.path().resolve("00000000000000000000.log");
            Await.await(
                    () -> file + " is cut from " + file.toFile().length() + " to " + log.size(),
                    () -> file.toFile().length() == log.size());
            String dir = file.getParent().toRealPath().toString();
            Await.await(
                    () -> "nothing in the directory is in use, but there are " + held(dir),
                    () -> held(dir).isEmpty());
        }
    }

    // What this process has open or mapped.
    private static List<String> held(String dir) {
        List<String> held = new ArrayList<>();
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"));
                Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            maps.filter(line -> line.contains(dir))
                    .map(line -> line.substring(line.indexOf(dir)))
                    .forEach(held::add);
            for (Path link : open.toList()) {
                try {
                    held.add(Files.readSymbolicLink(link).toString());
                } catch (NoSuchFileException e) {
                    // The listing itself.
                    continue;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        held.removeIf(path -> !path.startsWith(dir));
        return held;
    }

    @Test
    void noLogIsMadeAnewThatMayBeInADirectoryThatFailed() throws IOException {
        Uuid id = Uuid.random();
        TopicPartition foundLater = new TopicPartition("t", 2);
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1, d2)), clock)) {
            start(manager);
            PartitionLog first = manager.getOrCreate(T0, id, LogConfig.DEFAULT);
            Files.createDirectories(first.path().resolve("00000000000000000000.log"));
            assertThatThrownBy(() -> append(first, "a")).isInstanceOf(StorageException.class);
            // A disk that has failed may answer that nothing is there.
            Files.move(first.logDir(), root.resolve("elsewhere"));

            assertThatThrownBy(() -> manager.getOrCreate(T0, id, LogConfig.DEFAULT, true))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR))
                    .hasMessageContaining("is in " + first.logDir() + ", which is out of service");
            assertThatThrownBy(() -> manager.getOrCreate(foundLater, id, LogConfig.DEFAULT, false))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR))
                    .hasMessageContaining("may be in " + first.logDir());
            assertThat(manager.getOrCreate(foundLater, id, LogConfig.DEFAULT, true)
                            .logDir())
                    .isNotEqualTo(first.logDir());
        }
    }

    @Test
    void retentionRemovesOldSegmentsButNothingAboveTheHighWatermark() {
        LogConfig config = new LogConfig.Builder()
                .segmentBytes(200)
                .retentionMs(1000)
                .fileDeleteDelayMs(0)
                .build();
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.ZERO, config);
            for (int i = 0; i < 10; i++) {
                append(log, "value" + i);
            }
            int segments = log.segmentCount();
            assertThat(segments).isGreaterThan(4);
            manager.sweepNow();
            assertThat(log.segmentCount()).isEqualTo(segments);
            clock.advance(2000);
            manager.sweepNow();
            assertThat(log.logStartOffset()).isZero();
            log.updateHighWatermark(5);
            manager.sweepNow();
            assertThat(log.logStartOffset()).isBetween(3L, 5L);
            log.updateHighWatermark(10);
            manager.sweepNow();
            assertThat(log.logStartOffset()).isEqualTo(10);
            append(log, "after");
            assertThat(read(log)).containsExactly("10:after");
            Await.await(
                    () -> "removed files go; there are " + names(log.path()),
                    () -> names(log.path()).stream().noneMatch(name -> name.endsWith(".deleted")));
        }
        try (LogManager manager = started(d1)) {
            assertThat(log(manager, T0).logStartOffset()).isEqualTo(10);
        }
    }

    @Test
    void retentionBySizeKeepsAtLeastThatMuch() {
        LogConfig config = new LogConfig.Builder()
                .segmentBytes(200)
                .retentionMs(-1)
                .retentionBytes(500)
                .fileDeleteDelayMs(0)
                .build();
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.ZERO, config);
            for (int i = 0; i < 20; i++) {
                append(log, "value" + i);
            }
            log.updateHighWatermark(20);
            manager.sweepNow();
            assertThat(log.size()).isBetween(500L, 700L);
            assertThat(log.logStartOffset()).isPositive();
        }
    }

    @Test
    void recordsFromTheFutureDoNotBlockDeletion() throws IOException {
        LogConfig config = new LogConfig.Builder()
                .segmentBytes(200)
                .retentionMs(1000)
                .fileDeleteDelayMs(0)
                .build();
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.ZERO, config);
            for (int i = 0; i < 6; i++) {
                log.appendAsLeader(Batches.of(NOW + 1_000_000_000_000L, "f" + i), 0, AppendOrigin.CLIENT, info);
            }
            log.updateHighWatermark(6);
            manager.sweepNow();
            assertThat(log.logStartOffset()).isZero();
            clock.advance(2000);
            // Cutting a sealed file to its size, in the background, makes it younger again.
            Await.await(() -> "old segments go: " + log, () -> {
                setModified(log.path(), NOW);
                manager.sweepNow();
                return log.logStartOffset() > 0;
            });
        }
    }

    private static void setModified(Path dir, long timeMs) {
        try (Stream<Path> files = Files.list(dir)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, FileTime.fromMillis(timeMs));
            }
        } catch (NoSuchFileException e) {
            // A checkpoint that was just replaced: looked at again in a moment.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aDamagedLogKeepsNeitherItsDirectoryNorItsOtherRecordsFromBeingServed() throws IOException {
        Path segment;
        try (LogManager manager = started(d1)) {
            PartitionLog hurt = manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
            append(hurt, "a");
            append(hurt, "b");
            append(hurt, "c");
            append(manager.getOrCreate(T1, Uuid.ZERO, LogConfig.DEFAULT), "other");
            segment = hurt.path().resolve("00000000000000000000.log");
        }
        byte[] bytes = Files.readAllBytes(segment);
        int batch = bytes.length / 3;
        bytes[batch + 8] = 0x70;
        Files.write(segment, bytes);
        for (String gone : List.of("t-0/00000000000000000003.snapshot", "t-0/leader-epoch-checkpoint")) {
            Files.delete(d1.resolve(gone));
        }
        List<TopicPartition> damaged = new CopyOnWriteArrayList<>();
        try (LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock)) {
            manager.onDamage(damaged::add);
            start(manager);
            assertThat(damaged).containsExactly(T0);
            assertThat(manager.dirs()).allMatch(LogDirStatus::online);
            assertThat(read(log(manager, T1))).containsExactly("0:other");
            PartitionLog hurt = log(manager, T0);
            assertThat(hurt.cleanStart()).isFalse();
            assertThat(hurt.logEndOffset()).isEqualTo(3);
            assertThat(hurt.damagedRanges()).containsExactly(new DamagedRange(segment, batch, 2L * batch, 1, 2));
            LogSlice slice = new LogSlice();
            hurt.read(0, 1000, true, 3, slice);
            assertThat(slice.length()).isEqualTo(batch);
            slice.release();
            assertThatThrownBy(() -> hurt.read(1, 1000, true, 3, slice))
                    .hasMessageContaining("position " + batch + " of " + segment);
            hurt.read(2, 1000, true, 3, slice);
            assertThat(slice.length()).isEqualTo(batch);
            slice.release();
            assertThat(hurt.leaderEpochs().latestEpoch()).isZero();
        }
    }

    @Test
    void aLogThatCannotBeLoadedIsLeftAsItIsAndTheOthersAreServed() {
        try (LogManager manager = started(d1)) {
            append(manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT), "a");
            append(manager.getOrCreate(T1, Uuid.ZERO, LogConfig.DEFAULT), "b");
        }
        List<String> before = names(d1.resolve("t-0"));
        AtomicInteger asked = new AtomicInteger();
        LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock);
        manager.lockDirs();
        manager.start(7, CLUSTER, topic -> {
                    if (asked.getAndIncrement() == 0) {
                        throw new IllegalStateException("nobody expects this");
                    }
                    return LogConfig.DEFAULT;
                })
                .join();
        try (manager) {
            assertThat(manager.dirs()).allMatch(LogDirStatus::online);
            assertThat(manager.logs()).hasSize(1);
            TopicPartition left = manager.log(T0) == null ? T0 : T1;
            assertThatThrownBy(() -> manager.getOrCreate(left, Uuid.ZERO, LogConfig.DEFAULT))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR))
                    .hasMessageContaining("could not be loaded");
            assertThat(names(d1.resolve(left.toString()))).isEqualTo(before);
        }
        assertThat(d1.resolve(".kafka_cleanshutdown")).doesNotExist();
    }

    @Test
    void aLogForWhichThereWasNoRoomIsLoadedOnceThereIs() {
        Uuid id = Uuid.random();
        try (LogManager manager = started(d1)) {
            append(manager.getOrCreate(T0, id, LogConfig.DEFAULT), "a");
        }
        AtomicInteger refusals = new AtomicInteger(2);
        List<TopicPartition> loaded = new CopyOnWriteArrayList<>();
        LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock);
        manager.onLoaded(loaded::add);
        manager.lockDirs();
        manager.start(7, CLUSTER, topic -> {
                    if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                        throw LogManagerTest.<RuntimeException>unchecked(new DiskFullException("No room"));
                    }
                    return LogConfig.DEFAULT;
                })
                .join();
        try (manager) {
            // Whoever waits for all logs may be a moment ahead of whoever hears of each.
            Await.await(() -> "it is said that it cannot be: " + loaded, () -> loaded.equals(List.of(T0)));
            assertThatThrownBy(() -> manager.getOrCreate(T0, id, LogConfig.DEFAULT))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR))
                    .hasMessageContaining("free some space");
            Await.await(
                    () -> "asked for again and again it is there; refusals to come: " + refusals,
                    () -> isThere(manager, id));
            assertThat(read(log(manager, T0))).containsExactly("0:a");
            Await.await(() -> "it is said: " + loaded, () -> loaded.size() == 2);
        }
        assertThat(d1.resolve(".kafka_cleanshutdown"))
                .as("nothing is left unloaded")
                .exists();
    }

    private static boolean isThere(LogManager manager, Uuid id) {
        try {
            manager.getOrCreate(T0, id, LogConfig.DEFAULT);
            return true;
        } catch (StorageException e) {
            return false;
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> RuntimeException unchecked(Throwable e) throws E {
        throw (E) e;
    }

    @Test
    void aLogThatCannotBeLoadedCanBeDeleted() {
        Uuid id = Uuid.random();
        try (LogManager manager = started(d1)) {
            append(manager.getOrCreate(T0, id, LogConfig.DEFAULT), "a");
        }
        LogManager manager = new LogManager(StorageConfig.of(List.of(d1)), clock);
        manager.lockDirs();
        manager.start(7, CLUSTER, topic -> {
                    throw new IllegalStateException("nobody expects this");
                })
                .join();
        try (manager) {
            manager.delete(T0);
            assertThat(names(d1)).doesNotContain("t-0");
            append(manager.getOrCreate(T0, Uuid.random(), LogConfig.DEFAULT), "b");
        }
        assertThat(d1.resolve(".kafka_cleanshutdown"))
                .as("nothing is left unloaded")
                .exists();
    }

    @Test
    void deletedRecordsStayDeletedOverARestart() {
        try (LogManager manager = started(d1)) {
            PartitionLog log = manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT);
            append(log, "a", "b", "c");
            log.updateHighWatermark(2);
            assertThatThrownBy(() -> log.deleteRecords(3))
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> assertThat(e.error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE));
            assertThat(log.deleteRecords(1)).isEqualTo(1);
            assertThat(log.deleteRecords(-1)).isEqualTo(2);
            assertThat(log.deleteRecords(0)).isEqualTo(2);
        }
        try (LogManager manager = started(d1)) {
            assertThat(log(manager, T0).logStartOffset()).isEqualTo(2);
        }
    }

    @Test
    void aDamagedCheckpointIsAsGoodAsNone() throws IOException {
        try (LogManager manager = started(d1)) {
            append(manager.getOrCreate(T0, Uuid.ZERO, LogConfig.DEFAULT), "a", "b");
        }
        for (String name : List.of(
                "recovery-point-offset-checkpoint", "replication-offset-checkpoint", "log-start-offset-checkpoint")) {
            Files.writeString(d1.resolve(name), "0\n17\nt 0 9");
        }
        Files.delete(d1.resolve(".kafka_cleanshutdown"));
        try (LogManager manager = started(d1)) {
            assertThat(read(log(manager, T0))).containsExactly("0:a", "1:b");
        }
    }

    private LogManager started(Path dir) {
        LogManager manager = new LogManager(StorageConfig.of(List.of(dir)), clock);
        start(manager);
        return manager;
    }

    private static void start(LogManager manager) {
        manager.lockDirs();
        manager.start(7, CLUSTER, topic -> LogConfig.DEFAULT).join();
    }

    private static PartitionLog log(LogManager manager, TopicPartition partition) {
        return Objects.requireNonNull(manager.log(partition));
    }

    private void append(PartitionLog log, String... values) {
        log.appendAsLeader(Batches.of(NOW, values), 0, AppendOrigin.CLIENT, info);
    }

    private static List<String> read(PartitionLog log) {
        LogSlice slice = new LogSlice();
        log.read(log.logStartOffset(), 1 << 20, true, log.logEndOffset(), slice);
        ByteBuffer bytes = ByteBuffer.allocate(slice.length());
        slice.copyTo(bytes);
        slice.release();
        return Batches.records(bytes.flip());
    }

    private static List<String> names(Path dir) {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            return List.of(e.toString());
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                if (!path.getFileName().toString().equals(".lock")) {
                    Files.copy(path, to.resolve(from.relativize(path)));
                }
            }
        }
    }
}
