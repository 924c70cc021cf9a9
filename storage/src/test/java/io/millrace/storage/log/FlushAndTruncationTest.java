package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.storage.Await;
import io.millrace.storage.StorageException;
import io.millrace.storage.file.DiskFullException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlushAndTruncationTest {
    @TempDir
    Path dir;

    /** What is appended where the cut records were is not on disk, whatever that flush had brought there. */
    @Test
    void aFlushUnderWayDoesNotUndoWhatATruncationDidToTheRecoveryPoint() throws InterruptedException {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            for (int i = 0; i < 10; i++) {
                test.append(Batches.of(TestLog.NOW, "v" + i));
            }
            Thread flush = new Thread(test.log::flush, "flush");
            // A flush saves the epochs when the records are on disk; this keeps it from that.
            synchronized (test.log.leaderEpochs()) {
                flush.start();
                Await.await(
                        () -> "the flush waits; it is " + flush.getState(),
                        () -> flush.getState() == Thread.State.BLOCKED);
                test.log.truncateTo(5);
            }
            flush.join();
            assertThat(test.log.recoveryPoint()).isLessThanOrEqualTo(5);
        }
    }

    /** Else a checkpoint written meanwhile would name what is cut off, and what is appended there next is not on disk. */
    @Test
    void aFlushDuringATruncationDoesNotRaiseTheRecoveryPoint() {
        for (boolean syncs : new boolean[] {false, true}) {
            try (TestLog test =
                    new TestLog(dir.resolve("syncs-" + syncs), TestLog.config().build(), true, syncs)) {
                for (int i = 0; i < 10; i++) {
                    test.append(Batches.of(TestLog.NOW, "v" + i));
                }
                List<Long> seen = new ArrayList<>();
                test.checkpoints = (partition, offset) -> {
                    test.log.flush();
                    seen.add(test.log.recoveryPoint());
                };
                test.log.truncateTo(5);
                test.log.truncateFullyAndStartAt(3);
                assertThat(seen).hasSize(2);
                assertThat(seen.get(0)).isLessThanOrEqualTo(5);
                assertThat(seen.get(1)).isLessThanOrEqualTo(3);
                test.log.flush();
                assertThat(test.log.recoveryPoint()).as("counts again").isEqualTo(3);
                assertThat(test.log.durableOffset()).isEqualTo(3);

                test.append(Batches.of(TestLog.NOW, "w"));
                test.checkpoints = (partition, offset) -> {
                    throw new DiskFullException("No room for a checkpoint");
                };
                assertThatThrownBy(() -> test.log.truncateTo(3)).isInstanceOf(StorageException.class);
                test.log.flush();
                assertThat(test.log.recoveryPoint()).as("nothing was cut").isEqualTo(4);
            }
        }
    }

    @Test
    void anAppendDoesNotWaitForAFlush() throws InterruptedException {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            test.append(Batches.of(TestLog.NOW, "a"));
            Thread flush = new Thread(test.log::flush, "flush");
            Thread append = new Thread(() -> test.append(Batches.of(TestLog.NOW, "b")), "append");
            synchronized (test.log.leaderEpochs()) {
                flush.start();
                Await.await(
                        () -> "the flush waits; it is " + flush.getState(),
                        () -> flush.getState() == Thread.State.BLOCKED);
                append.start();
                Await.await(() -> "appended up to " + test.log.logEndOffset(), () -> test.log.logEndOffset() == 2);
            }
            append.join();
            flush.join();
        }
    }

    /** Else the next attempt would find nothing to cut, and what is appended then would be below the old recovery point. */
    @Test
    void aFullDiskRefusesATruncationBeforeAnythingIsCut() {
        try (TestLog test = new TestLog(dir, TestLog.config().segmentBytes(300).build())) {
            for (int i = 0; i < 10; i++) {
                test.append(Batches.of(TestLog.NOW, "v" + i, "w" + i));
            }
            List<String> all = test.records(0);
            List<Long> lowered = new ArrayList<>();
            for (long wanted : new long[] {13, 4, 0}) {
                test.checkpoints = (partition, offset) -> {
                    throw new DiskFullException("No room for a checkpoint");
                };
                assertThatThrownBy(() -> test.log.truncateTo(wanted)).isInstanceOf(StorageException.class);
                assertThat(test.log.logEndOffset()).isEqualTo(all.size());
                assertThat(test.records(0)).isEqualTo(all);
                test.checkpoints = (partition, offset) -> {
                    assertThat(test.log.logEndOffset()).as("not cut yet").isEqualTo(all.size());
                    lowered.add(offset);
                };
                test.log.truncateTo(wanted);
                long end = wanted / 2 * 2;
                assertThat(lowered).contains(end);
                assertThat(test.log.logEndOffset()).isEqualTo(end);
                all.subList((int) end, all.size()).clear();
                assertThat(test.records(0)).isEqualTo(all);
            }
            assertThat(test.failures).isEmpty();
        }
    }

    /** Also where their files stay for a while, for those who read them. */
    @Test
    void removedSegmentsDoNotComeBackAfterBeingKilled() {
        try (TestLog test = new TestLog(
                dir,
                TestLog.config()
                        .segmentBytes(1_000)
                        .fileDeleteDelayMs(3_600_000)
                        .build())) {
            for (int i = 0; i < 100; i++) {
                test.append(Batches.of(TestLog.NOW, "v" + i));
            }
            test.log.truncateTo(20);
            test.kill(-1);
            assertThat(test.log.logEndOffset()).isEqualTo(20);
        }
    }
}
