package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Work that takes hours keeps nothing else from being done. */
class BackgroundWorkTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final TopicPartition COMPACTED = new TopicPartition("compacted", 0);
    private static final TopicPartition OTHER = new TopicPartition("other", 0);

    @TempDir
    Path root;

    private final AppendInfo info = new AppendInfo();
    private final HeldCompactions clock = new HeldCompactions();

    @Test
    void flushesRetentionAndCheckpointsGoOnDuringACompaction() {
        try (LogManager manager = new LogManager(busy(1), clock)) {
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
        LogConfig config = new LogConfig.Builder()
                .segmentBytes(300)
                .flushMessages(1)
                .retentionMs(1000)
                .fileDeleteDelayMs(0)
                .build();
        PartitionLog other = manager.getOrCreate(OTHER, Uuid.random(), config);
        for (int i = 0; i < 20; i++) {
            other.appendAsLeader(Batches.of(NOW - 100_000, "v" + i), 0, AppendOrigin.CLIENT, info);
        }
        Await.await(() -> "flushed up to " + other.recoveryPoint(), () -> other.recoveryPoint() == 20);
        other.updateHighWatermark(20);
        Await.await(() -> "retention leaves " + other, () -> other.logStartOffset() == 20);
        Await.await(
                () -> "removed files go; there are " + names(other.path()),
                () -> names(other.path()).stream().noneMatch(name -> name.endsWith(".deleted")));
        Path checkpoint = root.resolve("replication-offset-checkpoint");
        Await.await(
                () -> "a checkpoint: " + content(checkpoint),
                () -> content(checkpoint).contains("other 0 20"));
    }

    @Test
    void eachCleanerCompactsALogOfItsOwn() {
        try (LogManager manager = new LogManager(busy(2), clock)) {
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

    private StorageConfig busy(int cleanerThreads) {
        StorageConfig plain = StorageConfig.of(List.of(root));
        return new StorageConfig(
                plain.logDirs(),
                1,
                20,
                0,
                20,
                20,
                20,
                20,
                plain.producerIdExpirationMs(),
                true,
                cleanerThreads,
                plain.cleanerDedupeBufferBytes(),
                20,
                0,
                10,
                plain.mappedMaxBytes(),
                plain.syncPolicy(),
                plain.scrubBytesPerSecond(),
                1,
                20_000);
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
        manager.start(7, "abcdefghijklmnopqrstuv", topic -> compacted()).join();
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

    /** A clock at which each compaction, which asks for the time once it knows the keys, stands until it is let go. */
    private static final class HeldCompactions extends TestClock {
        private final CountDownLatch held = new CountDownLatch(1);
        private final AtomicInteger begun = new AtomicInteger();
        private final AtomicInteger holding = new AtomicInteger();
        private final CountDownLatch go = new CountDownLatch(1);

        HeldCompactions() {
            super(NOW);
        }

        void awaitHeld() {
            await(held, "A compaction did not begin");
        }

        @Override
        public long millis() {
            boolean compaction = StackWalker.getInstance()
                    .walk(frames -> frames.skip(1)
                            .limit(1)
                            .anyMatch(frame -> frame.getClassName().endsWith(".Compactor")));
            if (compaction) {
                begun.incrementAndGet();
                holding.incrementAndGet();
                held.countDown();
                await(go, "The compaction was not let go");
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
