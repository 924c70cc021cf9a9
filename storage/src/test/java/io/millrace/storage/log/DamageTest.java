package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import io.millrace.storage.index.AbortedTransaction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a log whose files were hurt while nobody was looking. */
class DamageTest {
    private static final int RECORDS = 100;

    @TempDir
    Path dir;

    private TestLog test;
    private List<String> expected;

    // Of each producer: how many records it has sent.
    private final Map<Long, Integer> sequences = new HashMap<>();

    @BeforeEach
    void open() {
        LogConfig config =
                TestLog.config().segmentBytes(1000).indexIntervalBytes(150).build();
        test = new TestLog(dir, config);
        expected = PartitionLogTest.appendNumbered(test, 0, RECORDS);
        test.restart();
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void aTornTailIsCutAtTheLastWholeBatch() {
        Path last = lastLog();
        long size = size(last);
        for (int cut = 1; cut < 60; cut += 7) {
            int bytes = cut;
            hurtAndKill(() -> resize(last, size - bytes));
            assertThat(test.records(0)).isEqualTo(expected.subList(0, RECORDS - 1));
            test.append(Batches.of(TestLog.NOW + RECORDS - 1, "val" + (RECORDS - 1) % 10));
            assertThat(test.records(0)).isEqualTo(expected);
        }
    }

    @Test
    void garbageAndZerosBehindTheTailAreCut() {
        Path last = lastLog();
        long size = size(last);
        hurtAndKill(() -> write(last, size, new byte[5000]));
        assertThat(test.records(0)).isEqualTo(expected);
        assertThat(size(last)).isEqualTo(size);
        byte[] garbage = new byte[777];
        new Random(1).nextBytes(garbage);
        hurtAndKill(() -> write(last, size, garbage));
        assertThat(test.records(0)).isEqualTo(expected);
        assertThat(size(last)).isEqualTo(size);
    }

    @Test
    void aFlippedBitInWhatWasNotFlushedCutsTheLogThere() {
        Random random = new Random(42);
        for (int round = 0; round < 30; round++) {
            Path last = lastLog();
            long at = coveredByChecksum(random, last);
            flip(last, at, random.nextInt(8));
            long recoveryPoint = baseOf(last);
            test.kill(recoveryPoint);
            List<String> found = test.records(0);
            assertThat(found).isEqualTo(expected.subList(0, found.size()));
            assertThat((long) found.size()).isGreaterThanOrEqualTo(recoveryPoint);
            for (int i = found.size(); i < RECORDS; i++) {
                test.append(Batches.of(TestLog.NOW + i, "val" + i % 10));
            }
            assertThat(test.records(0)).isEqualTo(expected);
            test.restart();
        }
    }

    /** No checksum covers it. Followers are told by it where they part from their leader. */
    @Test
    void aFlippedBitOfALeaderEpochHidesNoLaterOne() {
        int batch = Batches.of(TestLog.NOW, "val0").remaining();
        int[] batchEpochs = {5, 5, 5, 6, 6, 9};
        for (int epoch : batchEpochs) {
            test.append(Batches.of(TestLog.NOW, "val0"), epoch);
        }
        for (int hurt = 0; hurt < batchEpochs.length - 1; hurt++) {
            long offset = RECORDS + hurt;
            Path log = files(".log").stream()
                    .filter(file -> baseOf(file) <= offset)
                    .reduce((first, second) -> second)
                    .orElseThrow();
            long position = (offset - baseOf(log)) * batch + BatchHeader.PARTITION_LEADER_EPOCH + 1;
            hurtAndKill(() -> flip(log, position, 2));
            assertThat(test.log.logEndOffset()).isEqualTo(RECORDS + batchEpochs.length);
            for (int i = 0; i < batchEpochs.length; i++) {
                // Where an epoch begins with the batch that was hurt, nobody can know that.
                if (i != hurt) {
                    assertThat(test.log.leaderEpochs().epochForOffset(RECORDS + i))
                            .as("epoch of batch %d, hurt is %d", i, hurt)
                            .isEqualTo(batchEpochs[i]);
                }
            }
            test.log.assignEpochStart(10);
            assertThat(test.log.leaderEpochs().latestEpoch()).isEqualTo(10);
            flip(log, position, 2);
        }
    }

    @Test
    void damageInTheMiddleOfUnflushedSegmentsTakesWhatFollowsWithIt() {
        List<Path> logs = files(".log");
        Path middle = logs.get(logs.size() / 2);
        hurtAndKill(() -> flip(middle, size(middle) / 2, 3));
        List<String> found = test.records(0);
        assertThat(found.size()).isLessThan(RECORDS - 20);
        assertThat(found).isEqualTo(expected.subList(0, found.size()));
        assertThat(test.log.logEndOffset()).isEqualTo(found.size());
    }

    @Test
    void damageInAFlushedSegmentIsReportedAndTheRestServed() throws IOException {
        List<Path> logs = files(".log");
        Path middle = logs.get(logs.size() / 2);
        long base = baseOf(middle);
        // The length of the first batch: what follows in this segment cannot be found any more.
        write(middle, 8, new byte[] {0x7f, 0x7f, 0x7f, 0x7f});
        for (Path index : files(".index")) {
            Files.delete(index);
        }
        test.restart();
        LogSlice slice = new LogSlice();
        assertThatThrownBy(() -> test.log.read(base, 1000, true, RECORDS, slice))
                .isInstanceOfSatisfying(StorageException.class, e -> {
                    assertThat(e.error()).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
                    assertThat(e).hasMessageContaining("position 0 of " + middle);
                });
        long next = baseOf(logs.get(logs.size() / 2 + 1));
        assertThat(test.records(next)).isEqualTo(expected.subList((int) next, RECORDS));
        assertThat(test.log.logEndOffset()).isEqualTo(RECORDS);
    }

    /**
     * Batches that are left of a segment whose end never reached the disk, though that of the next one did; -1: not even the file
     * is there.
     */
    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 3})
    void whatFollowsAHoleThatWasNotFlushedIsCut(int batchesLeft) throws IOException {
        List<Path> logs = files(".log");
        Path middle = logs.get(logs.size() / 2);
        long base = baseOf(middle);
        shorten(middle, batchesLeft);
        test.kill(base);
        int left = (int) base + Math.max(0, batchesLeft);
        assertThat(test.log.logEndOffset()).isEqualTo(left);
        assertThat(test.records(0)).isEqualTo(expected.subList(0, left));
        assertThat(test.log.damagedRanges()).isEmpty();
    }

    /** Nobody misses what DeleteRecords has taken. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 3})
    void aHoleBelowTheLogStartTakesNothingWithIt(int batchesLeft) throws IOException {
        List<Path> logs = files(".log");
        Path middle = logs.get(logs.size() / 2);
        int start = (int) baseOf(logs.get(logs.size() / 2 + 1)) + 2;
        shorten(middle, batchesLeft);
        test.kill(baseOf(middle), start);
        assertThat(test.log.logStartOffset()).isEqualTo(start);
        assertThat(test.records(start)).isEqualTo(expected.subList(start, RECORDS));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 3})
    void aHoleInWhatWasFlushedIsReportedAndTheRestServed(int batchesLeft) throws IOException {
        List<Path> logs = files(".log");
        int slot = logs.size() / 2;
        Path middle = logs.get(slot);
        int base = (int) baseOf(middle);
        int next = (int) baseOf(logs.get(slot + 1));
        shorten(middle, batchesLeft);
        // Has the segments from the one before it on looked at.
        Files.write(
                test.dir.resolve(logs.get(slot - 1).getFileName().toString().replace(".log", ".txnindex")),
                new byte[1]);
        test.restart();
        int left = base + Math.max(0, batchesLeft);
        Path reported = batchesLeft < 0 ? logs.get(slot - 1) : middle;
        assertThat(test.log.damagedRanges())
                .containsExactly(new DamagedRange(reported, size(reported), size(reported), left, next));
        assertThat(test.log.logEndOffset()).isEqualTo(RECORDS);
        assertThat(test.records(0, left, 100_000)).isEqualTo(expected.subList(0, left));
        assertThatThrownBy(() -> test.records(left))
                .hasMessageContaining("position " + size(reported) + " of " + reported);
        assertThat(test.records(next)).isEqualTo(expected.subList(next, RECORDS));
        test.log.truncateTo(next);
        test.append(Batches.of(TestLog.NOW, "more"));
        assertThat(test.records(next)).containsExactly(next + ":more");
        test.log.truncateTo(left);
        assertThat(test.log.damagedRanges()).isEmpty();
        assertThat(test.records(0)).isEqualTo(expected.subList(0, left));
    }

    @Test
    void garbageBehindAWholeSegmentTakesNothingElseWithIt() {
        List<Path> logs = files(".log");
        Path middle = logs.get(logs.size() / 2);
        long size = size(middle);
        hurtAndKill(() -> write(middle, size, new byte[] {1, 2, 3, 4, 5, 6, 7}));
        assertThat(size(middle)).isEqualTo(size);
        assertThat(test.records(0)).isEqualTo(expected);
    }

    @Test
    void offsetsThatTheLeaderNeverHadAreNoHole() {
        test.log.truncateFullyAndStartAt(0);
        for (int i = 0; i < 50; i++) {
            ByteBuffer batch = Batches.of(TestLog.NOW, "val" + i % 10);
            BatchHeader.stamp(batch, 0, 3 * i, 0);
            test.log.appendAsFollower(batch, test.info);
        }
        assertThat(test.log.segmentCount()).isGreaterThan(3);
        List<String> found = test.records(0);
        test.kill(0);
        assertThat(test.records(0)).isEqualTo(found).hasSize(50);
    }

    @Test
    void aGapBeforeANewSegmentIsNoHole() {
        int batch = Batches.of(TestLog.NOW, "val0").remaining();
        for (long gap : new long[] {5, 3_000_000_000L}) {
            test.log.truncateFullyAndStartAt(0);
            int first = 1000 / batch;
            for (int i = 0; i < 3 * first; i++) {
                ByteBuffer stored = Batches.of(TestLog.NOW, "val" + i % 10);
                BatchHeader.stamp(stored, 0, i < first ? i : i + gap, 0);
                test.log.appendAsFollower(stored, test.info);
            }
            assertThat(test.log.segmentCount()).isEqualTo(3);
            List<String> found = test.records(0);
            test.kill(0);
            assertThat(test.records(0)).isEqualTo(found).hasSize(3 * first);
            test.log.truncateTo(first + 1);
            test.restart();
            assertThat(test.records(0)).isEqualTo(found.subList(0, first));
        }
    }

    /** A replica of a log that was compacted, cut where nothing is left, rolls before anything else has come. */
    @Test
    void aGapAtTheEndOfASegmentIsNoHole() {
        test.log.truncateFullyAndStartAt(0);
        for (long offset : new long[] {0, 1, 2, 3, 9}) {
            ByteBuffer stored = Batches.of(TestLog.NOW, "val" + offset);
            BatchHeader.stamp(stored, 0, offset, 0);
            test.log.appendAsFollower(stored, test.info);
        }
        test.log.truncateTo(7);
        assertThat(test.log.logEndOffset()).isEqualTo(7);
        ByteBuffer large = Batches.of(TestLog.NOW, "x".repeat(800));
        BatchHeader.stamp(large, 0, 7, 0);
        test.log.appendAsFollower(large, test.info);
        assertThat(test.log.segmentCount()).isEqualTo(2);
        List<String> found = test.records(0);
        test.kill(0);
        assertThat(test.records(0)).isEqualTo(found).hasSize(5);
    }

    private void shorten(Path log, int batchesLeft) throws IOException {
        if (batchesLeft < 0) {
            String name = log.getFileName().toString().substring(0, 20);
            for (Path file : files("")) {
                if (file.getFileName().toString().startsWith(name)) {
                    Files.delete(file);
                }
            }
        } else {
            resize(log, (long) batchesLeft * Batches.of(TestLog.NOW, "val0").remaining());
        }
    }

    /** Position, bit: in the records, in the checksum, the length, the base offset, the magic of a batch. */
    @ParameterizedTest
    @CsvSource({"65, 3", "18, 0", "8, 6", "11, 3", "0, 6", "7, 6", "16, 5"})
    void damageInWhatWasFlushedIsSteppedOverByRecovery(int at, int bit) {
        List<Path> logs = files(".log");
        int batch = Batches.of(TestLog.NOW, "val0").remaining();
        for (Path log : List.of(logs.get(2), lastLog())) {
            long base = baseOf(log);
            flip(log, 3 * batch + at, bit);
            test.kill(base + 4);
            assertThat(test.log.logEndOffset()).isEqualTo(RECORDS);
            assertThat(test.log.damagedRanges())
                    .containsExactly(new DamagedRange(log, 3L * batch, 4L * batch, base + 3, base + 4));
            assertThat(test.records(base, base + 3, 100_000)).isEqualTo(expected.subList((int) base, (int) base + 3));
            assertThat(test.records(base + 4)).isEqualTo(expected.subList((int) base + 4, RECORDS));
            assertThatThrownBy(() -> test.records(base + 3))
                    .hasMessageContaining("position " + 3 * batch + " of " + log);
            flip(log, 3 * batch + at, bit);
            test.kill(base + 4);
            assertThat(test.records(0)).isEqualTo(expected);
        }
    }

    @Test
    void aBatchOfAnotherSegmentsOffsetsIsNoEndOfDamage() throws IOException {
        Path log = files(".log").get(2);
        int base = (int) baseOf(log);
        int batch = Batches.of(TestLog.NOW, "val0").remaining();
        // A length, and a base offset, which no checksum covers.
        flip(log, 3 * batch + 8, 6);
        flip(log, 4 * batch + 5, 6);
        test.restartHurt(() -> {
            try {
                // Has all batches looked at.
                Files.delete(test.dir.resolve("leader-epoch-checkpoint"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(test.log.damagedRanges())
                .containsExactly(new DamagedRange(log, 3L * batch, 5L * batch, base + 3, base + 5));
        assertThat(test.records(base + 5)).isEqualTo(expected.subList(base + 5, RECORDS));
    }

    @Test
    void truncatingIntoDamageThatNobodyHasSeenYetRemovesIt() {
        int batch = Batches.of(TestLog.NOW, "val0").remaining();
        for (int last : new int[] {RECORDS - 1, RECORDS - 3}) {
            Path log = lastLog();
            int at = last - (int) baseOf(log);
            flip(log, (long) at * batch + 8, 6);
            test.log.truncateTo(last);
            assertThat(test.log.logEndOffset()).isEqualTo(last);
            for (int i = last; i < RECORDS; i++) {
                test.append(Batches.of(TestLog.NOW + i, "val" + i % 10));
            }
            assertThat(test.records(0)).isEqualTo(expected);
            assertThat(test.log.damagedRanges()).isEmpty();
        }
    }

    @Test
    void truncatingToDamageRemovesIt() {
        Path log = lastLog();
        long base = baseOf(log);
        int batch = Batches.of(TestLog.NOW, "val0").remaining();
        flip(log, 3 * batch + 65, 1);
        test.kill(RECORDS);
        long first = test.log.damagedRanges().get(0).firstOffset();
        test.log.truncateTo(first);
        assertThat(test.log.logEndOffset()).isEqualTo(first).isEqualTo(base + 3);
        for (int i = (int) first; i < RECORDS; i++) {
            test.append(Batches.of(TestLog.NOW + i, "val" + i % 10));
        }
        assertThat(test.records(0)).isEqualTo(expected);
        assertThat(test.log.damagedRanges()).isEmpty();
    }

    @Test
    void aLengthThatLiesTakesNoMemory() {
        Path last = lastLog();
        long size = size(last);
        hurtAndKill(() -> {
            byte[] header = new byte[BatchHeader.RECORDS];
            ByteBuffer.wrap(header).putLong(0, RECORDS).putInt(8, 1_000_000_000).put(16, (byte) 2);
            write(last, size, header);
            write(last, size + 1_500_000_000L, new byte[1]);
        });
        assertThat(test.records(0)).isEqualTo(expected);
        assertThat(size(last)).isEqualTo(size);
    }

    @Test
    void missingEpochsAreReadFromTheBatchesAtACleanStart() throws IOException {
        test.append(Batches.of(TestLog.NOW, "p"), 3);
        test.append(Batches.of(TestLog.NOW, "q"), 8);
        test.restart();
        Path file = test.dir.resolve("leader-epoch-checkpoint");
        String before = Files.readString(file);
        assertThat(before).contains("0 0").contains("3 " + RECORDS).contains("8 " + (RECORDS + 1));
        for (String content : new String[] {null, "", "0\n3\n0 0\n", "1\n1\n0 0\n", "0\n1\nx y\n"}) {
            test.restartHurt(() -> {
                try {
                    Files.delete(file);
                    if (content != null) {
                        Files.writeString(file, content);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(test.log.cleanStart()).isTrue();
            assertThat(test.log.leaderEpochs().latestEpoch()).isEqualTo(8);
            test.restart();
            assertThat(file).content().isEqualTo(before);
        }
    }

    @Test
    void aTornTailBehindTheMarkerOfACleanStopMakesTheLogSuspect() {
        Path last = lastLog();
        test.restartHurt(() -> resize(last, size(last) - 5));
        assertThat(test.log.cleanStart()).isFalse();
        assertThat(test.records(0)).isEqualTo(expected.subList(0, RECORDS - 1));
        test.append(Batches.of(TestLog.NOW + RECORDS - 1, "val" + (RECORDS - 1) % 10));
        assertThat(test.records(0)).isEqualTo(expected);
        test.restart();
        assertThat(test.log.cleanStart()).isTrue();
    }

    @Test
    void aDamagedTransactionIndexIsMadeAnew() throws IOException {
        test.append(Batches.transactional(6, 0, 0, TestLog.NOW, "rolled back"));
        test.appendMarker(Batches.marker(6, 0, false, 3, TestLog.NOW));
        test.append(Batches.transactional(7, 0, 0, TestLog.NOW, "too"));
        test.appendMarker(Batches.marker(7, 0, false, 3, TestLog.NOW));
        test.restart();
        List<AbortedTransaction> aborted = test.log.abortedTransactions(0, RECORDS + 4);
        assertThat(aborted).hasSize(2);
        Path index = files(".txnindex").get(0);
        byte[] before = Files.readAllBytes(index);
        for (Runnable damage : List.<Runnable>of(
                () -> resize(index, size(index) - 3), () -> flip(index, 1, 0), () -> flip(index, 35, 5))) {
            test.restartHurt(damage);
            assertThat(test.log.abortedTransactions(0, RECORDS + 4)).isEqualTo(aborted);
            test.restart();
            assertThat(index).hasBinaryContent(before);
        }
        test.kill(0);
        assertThat(test.log.abortedTransactions(0, RECORDS + 4)).isEqualTo(aborted);
    }

    /** Else what was rolled back would be read as committed. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSegmentWhoseIndexesAreGoneKeepsItsAbortedTransactions(boolean clean) {
        appendTransactions();
        test.restart();
        test.log.flush();
        long end = test.log.logEndOffset();
        List<AbortedTransaction> aborted = test.log.abortedTransactions(0, end);
        assertThat(aborted).hasSizeGreaterThan(20);
        List<Path> indexes = files("index");
        assertThat(indexes.stream().filter(file -> file.toString().endsWith(".txnindex")))
                .as("in segments before the last")
                .hasSizeGreaterThan(3);
        List<byte[]> before = indexes.stream().map(DamageTest::bytes).toList();
        List<Path> snapshots = files(".snapshot");
        for (int round = 0; round < 4; round++) {
            // Also where the transactions began before the oldest snapshot, or nothing says where they began but the
            // log.
            int gone = round * snapshots.size() / 3;
            Runnable damage = () -> {
                indexes.forEach(DamageTest::delete);
                snapshots.subList(0, gone).forEach(DamageTest::delete);
            };
            if (clean) {
                test.restartHurt(damage);
                assertThat(test.log.cleanStart()).isTrue();
            } else {
                damage.run();
                test.kill(end);
            }
            assertThat(test.log.abortedTransactions(0, end)).isEqualTo(aborted);
            // It is on disk, not only in memory.
            if (clean) {
                test.restart();
            } else {
                test.kill(end);
            }
            assertThat(test.log.abortedTransactions(0, end)).isEqualTo(aborted);
        }
        test.restart();
        for (int i = 0; i < indexes.size(); i++) {
            assertThat(indexes.get(i)).hasBinaryContent(before.get(i));
        }
    }

    /** Two at a time, each longer than a segment; every other one is rolled back. */
    private void appendTransactions() {
        int transactions = 50;
        for (int i = 0; i < transactions; i++) {
            for (int record = 0; record < 8; record++) {
                long producer = 7 + (i + record % 2) % 3;
                test.append(Batches.transactional(
                        producer, 0, sequences.merge(producer, 1, Integer::sum) - 1, TestLog.NOW, "t" + i));
            }
            test.appendMarker(Batches.marker(7 + i % 3, 0, i % 4 == 1, 3, TestLog.NOW));
        }
    }

    @Test
    void aDamagedTransactionIndexBelowTheRecoveryPointIsMadeAnewForGood() {
        appendTransactions();
        test.restart();
        long end = test.log.logEndOffset();
        List<AbortedTransaction> aborted = test.log.abortedTransactions(0, end);
        Path index = files(".txnindex").get(2);
        byte[] before = bytes(index);
        resize(index, size(index) - 3);
        test.kill(end);
        assertThat(test.log.abortedTransactions(0, end)).isEqualTo(aborted);
        test.restart();
        assertThat(test.log.abortedTransactions(0, end)).isEqualTo(aborted);
        assertThat(index).hasBinaryContent(before);
    }

    /** A start that comes to nothing must not leave the segment without one, which the next start would believe. */
    @Test
    void aDamagedTransactionIndexStaysUntilThereIsAnotherOne() {
        appendTransactions();
        Path index = files(".txnindex").get(2);
        test.log.updateHighWatermark(test.log.logEndOffset());
        test.removeOldest((int) files(".log").stream()
                .filter(log -> baseOf(log) < baseOf(index))
                .count());
        test.restart();
        long end = test.log.logEndOffset();
        List<AbortedTransaction> aborted = test.log.abortedTransactions(0, end);
        resize(index, size(index) - 3);
        test.stopping = true;
        assertThatThrownBy(() -> test.kill(end)).hasMessageContaining("closes");
        test.stopping = false;
        test.kill(end);
        // Nobody knows any more where those began that had begun before the log start.
        assertThat(test.log.abortedTransactions(0, end))
                .extracting(AbortedTransaction::lastOffset)
                .isEqualTo(aborted.stream().map(AbortedTransaction::lastOffset).toList());
    }

    /** It can only have come from elsewhere. */
    @Test
    void aTransactionIndexOfAnotherSegmentIsNotBelieved() throws IOException {
        appendTransactions();
        test.restart();
        long end = test.log.logEndOffset();
        List<AbortedTransaction> aborted = test.log.abortedTransactions(0, end);
        List<Path> indexes = files(".txnindex");
        test.restartHurt(() -> {
            try {
                Files.copy(indexes.get(0), indexes.get(3), StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(test.log.abortedTransactions(0, end)).isEqualTo(aborted);
    }

    @Test
    void missingIndexesAreRebuilt() throws IOException {
        List<byte[]> before = new ArrayList<>();
        List<Path> indexes = files("index");
        for (Path index : indexes) {
            before.add(Files.readAllBytes(index));
            Files.delete(index);
        }
        test.restart();
        assertThat(test.records(0)).isEqualTo(expected);
        test.restart();
        for (int i = 0; i < indexes.size(); i++) {
            assertThat(Files.readAllBytes(indexes.get(i)))
                    .as(indexes.get(i).toString())
                    .isEqualTo(before.get(i));
        }
    }

    @Test
    void anIndexFullOfGarbageDoesNotMisleadReads() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 20; round++) {
            for (Path index : files(".index")) {
                byte[] garbage = new byte[(int) size(index)];
                random.nextBytes(garbage);
                if (round % 2 == 0) {
                    // Small and rising: plausible at first sight.
                    ByteBuffer entries = ByteBuffer.wrap(garbage);
                    for (int i = 0; i + 8 <= garbage.length; i += 8) {
                        entries.putInt(i, i / 8 * 2).putInt(i + 4, 13 + i * 7);
                    }
                }
                Files.write(index, garbage);
            }
            test.kill(RECORDS - 1);
            for (int offset = 0; offset < RECORDS; offset += 9) {
                assertThat(test.records(offset)).isEqualTo(expected.subList(offset, RECORDS));
            }
        }
    }

    @Test
    void aTimeIndexFullOfGarbageMisleadsNeitherSearchesNorRetention() throws IOException {
        long[] asked = {TestLog.NOW, TestLog.NOW + 13, TestLog.NOW + 55, TestLog.NOW + 99, TestLog.NOW + 100};
        List<TimestampOffset> before = new ArrayList<>();
        for (long timestamp : asked) {
            before.add(test.log.offsetForTimestamp(timestamp));
        }
        TimestampOffset max = test.log.offsetOfMaxTimestamp();
        List<SegmentView> views = test.log.upkeep().segmentViews();
        Random random = new Random(11);
        for (int round = 0; round < 6; round++) {
            for (Path index : files(".timeindex")) {
                byte[] garbage = new byte[round == 0 ? 0 : (int) size(index)];
                random.nextBytes(garbage);
                if (round % 2 == 0) {
                    // Rising, and older than the records: retention would take them.
                    ByteBuffer entries = ByteBuffer.wrap(garbage);
                    for (int i = 0; i + 12 <= garbage.length; i += 12) {
                        entries.putLong(i, 1000 + i).putInt(i + 8, i / 12 * 3);
                    }
                }
                Files.write(index, garbage);
            }
            if (round < 3) {
                test.kill(RECORDS - 1);
            } else {
                test.restartHurt(() -> {});
            }
            for (int i = 0; i < asked.length; i++) {
                assertThat(test.log.offsetForTimestamp(asked[i])).isEqualTo(before.get(i));
            }
            assertThat(test.log.offsetOfMaxTimestamp()).isEqualTo(max);
            assertThat(test.log.upkeep().segmentViews()).isEqualTo(views);
        }
    }

    @Test
    void garbageInTheIndexesOfTheLastSegmentDoesNotStopACleanStart() throws IOException {
        Random random = new Random(3);
        for (int round = 0; round < 10; round++) {
            test.restartHurt(() -> {
                for (Path index : files("index")) {
                    byte[] garbage = new byte[(int) size(index)];
                    random.nextBytes(garbage);
                    write(index, 0, garbage);
                }
            });
            assertThat(test.records(0)).isEqualTo(expected);
            test.append(Batches.of(TestLog.NOW + 1000, "more"));
            test.log.truncateTo(RECORDS);
            assertThat(test.records(RECORDS - 5)).isEqualTo(expected.subList(RECORDS - 5, RECORDS));
        }
    }

    @Test
    void anIndexFoundWrongIsMadeAnewAtTheNextStart() throws IOException {
        Path index = files(".index").get(1);
        byte[] before = Files.readAllBytes(index);
        ByteBuffer wrong = ByteBuffer.wrap(before.clone());
        for (int i = 4; i < before.length; i += 8) {
            wrong.putInt(i, wrong.getInt(i) + 1);
        }
        Files.write(index, wrong.array());
        test.restart();
        assertThat(test.records(0)).isEqualTo(expected);
        for (int offset = 0; offset < RECORDS; offset++) {
            assertThat(test.records(offset)).isEqualTo(expected.subList(offset, RECORDS));
        }
        test.restart();
        test.restart();
        assertThat(Files.readAllBytes(index)).isEqualTo(before);
    }

    @Test
    void aWrongIndexEntryDoesNotMoveTheBoundOfARead() throws IOException {
        List<Path> logs = files(".log");
        int middle = logs.size() / 2;
        long base = baseOf(logs.get(middle));
        long bound = baseOf(logs.get(middle + 1)) - 1;
        Path index = files(".index").get(middle);
        int size = (int) size(logs.get(middle));
        int last = (int) size(index) - 4;
        int right = ByteBuffer.wrap(Files.readAllBytes(index)).getInt(last);
        // Inside a batch, at the last batch, which lies above the bound, and at the end.
        int batch = size / (int) (bound + 1 - base);
        for (int wrong : new int[] {right - 13, size - batch - 1, size - 5, size, size + 7}) {
            write(index, last, ByteBuffer.allocate(4).putInt(0, wrong).array());
            test.restart();
            assertThat(test.records(base, bound, 4096))
                    .as("entry at " + wrong)
                    .isEqualTo(expected.subList((int) base, (int) bound));
        }
    }

    /** Each of them has an index entry of its own, which is asked first. */
    @Test
    void wrongIndexEntriesOfLargeBatchesDoNotMisleadReads() throws IOException {
        test.close();
        test = new TestLog(
                dir.resolve("large"),
                TestLog.config().segmentBytes(150_000).indexIntervalBytes(4096).build());
        List<String> values = new ArrayList<>();
        for (int batch = 0; batch < 30; batch++) {
            String[] three = new String[3];
            for (int i = 0; i < three.length; i++) {
                three[i] = (batch * 3 + i) + "-" + "x".repeat(3_500);
            }
            values.addAll(List.of(three));
            test.append(Batches.of(TestLog.NOW + batch, three));
        }
        test.restart();
        List<String> all = test.records(0);
        assertThat(all).hasSameSizeAs(values);
        Path index = files(".index").get(0);
        byte[] right = Files.readAllBytes(index);
        for (int halfOfEntry : new int[] {0, 4}) {
            for (int wrongBy : new int[] {-10_600, -3, -1, 0, 1, 3, 10_600, Integer.MIN_VALUE}) {
                ByteBuffer wrong = ByteBuffer.wrap(right.clone());
                for (int i = halfOfEntry; i < right.length; i += 8) {
                    wrong.putInt(i, wrong.getInt(i) + wrongBy);
                }
                Files.write(index, wrong.array());
                test.restart();
                for (int offset = 0; offset < all.size(); offset++) {
                    assertThat(test.records(offset))
                            .as("from %s, with entries wrong by %s", offset, wrongBy)
                            .isEqualTo(all.subList(offset, all.size()));
                }
            }
        }
    }

    @Test
    void missingAndDamagedSnapshotsAndEpochsAreMadeAnew() throws IOException {
        test.append(Batches.idempotent(9, 0, 0, TestLog.NOW, "p"), 5);
        test.restart();
        for (Path snapshot : files(".snapshot")) {
            flip(snapshot, size(snapshot) - 1, 1);
        }
        test.restart();
        assertThat(test.append(Batches.idempotent(9, 0, 0, TestLog.NOW, "p"), 5).duplicate())
                .isTrue();
        hurtAndKill(() -> {
            try {
                Files.writeString(test.dir.resolve("leader-epoch-checkpoint"), "0\n7\n1 1\n");
                for (Path snapshot : files(".snapshot")) {
                    Files.delete(snapshot);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(test.log.leaderEpochs().latestEpoch()).isEqualTo(5);
        assertThat(test.log.leaderEpochs().latestStartOffset()).isEqualTo(RECORDS);
        assertThat(test.append(Batches.idempotent(9, 0, 0, TestLog.NOW, "p"), 5).duplicate())
                .isTrue();
    }

    // Offset and leader epoch are outside the checksum: a broker sets them after the producer has computed it.
    private static long coveredByChecksum(Random random, Path log) {
        int batchSize = Batches.of(TestLog.NOW, "val0").remaining();
        int at;
        do {
            at = random.nextInt((int) size(log));
        } while (at % batchSize < BatchHeader.BATCH_LENGTH
                || (at % batchSize >= BatchHeader.PARTITION_LEADER_EPOCH && at % batchSize < BatchHeader.MAGIC));
        return at;
    }

    private void hurtAndKill(Runnable damage) {
        damage.run();
        test.kill(0);
    }

    private Path lastLog() {
        List<Path> logs = files(".log");
        return logs.get(logs.size() - 1);
    }

    private List<Path> files(String suffix) {
        return test.files().stream()
                .filter(name -> name.endsWith(suffix))
                .map(test.dir::resolve)
                .toList();
    }

    private static long baseOf(Path log) {
        return Long.parseLong(log.getFileName().toString().substring(0, 20));
    }

    private static byte[] bytes(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long size(Path path) {
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void flip(Path path, long position, int bit) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte) (one.get(0) ^ (1 << bit)));
            channel.write(one.flip(), position);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path path, long position, byte[] bytes) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), position);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void resize(Path path, long size) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
