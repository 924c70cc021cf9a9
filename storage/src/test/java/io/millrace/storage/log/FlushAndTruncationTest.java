package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.Await;
import java.nio.file.Path;
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
