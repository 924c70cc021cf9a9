package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a log whose files were hurt while nobody was looking. */
class DamageTest {
    private static final int RECORDS = 100;

    @TempDir
    Path dir;

    private TestLog test;
    private List<String> expected;

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
