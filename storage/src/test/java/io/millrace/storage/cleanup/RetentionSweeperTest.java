package io.millrace.storage.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.TestClock;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.TestLog;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What retention removes when the log changes while it decides. */
class RetentionSweeperTest {
    private static final long RETENTION_MS = 1000;
    private static final long LATER = TestLog.NOW + 10 * RETENTION_MS;

    @TempDir
    Path dir;

    private TestLog test;

    @BeforeEach
    void open() {
        test = new TestLog(
                dir,
                TestLog.config().segmentBytes(300).retentionMs(RETENTION_MS).build());
        test.clock.advance(LATER - TestLog.NOW);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void keepsWhatIsAppendedToTheActiveSegmentMeanwhile() {
        append(TestLog.NOW, 0, 2);
        assertThat(test.log.segmentCount()).isEqualTo(1);
        new RetentionSweeper(meanwhile(() -> append(LATER, 2, 3))).sweep(test.log);
        assertThat(test.records(test.log.logStartOffset())).endsWith("2:v2");
        assertThat(test.log.logEndOffset()).isEqualTo(3);
    }

    @Test
    void removesNothingTwice() {
        append(TestLog.NOW, 0, 20);
        append(LATER, 20, 60);
        new RetentionSweeper(meanwhile(() -> new RetentionSweeper(test.clock).sweep(List.of(test.log))))
                .sweep(test.log);
        assertThat(test.log.logStartOffset()).isLessThanOrEqualTo(20).isPositive();
        assertThat(test.records(20)).hasSize(40);
    }

    @Test
    void aLogThatFailsInAWayNobodyExpectsKeepsNoOtherFromLosingItsSegments() {
        append(TestLog.NOW, 0, 20);
        boolean[] failed = new boolean[1];
        new RetentionSweeper(meanwhile(() -> {
                    if (!failed[0]) {
                        failed[0] = true;
                        throw new IllegalStateException("made up");
                    }
                }))
                .sweep(List.of(test.log, test.log));
        assertThat(failed[0]).isTrue();
        assertThat(test.log.logStartOffset()).isEqualTo(20);
    }

    private void append(long timestamp, int from, int to) {
        for (int i = from; i < to; i++) {
            test.append(Batches.of(timestamp, "v" + i));
        }
        test.log.updateHighWatermark(test.log.logEndOffset());
    }

    // Asked once the segments have been looked at.
    private static Clock meanwhile(Runnable change) {
        return new TestClock(LATER) {
            @Override
            public long millis() {
                change.run();
                return super.millis();
            }
        };
    }
}
