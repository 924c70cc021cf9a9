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
}
