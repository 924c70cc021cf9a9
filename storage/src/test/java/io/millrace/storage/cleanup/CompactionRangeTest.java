package io.millrace.storage.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.LogConfig;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.SegmentView;
import io.millrace.storage.log.TestLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a log is due for compaction. */
class CompactionRangeTest {
    private static final long NOW = TestLog.NOW;
    private static final long HOUR_MS = 3_600_000;

    private final LogConfig config = TestLog.config()
            .segmentBytes(400)
            .compact(true)
            .delete(false)
            .minCleanableDirtyRatio(1)
            .maxCompactionLagMs(HOUR_MS)
            .build();

    /** Somebody's deadline for erasure may be why the setting is there. */
    @Test
    void aRecordWaitsNoLongerThanTheLargestLagWhateverCameAfterIt() {
        List<SegmentView> segments = List.of(
                new SegmentView(0, 10, 100, NOW - 3 * HOUR_MS, NOW - 3 * HOUR_MS),
                new SegmentView(10, 20, 100, NOW, NOW - HOUR_MS),
                new SegmentView(20, 30, 100, NOW, NOW));
        assertThat(CompactionRange.of(segments, config, 10, 0, 30, NOW).due())
                .as("an hour after the first record")
                .isFalse();
        assertThat(CompactionRange.of(segments, config, 10, 0, 30, NOW + 1).due())
                .as("more than an hour after it")
                .isTrue();
    }

    /** Who reads within that time sees every record. */
    @Test
    void aRecordIsNotCompactedBeforeTheSmallestLag() {
        LogConfig lagging = TestLog.config()
                .compact(true)
                .minCleanableDirtyRatio(0)
                .minCompactionLagMs(HOUR_MS)
                .build();
        List<SegmentView> segments = List.of(
                new SegmentView(0, 10, 100, NOW - 2 * HOUR_MS, NOW - 3 * HOUR_MS),
                new SegmentView(10, 20, 100, NOW - HOUR_MS + 1, NOW - 2 * HOUR_MS),
                new SegmentView(20, 30, 100, NOW - 2 * HOUR_MS, NOW - 2 * HOUR_MS),
                new SegmentView(30, 40, 100, NOW, NOW));
        assertThat(CompactionRange.of(segments, lagging, -1, 0, 40, NOW))
                .as("up to the first segment with a record that is younger")
                .isEqualTo(new CompactionRange(0, 10, 1, true));
        assertThat(CompactionRange.of(segments, lagging, -1, 0, 40, NOW + 1))
                .as("when that has come of age")
                .isEqualTo(new CompactionRange(0, 30, 1, true));
        assertThat(CompactionRange.of(segments, lagging, 10, 0, 40, NOW).due())
                .as("nothing besides is dirty")
                .isFalse();
    }

    @Test
    void aSegmentKnowsItsFirstAndItsLargestTimestamp(@TempDir Path dir) throws IOException {
        try (TestLog test = new TestLog(dir, config)) {
            for (int i = 0; i < 20; i++) {
                test.append(Batches.keyed(NOW - 1000 + i, "k", "v"));
            }
            test.restart();
            SegmentView first = test.log.upkeep().segmentViews().get(0);
            assertThat(first.firstTimestamp()).isEqualTo(NOW - 1000);
            assertThat(first.timestamp()).isEqualTo(NOW - 1000 + first.endOffset() - 1);
        }
    }
}
