package io.millrace.storage.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.storage.Await;
import io.millrace.storage.LogConfig;
import io.millrace.storage.TestClock;
import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.log.Batches;
import io.millrace.storage.log.LogHints;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.ProducerView;
import io.millrace.storage.log.TestLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionTest {
    private static final long NOW = TestLog.NOW;
    private static final long MAP_BYTES = 1 << 20;

    @TempDir
    Path dir;

    @Test
    void keepsTheNewestRecordOfEachKeyAtItsOffset() {
        try (TestLog test = compacted()) {
            Map<String, String> newest = new TreeMap<>();
            Random random = new Random(3);
            for (int i = 0; i < 600; i++) {
                String key = "k" + random.nextInt(20);
                test.append(Batches.keyed(NOW + i, key, "v" + i));
                newest.put(key, i + ":v" + i);
            }
            int segments = test.log.segmentCount();
            assertThat(segments).isGreaterThan(25);
            compact(test);
            // Segments that have become small are joined the next time.
            long activeFrom = compact(test);
            assertThat(test.log.segmentCount()).isLessThan(10);
            List<String> left = test.records(0);
            // What is left of each key includes the newest, and below the active segment nothing else.
            assertThat(left).containsAll(newest.values());
            assertThat(left.stream().filter(record -> offset(record) < activeFrom))
                    .hasSizeLessThanOrEqualTo(20);
            assertThat(left).isSortedAccordingTo((a, b) -> Long.compare(offset(a), offset(b)));
            assertThat(test.log.logEndOffset()).isEqualTo(600);
            test.restart();
            assertThat(test.records(0)).isEqualTo(left);
            test.kill(0);
            assertThat(test.records(0)).isEqualTo(left);
            for (String record : left) {
                assertThat(test.records(offset(record)).get(0)).isEqualTo(record);
            }
            assertThat(test.records(1, 600, 1 << 20)).hasSizeGreaterThanOrEqualTo(left.size() - 1);
        }
    }

    @Test
    void compactsInStepsWhenTheKeysDoNotFitIntoTheMap() {
        try (TestLog test = compacted()) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 100; i++) {
                    test.append(Batches.keyed(NOW, "key" + i, "v" + round));
                }
            }
            long checkpoint = -1;
            int steps = 0;
            while (true) {
                CompactionRange range = range(test, checkpoint);
                if (!range.due()) {
                    break;
                }
                long next = new Compactor(test.clock, 40 * 24).compact(test.log, range);
                assertThat(next).isGreaterThan(Math.max(0, checkpoint));
                checkpoint = next;
                steps++;
            }
            assertThat(steps).isGreaterThan(5);
            long end = checkpoint;
            assertThat(test.records(0).stream().filter(record -> offset(record) < end && record.endsWith("v0")))
                    .isEmpty();
            assertThat(test.records(0).stream().filter(record -> record.endsWith("v2")))
                    .hasSize(100);
        }
    }

    /** Or many keys would have the whole log written as many times as the map is filled. */
    @Test
    void segmentsBehindTheLastKeyInTheMapAreLeftAlone() throws IOException {
        try (TestLog test = compacted()) {
            for (int i = 0; i < 300; i++) {
                test.append(Batches.keyed(NOW, "key" + i % 100, "v" + i));
            }
            Map<Path, Object> before = new TreeMap<>();
            for (Path log : logs(test.dir)) {
                before.put(log, fileKey(log));
            }
            long next = new Compactor(test.clock, 40 * 24).compact(test.log, range(test, -1));
            int left = 0;
            for (Path log : logs(test.dir)) {
                if (SegmentFiles.offsetOf(log.getFileName().toString(), SegmentFiles.LOG) < next) {
                    assertThat(fileKey(log)).as("written anew: " + log).isNotEqualTo(before.get(log));
                } else {
                    assertThat(fileKey(log)).as("left alone: " + log).isEqualTo(before.get(log));
                    left++;
                }
            }
            assertThat(left).isGreaterThan(5);
        }
    }

    private static Object fileKey(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    @Test
    void tombstonesGoAfterTheirTimeAndNotBefore() {
        try (TestLog test = compacted()) {
            test.append(Batches.keyed(NOW, "a", "1"));
            test.append(Batches.keyed(NOW, "b", "2"));
            test.append(Batches.keyed(NOW, "a", null));
            fill(test);
            compact(test);
            assertThat(test.records(0)).startsWith("1:2", "2:null");
            test.clock.advance(999);
            fill(test);
            compact(test);
            assertThat(test.records(0)).startsWith("1:2", "2:null");
            test.clock.advance(2);
            fill(test);
            compact(test);
            assertThat(test.records(0).get(0)).isEqualTo("1:2");
            assertThat(test.records(0)).doesNotContain("2:null");
        }
    }

    @Test
    void tombstonesThatAreKeptForEverStay() {
        LogConfig forEver =
                config().toBuilder().deleteRetentionMs(Long.MAX_VALUE).build();
        try (TestLog test = new TestLog(dir, forEver)) {
            test.append(Batches.keyed(NOW, "b", "2"));
            test.append(Batches.keyed(NOW, "a", null));
            for (int i = 0; i < 3; i++) {
                fill(test);
                compact(test);
                test.clock.advance(1_000_000_000_000L);
            }
            assertThat(test.records(0)).startsWith("0:2", "1:null");
        }
    }

    @Test
    void removesRolledBackRecordsAndKeepsTheMarkersForATime() {
        try (TestLog test = compacted()) {
            test.append(transactional(1, 0, "a", "committed"));
            test.append(transactional(2, 0, "a", "rolled back"));
            test.append(transactional(2, 1, "b", "rolled back"));
            test.appendMarker(Batches.marker(2, 0, false, 0, NOW));
            test.appendMarker(Batches.marker(1, 0, true, 0, NOW));
            fill(test);
            compact(test);
            List<String> left = values(test);
            assertThat(left).contains("committed").doesNotContain("rolled back");
            assertThat(test.log.abortedTransactions(0, 5)).hasSize(1);
            test.kill(0);
            assertThat(values(test)).contains("committed").doesNotContain("rolled back");
            // The producer's last batch keeps its sequence, and so the marker, until the producer is forgotten.
            test.log.upkeep().removeExpiredProducers(Long.MAX_VALUE);
            for (int i = 0; i < 3; i++) {
                test.clock.advance(2000);
                fill(test);
                compact(test);
            }
            assertThat(values(test)).contains("committed");
            assertThat(test.log.abortedTransactions(0, 5)).isEmpty();
        }
    }

    @Test
    void keepsTheSequenceOfAProducerWhoseRecordsAreAllOutdated() {
        try (TestLog test = compacted()) {
            test.append(idempotent(7, 0, "a", "old"));
            test.append(Batches.keyed(NOW, "a", "new"));
            fill(test);
            compact(test);
            assertThat(test.records(0)).doesNotContain("0:old");
            // Without snapshots, so that only the log itself can tell.
            removeSnapshots(test);
            test.kill(0);
            assertThat(test.log.activeProducers())
                    .extracting(ProducerView::producerId)
                    .contains(7L);
            assertThat(test.append(idempotent(7, 0, "a", "old")).duplicate()).isTrue();
        }
    }

    @Test
    void touchesNothingAboveTheLimits() {
        try (TestLog test = compacted()) {
            for (int i = 0; i < 100; i++) {
                test.append(Batches.keyed(NOW, "k", "v" + i));
            }
            test.log.updateHighWatermark(50);
            CompactionRange range = range(test, -1);
            assertThat(range.endOffset()).isLessThanOrEqualTo(50);
            new Compactor(test.clock, MAP_BYTES).compact(test.log, range);
            List<String> left = test.records(0);
            assertThat(left).contains("50:v50", "99:v99").doesNotContain("0:v0");
            assertThat(left.stream().filter(record -> offset(record) >= range.endOffset()))
                    .hasSize((int) (100 - range.endOffset()));
        }
    }

    @Test
    void keepsCompressedBatchesCompressed() {
        try (TestLog test = compacted()) {
            BatchBuilder builder = new BatchBuilder().begin(Compression.LZ4);
            builder.append(NOW, bytes("a"), bytes("outdated"));
            builder.append(NOW, bytes("b"), bytes("stays"));
            test.append(builder.finish());
            test.append(Batches.keyed(NOW, "a", "newer"));
            fill(test);
            compact(test);
            assertThat(test.records(0)).startsWith("1:stays", "2:newer");
            LogSlice slice = new LogSlice();
            test.log.read(0, 100, true, 2, slice);
            ByteBuffer batch = ByteBuffer.allocate(slice.length());
            slice.copyTo(batch);
            slice.release();
            assertThat(BatchHeader.compression(batch, 0)).isEqualTo(Compression.LZ4);
            assertThat(BatchHeader.baseOffset(batch, 0)).isZero();
            assertThat(BatchHeader.lastOffsetDelta(batch, 0)).isEqualTo(1);
            assertThat(BatchHeader.recordCount(batch, 0)).isEqualTo(1);
        }
    }

    @Test
    void retentionThatTakesSegmentsMeanwhileEndsTheCompactionAndNothingElse() throws IOException {
        try (TestLog test = compacted()) {
            fill(test);
            fill(test);
            test.log.updateHighWatermark(test.log.logEndOffset());
            assertThat(test.log.segmentCount()).isGreaterThan(2);
            // Sealed segments so small that several of them become one.
            compact(test);
            List<Path> before = logs(test.dir);
            boolean finished = test.log.upkeep().rewrite(test.log.logEndOffset(), (buffer, index) -> {
                if (Files.exists(before.get(0))) {
                    test.removeOldest(before.size());
                    Await.await(
                            () -> test.files().toString(),
                            () -> test.files().stream().noneMatch(file -> file.endsWith(SegmentFiles.DELETED)));
                }
                return buffer;
            });
            assertThat(finished).isFalse();
            assertThat(test.failures).isEmpty();
            assertThat(test.files()).noneMatch(file -> file.endsWith(SegmentFiles.CLEANED));
            test.append(Batches.keyed(NOW, "k", "more"));
            assertThat(test.records(test.log.logStartOffset())).containsExactly("40:more");
        }
    }

    @Test
    void aSegmentThatWasCutAndFilledAgainIsNotReplacedByWhatItWas() throws IOException {
        try (TestLog test = compacted()) {
            fill(test);
            test.log.updateHighWatermark(test.log.logEndOffset());
            test.log.upkeep().beginCompaction();
            long end = test.log.upkeep().segmentViews().get(1).baseOffset();
            boolean finished = test.log.upkeep().rewrite(end, (buffer, index) -> {
                if (BatchHeader.baseOffset(buffer, index) == end - 1) {
                    CompletableFuture.runAsync(() -> {
                                test.log.truncateTo(2);
                                for (int i = 2; i < 20; i++) {
                                    test.append(Batches.keyed(NOW, "other" + i, "y".repeat(100)));
                                }
                            })
                            .join();
                }
                return buffer;
            });
            assertThat(finished).isFalse();
            assertThat(values(test)).hasSize(20);
            assertThat(values(test).subList(2, 20)).containsOnly("y".repeat(100));
            assertThat(test.files()).noneMatch(file -> file.endsWith(SegmentFiles.CLEANED));
        }
    }

    @Test
    void aLogThatWasCutToLessThanASegmentIsNotTakenForCompacted() throws IOException {
        try (TestLog test = compacted()) {
            fill(test);
            test.log.upkeep().beginCompaction();
            long end = test.log.upkeep().segmentViews().get(1).baseOffset();
            test.log.truncateTo(2);
            assertThat(test.log.upkeep().rewrite(end, (buffer, index) -> buffer))
                    .isFalse();
        }
    }

    @Test
    void keysThatWereCutOffOutdateNothing() {
        try (TestLog test = compacted()) {
            test.append(Batches.keyed(NOW, "a", "stays"));
            fill(test);
            long before = test.log.logEndOffset();
            test.append(Batches.keyed(NOW, "a", "is cut off"));
            fill(test);
            test.log.updateHighWatermark(test.log.logEndOffset());
            test.log.upkeep().beginCompaction();
            CompactionRange range = range(test, -1);
            assertThat(range.endOffset()).isGreaterThan(before);
            // Asked once the keys are known.
            Clock clock = new TestClock(NOW) {
                @Override
                public long millis() {
                    test.log.truncateTo(before);
                    fill(test);
                    fill(test);
                    return super.millis();
                }
            };
            assertThat(new Compactor(clock, MAP_BYTES).compact(test.log, range)).isEqualTo(range.firstDirtyOffset());
            assertThat(values(test)).contains("stays").doesNotContain("is cut off");
        }
    }

    @Test
    void aDeletionMeanwhileEndsTheCompactionAndNothingElse() throws IOException {
        try (TestLog test = compacted()) {
            fill(test);
            fill(test);
            test.log.updateHighWatermark(test.log.logEndOffset());
            Path renamed = test.dir.resolveSibling("deleted-delete");
            boolean finished = test.log.upkeep().rewrite(test.log.logEndOffset(), (buffer, index) -> {
                if (Files.notExists(renamed)) {
                    test.log.closeAndRename(renamed);
                }
                return buffer;
            });
            assertThat(finished).isFalse();
            assertThat(test.failures).isEmpty();
        }
    }

    @Test
    void everyStateThatAKillCanLeaveIsPutInOrder() throws IOException {
        List<String> before;
        List<String> after;
        List<AbortedTransaction> abortedBefore;
        List<AbortedTransaction> abortedAfter;
        Path original = dir.resolve("original");
        Path finished = dir.resolve("finished");
        try (TestLog test = compacted()) {
            for (int i = 0; i < 300; i++) {
                test.append(Batches.keyed(NOW + i, "k" + i % 7, "v" + i));
                if (i % 15 == 3) {
                    test.append(transactional(9, i / 15, "k", "rolled back"));
                    test.appendMarker(Batches.marker(9, 0, false, 1, NOW + i));
                }
            }
            test.restart();
            before = test.records(0);
            abortedBefore = test.log.abortedTransactions(0, test.log.logEndOffset());
            copyTree(test.dir, original);
            compact(test);
            test.restart();
            after = test.records(0);
            abortedAfter = test.log.abortedTransactions(0, test.log.logEndOffset());
            copyTree(test.dir, finished);
        }
        assertThat(after.size()).isLessThan(before.size() / 2);
        List<Path> all = logs(original);
        List<Path> groups =
                logs(finished).stream().filter(log -> differs(log, original)).toList();
        assertThat(groups).isNotEmpty();
        Path first = groups.get(0);
        long base = SegmentFiles.offsetOf(first.getFileName().toString(), SegmentFiles.LOG);
        long next = logs(finished).stream()
                .mapToLong(log -> SegmentFiles.offsetOf(log.getFileName().toString(), SegmentFiles.LOG))
                .filter(other -> other > base)
                .min()
                .orElseThrow();
        List<String> replaced = all.stream()
                .map(log -> log.getFileName().toString().substring(0, 20))
                .filter(name -> Long.parseLong(name) >= base && Long.parseLong(name) < next)
                .toList();
        List<String> mixed = Stream.concat(
                        Stream.concat(
                                before.stream().filter(record -> offset(record) < base),
                                after.stream().filter(record -> offset(record) >= base && offset(record) < next)),
                        before.stream().filter(record -> offset(record) >= next))
                .toList();

        List<AbortedTransaction> mixedAborted = Stream.concat(
                        abortedAfter.stream().filter(one -> one.lastOffset() >= base && one.lastOffset() < next),
                        abortedBefore.stream().filter(one -> one.lastOffset() < base || one.lastOffset() >= next))
                .sorted(Comparator.comparingLong(AbortedTransaction::lastOffset))
                .toList();
        assertThat(abortedBefore).hasSize(20);

        // Half written; finished but not renamed; renamed one by one; the old ones marked one by one; put in place one
        // by one.
        // Of transactions there is a file only where one failed.
        String[] suffixes = {
            SegmentFiles.LOG, SegmentFiles.OFFSET_INDEX, SegmentFiles.TIME_INDEX, SegmentFiles.TXN_INDEX
        };
        String name = first.getFileName().toString().substring(0, 20);
        for (int swapped = 0; swapped <= suffixes.length; swapped++) {
            Path state = fresh(original);
            for (int i = 0; i < suffixes.length; i++) {
                String to = suffixes[i] + (i < swapped ? SegmentFiles.SWAP : SegmentFiles.CLEANED);
                copyIfThere(finished.resolve(name + suffixes[i]), state.resolve(name + to));
            }
            boolean indexed = swapped == 0 || swapped == suffixes.length;
            assertOpens(state, swapped == 0 ? before : mixed, swapped == 0 ? abortedBefore : mixedAborted, indexed);
        }
        for (int marked = 0; marked <= replaced.size(); marked++) {
            Path state = fresh(original);
            for (String suffix : suffixes) {
                copyIfThere(finished.resolve(name + suffix), state.resolve(name + suffix + SegmentFiles.SWAP));
                for (int i = 0; i < marked; i++) {
                    Path old = state.resolve(replaced.get(i) + suffix);
                    delete(old);
                }
            }
            assertOpens(state, mixed, mixedAborted, true);
        }
        for (int placed = 0; placed <= suffixes.length; placed++) {
            Path state = fresh(original);
            for (int i = 0; i < suffixes.length; i++) {
                for (String old : replaced) {
                    Path path = state.resolve(old + suffixes[i]);
                    delete(path);
                }
                String to = suffixes[i] + (i < placed ? "" : SegmentFiles.SWAP);
                copyIfThere(finished.resolve(name + suffixes[i]), state.resolve(name + to));
            }
            assertOpens(state, mixed, mixedAborted, true);
        }
    }

    private static void copyIfThere(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.copy(from, to);
        }
    }

    private static void delete(Path file) throws IOException {
        if (Files.exists(file)) {
            Files.move(file, SegmentFiles.withSuffix(file, SegmentFiles.DELETED));
        }
    }

    /** @param indexed whether the index of transactions is as far as the log that it belongs to */
    private void assertOpens(
            Path partitionDir, List<String> expected, List<AbortedTransaction> aborted, boolean indexed) {
        for (boolean clean : new boolean[] {true, false}) {
            try (TestLog test = new TestLog(partitionDir.getParent(), config())) {
                test.open(new LogHints(0, -1, -1, clean));
                assertThat(test.records(0)).isEqualTo(expected);
                List<Long> offsets =
                        expected.stream().map(CompactionTest::offset).toList();
                // That a transaction failed whose records are gone nobody needs to know: recovery does not, and an
                // index that was not put in place yet when its log was is not there.
                assertThat(test.log.abortedTransactions(0, test.log.logEndOffset()))
                        .isSubsetOf(aborted)
                        .containsAll(aborted.stream()
                                .filter(one -> clean && indexed || offsets.contains(one.firstOffset()))
                                .toList());
                assertThat(test.files())
                        .noneMatch(file -> file.endsWith(SegmentFiles.SWAP)
                                || file.endsWith(SegmentFiles.CLEANED)
                                || file.endsWith(SegmentFiles.DELETED));
            }
        }
    }

    private int states;

    private Path fresh(Path original) throws IOException {
        Path state = dir.resolve("state" + states++).resolve(TestLog.PARTITION.toString());
        Files.createDirectories(state.getParent());
        copyTree(original, state);
        return state;
    }

    private static boolean differs(Path log, Path original) {
        try {
            Path there = original.resolve(log.getFileName());
            return Files.notExists(there) || Files.mismatch(log, there) >= 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Path> logs(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> file.toString().endsWith(SegmentFiles.LOG))
                    .sorted()
                    .toList();
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                if (!file.toString().endsWith(SegmentFiles.DELETED)) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
    }

    private static LogConfig config() {
        return TestLog.config()
                .segmentBytes(1500)
                .indexIntervalBytes(200)
                .compact(true)
                .delete(false)
                .deleteRetentionMs(1000)
                .minCleanableDirtyRatio(0)
                .build();
    }

    private TestLog compacted() {
        return new TestLog(dir, config());
    }

    // Enough other keys that what was appended before lies in a sealed segment.
    private int filled;

    private void fill(TestLog test) {
        for (int i = 0; i < 20; i++) {
            test.append(Batches.keyed(NOW, "filler" + filled++, "x".repeat(100)));
        }
    }

    private static long compact(TestLog test) {
        test.log.updateHighWatermark(test.log.logEndOffset());
        CompactionRange range = range(test, -1);
        assertThat(range.due()).isTrue();
        return new Compactor(test.clock, MAP_BYTES).compact(test.log, range);
    }

    private static CompactionRange range(TestLog test, long checkpoint) {
        if (test.log.highWatermark() == 0) {
            test.log.updateHighWatermark(test.log.logEndOffset());
        }
        try {
            return CompactionRange.of(
                    test.log.upkeep().segmentViews(),
                    test.log.config(),
                    checkpoint,
                    test.log.logStartOffset(),
                    test.log.lastStableOffset(),
                    test.clock.millis());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> values(TestLog test) {
        List<String> values = new ArrayList<>();
        for (String record : test.records(0)) {
            values.add(record.substring(record.indexOf(':') + 1));
        }
        return values;
    }

    private static void removeSnapshots(TestLog test) {
        for (String file : test.files()) {
            if (file.endsWith(SegmentFiles.PRODUCER_SNAPSHOT)) {
                try {
                    Files.delete(test.dir.resolve(file));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    private static ByteBuffer idempotent(long producerId, int sequence, String key, String value) {
        BatchBuilder builder = new BatchBuilder().producer(producerId, (short) 0, sequence);
        builder.append(NOW, bytes(key), bytes(value));
        return builder.finish();
    }

    private static ByteBuffer transactional(long producerId, int sequence, String key, String value) {
        BatchBuilder builder =
                new BatchBuilder().producer(producerId, (short) 0, sequence).transactional(true);
        builder.append(NOW, bytes(key), bytes(value));
        return builder.finish();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static long offset(String record) {
        return Long.parseLong(record.substring(0, record.indexOf(':')));
    }
}
