package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionLogTest {
    private static final long NOW = TestLog.NOW;

    @TempDir
    Path dir;

    @Test
    void givesBackWhatWasAppended() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            AppendInfo info = test.append(Batches.of(NOW, "a", "b", "c"));
            assertThat(info.firstOffset()).isZero();
            assertThat(info.lastOffset()).isEqualTo(2);
            assertThat(info.recordCount()).isEqualTo(3);
            test.append(Batches.of(NOW, "d"));
            assertThat(test.log.logEndOffset()).isEqualTo(4);
            assertThat(test.records(0)).containsExactly("0:a", "1:b", "2:c", "3:d");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void rollsBySizeAndReadsAcrossSegments(boolean mapped) {
        LogConfig config =
                TestLog.config().segmentBytes(1000).indexIntervalBytes(200).build();
        try (TestLog test = new TestLog(dir, config, mapped)) {
            List<String> expected = appendNumbered(test, 0, 200);
            assertThat(test.log.segmentCount()).isGreaterThan(5);
            assertThat(test.records(0)).isEqualTo(expected);
            assertThat(test.records(137)).isEqualTo(expected.subList(137, 200));
            assertThat(test.records(0, 60, 1)).isEqualTo(expected.subList(0, 60));
            test.restart();
            assertThat(test.log.logEndOffset()).isEqualTo(200);
            assertThat(test.records(0)).isEqualTo(expected);
            assertThat(appendNumbered(test, 200, 10)).isEqualTo(test.records(200));
        }
    }

    @Test
    void readersFindASegmentAlsoWhenAnEmptyOneCannotBeReplaced() throws IOException {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            // In the way of the removal of the empty segment.
            Path inTheWay = Files.createDirectories(test.dir.resolve("00000000000000000000.log/in/the/way"));
            assertThatThrownBy(() -> test.log.appendAsFollower(Batches.stored(3_000_000_000L, 1, NOW, "a"), test.info))
                    .isInstanceOf(StorageException.class);
            assertThat(test.log.segmentCount()).isEqualTo(1);
            assertThat(test.log.logEndOffset()).isZero();
            assertThat(test.records(0)).isEmpty();
            for (Path path = inTheWay; !path.equals(test.dir); path = path.getParent()) {
                Files.delete(path);
            }
            test.kill(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void findsEverythingAfterBeingKilled(boolean mapped) {
        LogConfig config =
                TestLog.config().segmentBytes(1000).indexIntervalBytes(200).build();
        try (TestLog test = new TestLog(dir, config, mapped)) {
            List<String> expected = appendNumbered(test, 0, 100);
            test.kill(0);
            assertThat(test.log.cleanStart()).isFalse();
            assertThat(test.log.logEndOffset()).isEqualTo(100);
            assertThat(test.records(0)).isEqualTo(expected);
            expected.addAll(appendNumbered(test, 100, 50));
            test.kill(test.log.recoveryPoint());
            assertThat(test.records(0)).isEqualTo(expected);
        }
    }

    @Test
    void readsNoBatchThatReachesTheUpperBound() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            test.append(Batches.of(NOW, "a", "b"));
            test.append(Batches.of(NOW, "c", "d"));
            test.append(Batches.of(NOW, "e", "f"));
            assertThat(test.records(0, 4, 1 << 20)).containsExactly("0:a", "1:b", "2:c", "3:d");
            assertThat(test.records(1, 3, 1 << 20)).containsExactly("1:b");
            assertThat(test.records(4, 4, 1 << 20)).isEmpty();
        }
    }

    @Test
    void givesTheFirstBatchWholeOnlyIfAsked() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            test.append(Batches.of(NOW, "a".repeat(1000)));
            LogSlice slice = new LogSlice();
            test.log.read(0, 10, false, 1, slice);
            assertThat(slice.length()).isEqualTo(10);
            assertThat(slice.isFirstBatchCut()).isTrue();
            slice.release();
            test.log.read(0, 10, true, 1, slice);
            assertThat(slice.length()).isGreaterThan(1000);
            assertThat(slice.isFirstBatchCut()).isFalse();
            slice.release();
        }
    }

    @Test
    void refusesOffsetsOutsideTheLog() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            test.append(Batches.of(NOW, "a", "b"));
            test.log.updateHighWatermark(2);
            test.log.deleteRecords(1);
            LogSlice slice = new LogSlice();
            test.log.read(2, 100, true, 2, slice);
            assertThat(slice.length()).isZero();
            for (long outside : new long[] {-1, 0, 3}) {
                assertThatThrownBy(() -> test.log.read(outside, 100, true, 2, slice))
                        .isInstanceOf(StorageException.class)
                        .extracting(e -> ((StorageException) e).error())
                        .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
            }
        }
    }

    @Test
    void rollsByTheTimeBetweenBatches() {
        LogConfig config = TestLog.config().segmentMs(1000).build();
        try (TestLog test = new TestLog(dir, config)) {
            test.append(Batches.of(NOW, "a"));
            test.append(Batches.of(NOW + 1000, "b"));
            assertThat(test.log.segmentCount()).isOne();
            test.append(Batches.of(NOW + 1001, "c"));
            assertThat(test.log.segmentCount()).isEqualTo(2);
            assertThat(test.records(0)).containsExactly("0:a", "1:b", "2:c");
        }
    }

    @Test
    void writesBatchesAcrossWindows() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            String large = "x".repeat(50_000);
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                test.append(Batches.of(NOW, large + i));
                expected.add(i + ":" + large + i);
            }
            test.append(Batches.of(NOW, "y".repeat(900_000)));
            expected.add("40:" + "y".repeat(900_000));
            assertThat(test.records(0)).isEqualTo(expected);
            test.kill(0);
            assertThat(test.records(0)).isEqualTo(expected);
        }
    }

    @Test
    void truncatesAndGoesOn() {
        LogConfig config =
                TestLog.config().segmentBytes(1000).indexIntervalBytes(200).build();
        try (TestLog test = new TestLog(dir, config)) {
            List<String> expected = appendNumbered(test, 0, 100);
            test.log.updateHighWatermark(90);
            for (int cut : new int[] {95, 90, 61, 33, 32, 1, 0}) {
                test.log.truncateTo(cut);
                expected = new ArrayList<>(expected.subList(0, cut));
                assertThat(test.log.logEndOffset()).isEqualTo(cut);
                assertThat(test.log.highWatermark()).isLessThanOrEqualTo(cut);
                assertThat(test.records(0)).isEqualTo(expected);
                expected.addAll(appendNumbered(test, cut, 3));
                assertThat(test.records(0)).isEqualTo(expected);
                test.kill(test.log.recoveryPoint());
                assertThat(test.records(0)).isEqualTo(expected);
            }
        }
    }

    @Test
    void truncatedBatchesDoNotComeBackAfterBeingKilled() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            appendNumbered(test, 0, 10);
            test.log.truncateTo(5);
            // The same size as what was there, so that the stale batches behind it would fit.
            test.append(Batches.of(NOW, "new5"));
            test.kill(0);
            assertThat(test.records(0)).hasSize(6).endsWith("5:new5");
        }
    }

    @Test
    void beginsAnewAtAnOffset() {
        try (TestLog test = new TestLog(dir, TestLog.config().build())) {
            appendNumbered(test, 0, 10);
            test.log.truncateFullyAndStartAt(1000);
            assertThat(test.log.logStartOffset()).isEqualTo(1000);
            assertThat(test.log.logEndOffset()).isEqualTo(1000);
            test.kill(-1);
            assertThat(test.log.logEndOffset()).isEqualTo(1000);
            test.append(Batches.of(NOW, "a"));
            assertThat(test.records(1000)).containsExactly("1000:a");
        }
    }

    @Test
    void followerKeepsTheLeadersOffsetsAndLeavesOutACutBatch() {
        try (TestLog test = new TestLog(dir, LogConfig.DEFAULT)) {
            var first = Batches.stored(10, 3, NOW, "a", "b");
            var second = Batches.stored(20, 4, NOW, "c");
            var cut = Batches.concat(first, second);
            cut.limit(cut.limit() - 1);
            test.log.appendAsFollower(cut, test.info);
            assertThat(test.info.firstOffset()).isEqualTo(10);
            assertThat(test.info.lastOffset()).isEqualTo(11);
            test.log.appendAsFollower(second, test.info);
            assertThat(test.log.logEndOffset()).isEqualTo(21);
            assertThat(test.records(0)).containsExactly("10:a", "11:b", "20:c");
            assertThat(test.log.leaderEpochs().latestEpoch()).isEqualTo(4);
            assertThat(test.log.leaderEpochs().endOffsetFor(3, 21).endOffset()).isEqualTo(20);
            assertThatThrownBy(() -> test.log.appendAsFollower(Batches.stored(20, 4, NOW, "again"), test.info))
                    .isInstanceOf(StorageException.class);
        }
    }

    static List<String> appendNumbered(TestLog test, int from, int count) {
        List<String> records = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            test.append(Batches.of(NOW + i, "val" + i % 10));
            records.add(i + ":val" + i % 10);
        }
        return records;
    }
}
