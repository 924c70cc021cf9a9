package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Work that takes hours keeps nothing else from being done. */
class BackgroundWorkTest {
    private static final String CLUSTER = "abcdefghijklmnopqrstuv";
    private static final long NOW = 1_700_000_000_000L;
    private static final TopicPartition COMPACTED = new TopicPartition("compacted", 0);
    private static final TopicPartition OTHER = new TopicPartition("other", 0);

    @TempDir
    Path root;

    private final AppendInfo info = new AppendInfo();
    private final HoldingClock clock = new HoldingClock();

    @Test
    void flushesRetentionAndCheckpointsGoOnDuringACompaction() {
        try (LogManager manager = new LogManager(busy(1, 1), clock)) {
            start(manager);
            try {
                PartitionLog compacted = manager.getOrCreate(COMPACTED, Uuid.random(), compacted());
                fill(compacted);
                clock.awaitHeld();
                everythingElseIsDone(manager);
            } finally {
                clock.go.countDown();
            }
            Path checkpoint = root.resolve("cleaner-offset-checkpoint");
            Await.await(
                    () -> "compacted to " + content(checkpoint),
                    () -> content(checkpoint).contains("compacted 0 2"));
        }
    }

    private void everythingElseIsDone(LogManager manager) {
        everythingElseIsDone(manager, root);
    }

    private void everythingElseIsDone(LogManager manager, Path dir) {
        LogConfig config = new LogConfig.Builder()
                .segmentBytes(300)
                .flushMessages(2)
                .retentionMs(1000)
                .fileDeleteDelayMs(0)
                .build();
        PartitionLog other = manager.getOrCreate(OTHER, Uuid.random(), config);
        assertThat(other.logDir()).isEqualTo(dir);
        for (int i = 0; i < 20; i++) {
            other.appendAsLeader(Batches.of(NOW - 100_000, "v" + i), 0, AppendOrigin.CLIENT, info);
        }
        Await.await(() -> "flushed up to " + other.recoveryPoint(), () -> other.recoveryPoint() == 20);
        other.updateHighWatermark(20);
        Await.await(() -> "retention leaves " + other, () -> other.logStartOffset() == 20);
        Await.await(
                () -> "removed files go; there are " + names(other.path()),
                () -> names(other.path()).stream().noneMatch(name -> name.endsWith(".deleted")));
        Path checkpoint = dir.resolve("replication-offset-checkpoint");
        Await.await(
                () -> "a checkpoint: " + content(checkpoint),
                () -> content(checkpoint).contains("other 0 20"));
    }

    /** A pipe that nobody reads stands in for the disk: the call that opens it to write does not return. */
    @Test
    void aDiskThatHangsStopsOnlyWhatIsInItsDirectory() throws Exception {
        Path hung = root.resolve("hung");
        Path sound = root.resolve("sound");
        Path pipe = hung.resolve("recovery-point-offset-checkpoint.tmp");
        try (LogManager manager = new LogManager(busy(1, 1, hung, sound), new TestClock(NOW))) {
            start(manager);
            try {
                beginFlush(manager, COMPACTED, pipe);
                Await.await(() -> "threads that the disk holds: " + held(), () -> anyHangs() && held().size() == 2);
                everythingElseIsDone(manager, sound);
                assertThat(held()).as("threads that the disk holds").hasSize(2);
            } finally {
                takeOut(pipe);
            }
            Await.await(
                    () -> "the directory is out of service",
                    () -> !manager.dirs().get(0).online());
        }
    }

    // Of a new log in the directory of the pipe, whose recovery point is to be written there.
    private void beginFlush(LogManager manager, TopicPartition partition, Path pipe) throws Exception {
        LogConfig config = new LogConfig.Builder().flushMessages(2).build();
        PartitionLog log = manager.getOrCreate(partition, Uuid.random(), config);
        assertThat(log.logDir()).isEqualTo(pipe.getParent());
        makePipe(pipe);
        log.appendAsLeader(Batches.of(NOW, "v", "w"), 0, AppendOrigin.CLIENT, info);
    }

    @Test
    void aCompactionWaitsForNoDirectoryThatItWasNotIn() throws Exception {
        Path hung = root.resolve("hung");
        Path sound = root.resolve("sound");
        Path pipe = hung.resolve("recovery-point-offset-checkpoint.tmp");
        try (LogManager manager = new LogManager(busy(1, 1, hung, sound), new TestClock(NOW))) {
            start(manager);
            try {
                beginFlush(manager, OTHER, pipe);
                Await.await(() -> "threads that the disk holds: " + held(), BackgroundWorkTest::anyHangs);
                PartitionLog compacted = manager.getOrCreate(COMPACTED, Uuid.random(), compacted());
                assertThat(compacted.logDir()).isEqualTo(sound);
                fill(compacted);
                Path checkpoint = sound.resolve("cleaner-offset-checkpoint");
                Await.await(
                        () -> "compacted to " + content(checkpoint),
                        () -> content(checkpoint).contains("compacted 0 2"));
                assertThat(anyHangs()).as("the disk holds a thread").isTrue();
            } finally {
                takeOut(pipe);
            }
        }
    }

    @Test
    void aStopWaitsForNoDirectoryThatHasFailed() throws Exception {
        Path hung = root.resolve("hung");
        Path sound = root.resolve("sound");
        Path pipe = hung.resolve("recovery-point-offset-checkpoint.tmp");
        LogManager manager = new LogManager(busy(1, 1, hung, sound), new TestClock(NOW));
        Thread closing = new Thread(manager::close, "closing");
        try {
            start(manager);
            PartitionLog lost = manager.getOrCreate(COMPACTED, Uuid.random(), compacted());
            assertThat(lost.logDir()).isEqualTo(hung);
            assertThat(manager.getOrCreate(OTHER, Uuid.random(), compacted()).logDir())
                    .isEqualTo(sound);
            makePipe(pipe);
            manager.getOrCreate(new TopicPartition("third", 0), Uuid.random(), compacted());
            Await.await(() -> "threads that the disk holds: " + held(), BackgroundWorkTest::anyHangs);
            // What is in the place of a file fails whoever opens it.
            Files.createDirectory(lost.path().resolve("00000000000000000000.log"));
            assertThatThrownBy(() -> lost.appendAsLeader(Batches.keyed(NOW, "k", "v"), 0, AppendOrigin.CLIENT, info))
                    .isInstanceOf(StorageException.class);
            assertThat(manager.dirs().get(0).online()).isFalse();

            closing.start();
            awaitEnd(closing);
            assertThat(anyHangs()).as("the disk holds a thread").isTrue();
            assertThat(sound.resolve(".kafka_cleanshutdown")).exists();
            assertThat(hung.resolve(".kafka_cleanshutdown")).doesNotExist();
        } finally {
            takeOut(pipe);
            manager.close();
        }
        Await.await(() -> "threads that the disk holds: " + held(), () -> held().isEmpty());
    }

    @Test
    void aCompactionThatADiskHoldsStopsNoneInAnotherDirectory() throws Exception {
        Path hung = root.resolve("hung");
        Path sound = root.resolve("sound");
        Path pipe = hung.resolve("cleaner-offset-checkpoint.tmp");
        try (LogManager manager = new LogManager(busy(1, 1, hung, sound), new TestClock(NOW))) {
            start(manager);
            try {
                beginCompaction(manager, pipe);
                PartitionLog other = manager.getOrCreate(OTHER, Uuid.random(), compacted());
                assertThat(other.logDir()).isEqualTo(sound);
                fill(other);
                Path checkpoint = sound.resolve("cleaner-offset-checkpoint");
                Await.await(
                        () -> "compacted to " + content(checkpoint),
                        () -> content(checkpoint).contains("other 0 2"));
                assertThat(aCompactionIsHeld()).as("held by the disk").isTrue();
            } finally {
                takeOut(pipe);
            }
        }
    }

    // Returns when the disk holds it.
    private void beginCompaction(LogManager manager, Path pipe) throws Exception {
        PartitionLog log = manager.getOrCreate(COMPACTED, Uuid.random(), compacted());
        assertThat(log.logDir()).isEqualTo(pipe.getParent());
        makePipe(pipe);
        fill(log);
        Await.await(() -> "a thread that compacts is held by the disk", BackgroundWorkTest::aCompactionIsHeld);
    }

    // Behind its last look whether the manager closes.
    private static boolean aCompactionIsHeld() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("log-cleaner-d1-"))
                .map(thread -> List.of(thread.getValue()).toString())
                .anyMatch(at -> at.contains("writeCleanerOffsets") && at.contains("DurableFiles.writeAndSync"));
    }

    @Test
    void aSearchForDamageThatADiskHoldsStopsNoneInAnotherDirectory() throws Exception {
        Path hung = root.resolve("hung");
        Path sound = root.resolve("sound");
        CountDownLatch go = new CountDownLatch(1);
        Set<TopicPartition> found = ConcurrentHashMap.newKeySet();
        LogConfig config = new LogConfig.Builder().segmentBytes(300).build();
        try (LogManager manager = new LogManager(busy(1, 1, hung, sound), new TestClock(NOW))) {
            manager.onDamage(partition -> {
                found.add(partition);
                if (partition.equals(COMPACTED)) {
                    HoldingClock.await(go, "Nobody was let go");
                }
            });
            start(manager);
            try {
                PartitionLog log = manager.getOrCreate(COMPACTED, Uuid.random(), config);
                assertThat(log.logDir()).isEqualTo(hung);
                damage(log);
                Await.await(() -> "damage was found in " + found, () -> found.contains(COMPACTED));
                PartitionLog other = manager.getOrCreate(OTHER, Uuid.random(), config);
                assertThat(other.logDir()).isEqualTo(sound);
                damage(other);
                Await.await(() -> "damage was found in " + found, () -> found.contains(OTHER));
            } finally {
                go.countDown();
            }
        }
    }

    private void damage(PartitionLog log) throws IOException {
        fill(log);
        try (FileChannel file =
                FileChannel.open(log.path().resolve("00000000000000000000.log"), StandardOpenOption.WRITE)) {
            // A byte of the first batch that its checksum covers.
            file.write(ByteBuffer.wrap(new byte[] {42}), 62);
        }
    }

    @Test
    void aStopWaitsOnlySoLongForACompactionThatADiskHolds() throws Exception {
        Path hung = root.resolve("hung");
        Path sound = root.resolve("sound");
        Path pipe = hung.resolve("cleaner-offset-checkpoint.tmp");
        LogManager manager = new LogManager(busy(1, 1, hung, sound), new TestClock(NOW), 1);
        Thread closing = new Thread(manager::close, "closing");
        try {
            start(manager);
            beginCompaction(manager, pipe);
            manager.getOrCreate(OTHER, Uuid.random(), compacted());
            closing.start();
            awaitEnd(closing);
            assertThat(aCompactionIsHeld()).as("held by the disk").isTrue();
            assertThat(sound.resolve(".kafka_cleanshutdown")).exists();
            assertThat(hung.resolve(".kafka_cleanshutdown")).doesNotExist();
        } finally {
            takeOut(pipe);
        }
        Await.await(() -> "the compaction goes on", () -> !aCompactionIsHeld());
    }

    private static void makePipe(Path pipe) throws IOException, InterruptedException {
        // Until it comes between two checkpoints.
        Process made;
        do {
            made = new ProcessBuilder("mkfifo", pipe.toString()).start();
        } while (made.waitFor() != 0);
    }

    // Who waits gets an error instead of an answer now, as from a disk that is taken out, and nobody waits any more.
    private static void takeOut(Path pipe) throws IOException {
        if (Files.exists(pipe)) {
            // To read and write: that waits for nobody.
            FileChannel opened = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Files.deleteIfExists(pipe);
            opened.close();
        }
    }

    /**
     * Whether a thread is in the call that hangs. It is not enough that one waits for another, as it does for a moment whenever two
     * checkpoints are written; that of recovery points is written to the pipe once the pipe is there.
     */
    private static boolean anyHangs() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("storage-d1-"))
                .map(thread -> List.of(thread.getValue()).toString())
                .anyMatch(at -> at.contains("writeRecoveryPoints") && at.contains("DurableFiles.writeAndSync"));
    }

    /** The storage threads of the first directory in the call that hangs, or waiting for the one that is. */
    private static List<String> held() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("storage-d1-"))
                .filter(thread -> thread.getKey().getState() == Thread.State.BLOCKED
                        || List.of(thread.getValue()).toString().contains("DurableFiles.writeAndSync"))
                .map(thread -> thread.getKey().getName())
                .toList();
    }

    @Test
    void eachCleanerCompactsALogOfItsOwn() {
        try (LogManager manager = new LogManager(busy(2, 1), clock)) {
            start(manager);
            try {
                PartitionLog first = manager.getOrCreate(COMPACTED, Uuid.random(), compacted());
                fill(first);
                clock.awaitHeld();
                PartitionLog second = manager.getOrCreate(OTHER, Uuid.random(), compacted());
                fill(second);
                Await.await(() -> "compactions under way: " + clock.holding, () -> clock.holding.get() == 2);
            } finally {
                clock.go.countDown();
            }
            Path checkpoint = root.resolve("cleaner-offset-checkpoint");
            Await.await(
                    () -> "both are compacted: " + content(checkpoint),
                    () -> content(checkpoint).contains("compacted 0 2")
                            && content(checkpoint).contains("other 0 2"));
            assertThat(clock.begun).as("compactions, each of a log once").hasValue(2);
        }
    }

    @Test
    void aStopEndsACompactionWhereItStands() {
        LogManager manager = new LogManager(busy(1, 1), clock);
        start(manager);
        PartitionLog log = manager.getOrCreate(COMPACTED, Uuid.random(), compacted());
        fill(log);
        clock.awaitHeld();
        closeHeld(manager);
        assertThat(root.resolve(".kafka_cleanshutdown")).exists();
        assertThat(content(root.resolve("cleaner-offset-checkpoint")))
                .as("what was compacted to the end")
                .doesNotContain("compacted 0 2");
        assertThat(names(root.resolve("compacted-0"))).noneMatch(name -> name.endsWith(".cleaned"));
        try (LogManager again = new LogManager(StorageConfig.of(List.of(root)), clock)) {
            start(again);
            assertThat(Objects.requireNonNull(again.log(COMPACTED)).size()).isEqualTo(log.size());
        }
    }

    @Test
    void aStopEndsARecoveryWhereItStandsAndLeavesTheOtherDirectoriesClean() throws IOException {
        StorageConfig config = StorageConfig.of(List.of(root.resolve("d1"), root.resolve("d2")));
        makeOneUnclean(config);
        LogManager manager = new LogManager(config, clock);
        beginRecovery(manager);
        closeHeld(manager);
        assertThat(manager.log(COMPACTED)).as("a log that was not recovered").isNull();
        onlyTheOtherIsClean();
        recoversAll(config);
    }

    @Test
    void aStopWaitsOnlySoLongForARecoveryThatADiskHolds() throws IOException {
        StorageConfig config = StorageConfig.of(List.of(root.resolve("d1"), root.resolve("d2")));
        makeOneUnclean(config);
        LogManager manager = new LogManager(config, clock, 1);
        beginRecovery(manager);
        Thread closing = new Thread(manager::close, "closing");
        try {
            closing.start();
            awaitEnd(closing);
            assertThat(clock.holding).as("recoveries under way").hasValue(1);
            onlyTheOtherIsClean();
        } finally {
            clock.go.countDown();
        }
        recoversAll(config);
    }

    private void makeOneUnclean(StorageConfig config) throws IOException {
        try (LogManager manager = new LogManager(config, new TestClock(NOW))) {
            start(manager);
            fill(manager.getOrCreate(COMPACTED, Uuid.random(), compacted()));
            PartitionLog other = manager.getOrCreate(OTHER, Uuid.random(), compacted());
            fill(other);
            assertThat(other.logDir()).isEqualTo(root.resolve("d2"));
        }
        // As after a kill before the first checkpoint.
        Files.delete(root.resolve("d1").resolve(".kafka_cleanshutdown"));
        Files.delete(root.resolve("d1").resolve("recovery-point-offset-checkpoint"));
    }

    // Returns when it stands, and what is in the other directory is loaded.
    private void beginRecovery(LogManager manager) {
        clock.holder = ".ProducerReplay";
        // Nobody yet: each directory has a thread that recovers.
        clock.thread = Thread.currentThread();
        manager.lockDirs();
        manager.start(7, CLUSTER, topic -> {
            // The thread that recovers it is the one that stands.
            clock.thread = topic.equals(COMPACTED.topic()) ? Thread.currentThread() : clock.thread;
            return compacted();
        });
        clock.awaitHeld();
        Await.await(() -> "the other log is loaded", () -> manager.log(OTHER) != null);
    }

    private void onlyTheOtherIsClean() {
        assertThat(root.resolve("d1").resolve(".kafka_cleanshutdown")).doesNotExist();
        assertThat(root.resolve("d2").resolve(".kafka_cleanshutdown")).exists();
    }

    private static void recoversAll(StorageConfig config) {
        try (LogManager again = new LogManager(config, new TestClock(NOW))) {
            start(again);
            assertThat(Objects.requireNonNull(again.log(COMPACTED)).logEndOffset())
                    .isEqualTo(30);
        }
    }

    @Test
    void aStopSyncsAsManyLogsAtOnceAsThereAreThreadsForADirectory() {
        LogManager manager = new LogManager(busy(0, 2), clock);
        start(manager);
        for (int i = 0; i < 4; i++) {
            fill(manager.getOrCreate(new TopicPartition("synced", i), Uuid.random(), LogConfig.DEFAULT));
        }
        // Asked once a log is on disk.
        clock.holder = ".LogFlusher";
        Thread closing = new Thread(manager::close, "closing");
        try {
            closing.start();
            Await.await(() -> "logs being synced: " + clock.holding, () -> clock.holding.get() == 2);
        } finally {
            clock.go.countDown();
        }
        awaitEnd(closing);
        assertThat(root.resolve(".kafka_cleanshutdown")).exists();
    }

    private static void awaitEnd(Thread closing) {
        Await.await(() -> "closed; it is " + closing.getState(), () -> closing.getState() == Thread.State.TERMINATED);
    }

    // Closes while something is held, which is let go once the closing waits for it.
    private void closeHeld(LogManager manager) {
        Thread closing = new Thread(manager::close, "closing");
        try {
            closing.start();
            Await.await(
                    () -> "the closing waits; it is " + closing.getState(),
                    () -> closing.getState() == Thread.State.WAITING
                            || closing.getState() == Thread.State.TIMED_WAITING);
        } finally {
            clock.go.countDown();
        }
        awaitEnd(closing);
    }

    private StorageConfig busy(int cleanerThreads, int recoveryThreads) {
        return busy(cleanerThreads, recoveryThreads, root);
    }

    private StorageConfig busy(int cleanerThreads, int recoveryThreads, Path... dirs) {
        return new StorageConfig.Builder(List.of(dirs))
                .recoveryThreadsPerDir(recoveryThreads)
                .retentionCheckIntervalMs(20)
                .initialTaskDelayMs(0)
                .flushOffsetCheckpointIntervalMs(20)
                .flushStartOffsetCheckpointIntervalMs(20)
                .highWatermarkCheckpointIntervalMs(20)
                .cleanerThreads(cleanerThreads)
                .cleanerBackoffMs(20)
                .maxOpenFiles(10)
                .scrubIntervalMs(1)
                .recoveryMarkBytes(20_000)
                .build();
    }

    private static LogConfig compacted() {
        return new LogConfig.Builder()
                .segmentBytes(300)
                .compact(true)
                .delete(false)
                .minCleanableDirtyRatio(0)
                .build();
    }

    private void fill(PartitionLog log) {
        for (int i = 0; i < 30; i++) {
            log.appendAsLeader(Batches.keyed(NOW, "k" + i % 3, "v" + i), 0, AppendOrigin.CLIENT, info);
        }
        log.updateHighWatermark(log.logEndOffset());
    }

    private static void start(LogManager manager) {
        manager.lockDirs();
        manager.start(7, CLUSTER, topic -> compacted()).join();
    }

    private static String content(Path path) {
        try {
            return Files.exists(path) ? Files.readString(path) : "";
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static List<String> names(Path dir) {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(path -> path.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A clock at which whoever it is set for stands until he is let go: a compaction, which asks for the time once it knows the keys,
     * or a recovery.
     */
    private static final class HoldingClock extends TestClock {
        private final CountDownLatch held = new CountDownLatch(1);
        private final AtomicInteger begun = new AtomicInteger();
        private final AtomicInteger holding = new AtomicInteger();
        private final CountDownLatch go = new CountDownLatch(1);

        private volatile String holder = ".Compactor";
        private volatile @Nullable Thread thread;

        HoldingClock() {
            super(NOW);
        }

        void awaitHeld() {
            await(held, "Nobody asked for the time");
        }

        @Override
        public long millis() {
            boolean holds = (thread == null || thread == Thread.currentThread())
                    && StackWalker.getInstance()
                            .walk(frames -> frames.skip(1)
                                    .limit(1)
                                    .anyMatch(frame -> frame.getClassName().endsWith(holder)));
            if (holds) {
                begun.incrementAndGet();
                holding.incrementAndGet();
                held.countDown();
                await(go, "Nobody was let go");
                holding.decrementAndGet();
            }
            return super.millis();
        }

        private static void await(CountDownLatch latch, String otherwise) {
            try {
                if (!latch.await(60, TimeUnit.SECONDS)) {
                    throw new AssertionError(otherwise);
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
