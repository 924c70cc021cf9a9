package io.millrace.storage.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.storage.Await;
import io.millrace.storage.LogConfig;
import io.millrace.storage.file.ForwardingStore;
import io.millrace.storage.file.SpaceGuard;
import io.millrace.storage.log.AppendInfo;
import io.millrace.storage.log.AppendOrigin;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.TestLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractCollection;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the schedule knows of a log when others change that log meanwhile. */
class CompactionScheduleTest {
    @TempDir
    Path dir;

    private TestLog test;
    private CompactionSchedule schedule;

    @BeforeEach
    void open() {
        LogConfig config = TestLog.config()
                .segmentBytes(500)
                .compact(true)
                .delete(false)
                .minCleanableDirtyRatio(0)
                .build();
        test = new TestLog(dir, config);
        fill();
        schedule = new CompactionSchedule(test.clock, 1 << 20);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void nothingIsKnownOfALogDeletedWhileItWasCompacted() {
        schedule.run(
                logs(() -> {
                    assertThat(schedule.checkpoints())
                            .as("what a checkpoint would write")
                            .isEmpty();
                    return false;
                }),
                () -> {});
        assertThat(schedule.checkpoints()).isEmpty();
    }

    @Test
    void aLogDeletedWhileItsCompactionFailsIsNotSetAside() throws IOException {
        damageFirstSegment();
        Thread[] deletion = new Thread[1];
        schedule.run(
                logs(() -> {
                    if (deletion[0] != null) {
                        return false;
                    }
                    // The log leaves the list, and is forgotten, just when it was looked for.
                    Thread thread = new Thread(() -> schedule.forget(TestLog.PARTITION), "deletion");
                    deletion[0] = thread;
                    thread.start();
                    Await.await(
                            () -> "the deletion is " + thread.getState(),
                            () -> thread.getState() == Thread.State.BLOCKED
                                    || thread.getState() == Thread.State.TERMINATED);
                    return true;
                }),
                () -> {});
        Await.await(() -> "the deletion ends", () -> deletion[0].getState() == Thread.State.TERMINATED);
        assertThat(schedule.setAside()).isEmpty();
    }

    /** Reading batches that are being cut off fails like reading damaged ones. */
    @Test
    void aLogCutWhileItsCompactionFailsIsNotSetAside() throws IOException {
        damageFirstSegment();
        schedule.run(
                logs(() -> {
                    test.log.truncateTo(10);
                    return true;
                }),
                () -> {});
        assertThat(schedule.setAside()).isEmpty();
    }

    @Test
    void aLogWhoseCompactionFailsIsSetAside() throws IOException {
        damageFirstSegment();
        schedule.run(logs(() -> true), () -> {});
        assertThat(schedule.setAside()).containsExactly(TestLog.PARTITION);
    }

    @Test
    void aLogWhoseSegmentsCannotBeLookedAtNowIsTriedAgain() throws IOException {
        Path first = test.dir.resolve("00000000000000000000.log");
        Path index = test.dir.resolve("00000000000000000000.timeindex");
        Path away = dir.resolve("away");
        test.restartHurt(() -> {});
        Files.move(first, away);
        Files.write(index, new byte[Math.toIntExact(Files.size(index))]);
        schedule.run(logs(() -> true), () -> {});
        assertThat(schedule.checkpoints()).isEmpty();
        Files.move(away, first);
        schedule.run(logs(() -> true), () -> {});
        assertThat(schedule.checkpoints()).isNotEmpty();
    }

    @Test
    void aLogCutRightAfterItsCompactionIsCompactedFromThereOn() {
        schedule.run(
                logs(() -> {
                    test.log.truncateTo(10);
                    return true;
                }),
                () -> {});
        assertThat(schedule.checkpoints()).containsEntry(TestLog.PARTITION, test.log.logEndOffset());
        assertThat(test.log.logEndOffset()).isLessThanOrEqualTo(10);
        schedule.lower(TestLog.PARTITION, 3);
        assertThat(schedule.checkpoints()).containsEntry(TestLog.PARTITION, 3L);
        schedule.lower(TestLog.PARTITION, 5);
        assertThat(schedule.checkpoints()).containsEntry(TestLog.PARTITION, 3L);
    }

    /** What a damaged batch seems to be the newest record of would take that record away before the damage is come to. */
    @Test
    void aDamagedKeyOutdatesNoOtherKey() throws IOException {
        long end = test.log.logEndOffset();
        test.append(Batches.keyed(TestLog.NOW, "k6", "the newest"));
        fill();
        long damaged = test.log.logEndOffset();
        test.append(Batches.keyed(TestLog.NOW, "k7", "of another key"));
        fill();
        List<String> before = test.records(0);
        Path segment = test.files().stream()
                .filter(name -> name.endsWith(".log") && Long.parseLong(name.substring(0, 20)) <= damaged)
                .map(test.dir::resolve)
                .reduce((first, second) -> second)
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(segment);
        int key = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("k7") + 1;
        bytes[key] ^= 1;
        Files.write(segment, bytes);

        schedule.run(logs(() -> true), () -> {});

        assertThat(schedule.setAside()).containsExactly(TestLog.PARTITION);
        assertThat(test.records(0, damaged, 100)).contains(end + ":the newest").isEqualTo(before.subList(0, (int)
                damaged));
    }

    /** What may yet be aborted outdates nothing, and stays as it is. */
    @Test
    void nothingIsCompactedFromTheFirstOpenTransactionOn() {
        long firstUnstable = test.log.logEndOffset();
        BatchBuilder open = new BatchBuilder().producer(7, (short) 0, 0).transactional(true);
        open.append(TestLog.NOW, "k1".getBytes(StandardCharsets.UTF_8), "open".getBytes(StandardCharsets.UTF_8));
        test.append(open.finish());
        fill();
        assertThat(test.log.highWatermark()).isGreaterThan(firstUnstable);
        List<String> unstable = test.records(firstUnstable);

        schedule.run(logs(() -> true), () -> {});
        assertThat(schedule.checkpoints().get(TestLog.PARTITION)).isPositive().isLessThanOrEqualTo(firstUnstable);
        assertThat(test.records(firstUnstable)).isEqualTo(unstable);

        test.appendMarker(Batches.marker(7, 0, true, 0, TestLog.NOW));
        fill();
        schedule.run(logs(() -> true), () -> {});
        assertThat(schedule.checkpoints().get(TestLog.PARTITION))
                .as("once it has ended")
                .isGreaterThan(firstUnstable);
    }

    @Test
    void aLogThatThereIsNoRoomForKeepsNoOtherFromBeingCompacted() throws IOException {
        long size = test.log.size();
        test.space = new SpaceGuard(Files.getFileStore(dir), Long.MAX_VALUE / 2);
        test.restart();
        TopicPartition name = new TopicPartition("other", 0);
        try (TestLog roomy = new TestLog(dir.resolve("roomy"), test.config)) {
            PartitionLog other = PartitionLog.create(
                    name,
                    Uuid.random(),
                    Files.createDirectory(dir.resolve("roomy").resolve(name.toString())),
                    test.config,
                    roomy.host());
            fill(other);
            AtomicInteger compacted = new AtomicInteger();
            // Both are as dirty, so that the first one is chosen first.
            schedule.run(List.of(test.log, other), compacted::incrementAndGet);
            assertThat(compacted).hasValue(1);
            assertThat(schedule.checkpoints()).containsOnlyKeys(name);
            assertThat(other.size()).isLessThan(size);
            assertThat(schedule.setAside()).isEmpty();

            test.space = new SpaceGuard(Files.getFileStore(dir), 0);
            test.restart();
            schedule.run(List.of(test.log, other), compacted::incrementAndGet);
            assertThat(schedule.checkpoints()).as("in the next round").containsOnlyKeys(name, TestLog.PARTITION);
            other.close();
        }
    }

    @Test
    void aLogIsTriedAgainWhenTheProcessCouldOpenNoMoreFiles() throws IOException {
        AtomicBoolean usedUp = new AtomicBoolean(true);
        AtomicInteger refused = new AtomicInteger();
        test.space = new SpaceGuard(
                new ForwardingStore(Files.getFileStore(dir)) {
                    @Override
                    public long getUsableSpace() throws IOException {
                        if (usedUp.get()) {
                            refused.incrementAndGet();
                            throw new FileSystemException(dir.toString(), null, "Too many open files");
                        }
                        return super.getUsableSpace();
                    }
                },
                // Of which a compaction may not have all.
                2);
        test.restart();
        schedule.run(logs(() -> true), () -> {});
        assertThat(refused).hasPositiveValue();
        assertThat(schedule.setAside()).isEmpty();
        assertThat(schedule.checkpoints()).isEmpty();
        assertThat(test.failures).as("directories out of service").isEmpty();

        usedUp.set(false);
        schedule.run(logs(() -> true), () -> {});
        assertThat(schedule.checkpoints()).containsOnlyKeys(TestLog.PARTITION);
    }

    private void damageFirstSegment() throws IOException {
        Path first = test.dir.resolve("00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(first);
        bytes[100] ^= 1;
        Files.write(first, bytes);
    }

    private void fill() {
        fill(test.log);
    }

    private void fill(PartitionLog log) {
        for (int i = 0; i < 60; i++) {
            log.appendAsLeader(
                    Batches.keyed(TestLog.NOW, "k" + i % 3, "v" + i), 0, AppendOrigin.CLIENT, new AppendInfo());
        }
        log.updateHighWatermark(log.logEndOffset());
    }

    private AbstractCollection<PartitionLog> logs(BooleanSupplier present) {
        return new AbstractCollection<>() {
            @Override
            public Iterator<PartitionLog> iterator() {
                return List.of(test.log).iterator();
            }

            @Override
            public int size() {
                return 1;
            }

            @Override
            public boolean contains(Object log) {
                return present.getAsBoolean();
            }
        };
    }
}
