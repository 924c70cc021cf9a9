package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.Await;
import io.millrace.storage.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Bytes that change under a log are found, said, and not served. */
class ScrubTest {
    private static final int RECORDS = 200;
    private static final int BATCH = Batches.of(TestLog.NOW, "val0").remaining();

    @TempDir
    Path dir;

    private TestLog test;
    private List<String> expected;

    @BeforeEach
    void open() {
        test = new TestLog(
                dir, TestLog.config().segmentBytes(1000).indexIntervalBytes(150).build());
        expected = PartitionLogTest.appendNumbered(test, 0, RECORDS);
        test.restart();
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void findsNothingInASoundLog() {
        scrub(1);
        scrub(Long.MAX_VALUE / 2);
        assertThat(test.log.damagedRanges()).isEmpty();
        assertThat(test.damaged).isEmpty();
    }

    /** Every byte but those of the epoch, which no checksum covers and nobody can know better. */
    @Test
    void findsAFlipOfAnyByteOfABatch() {
        Random random = new Random(5);
        for (int at = 0; at < BATCH; at++) {
            if (at >= BatchHeader.PARTITION_LEADER_EPOCH && at < BatchHeader.MAGIC) {
                continue;
            }
            Path log = logs().get(3);
            long base = baseOf(log);
            int bit = random.nextInt(8);
            flip(log, 2 * BATCH + at, bit);
            scrub(100);
            assertThat(test.log.damagedRanges())
                    .as("byte " + at + " bit " + bit)
                    .containsExactly(new DamagedRange(log, 2 * BATCH, 3 * BATCH, base + 2, base + 3));
            assertThat(test.damaged).containsExactly(TestLog.PARTITION);
            assertThat(test.records(0, base + 2, 300)).isEqualTo(expected.subList(0, (int) base + 2));
            assertThat(test.records(base + 3)).isEqualTo(expected.subList((int) base + 3, RECORDS));
            assertThatThrownBy(() -> test.records(base + 2))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.CORRUPT_MESSAGE));
            flip(log, 2 * BATCH + at, bit);
            test.damaged.clear();
            test.restart();
        }
    }

    @Test
    void findsAllOfManyFlipsAndServesTheRest() {
        Random random = new Random(17);
        boolean[] hurt = new boolean[RECORDS];
        for (int i = 0; i < 40; i++) {
            Path log = logs().get(random.nextInt(logs().size()));
            long offset = baseOf(log) + random.nextInt(5);
            if (offset < RECORDS && !hurt[(int) offset]) {
                hurt[(int) offset] = true;
                flip(log, (offset - baseOf(log)) * BATCH + 17 + random.nextInt(BATCH - 17), random.nextInt(8));
            }
        }
        scrub(1000);
        for (int offset = 0; offset < RECORDS; offset++) {
            LogSlice slice = new LogSlice();
            int wanted = offset;
            if (hurt[offset]) {
                assertThatThrownBy(() -> test.log.read(wanted, BATCH, true, RECORDS, slice))
                        .as("offset " + offset)
                        .hasMessageContaining("damaged");
            } else {
                test.log.read(offset, 10 * BATCH, true, RECORDS, slice);
                ByteBuffer bytes = ByteBuffer.allocate(slice.length());
                slice.copyTo(bytes);
                slice.release();
                List<String> found = Batches.records(bytes.flip());
                assertThat(found).isEqualTo(expected.subList(offset, offset + found.size()));
                assertThat(LongStream.range(offset, offset + found.size()).noneMatch(i -> hurt[(int) i]))
                        .isTrue();
            }
        }
    }

    @Test
    void aReadThatComesToDamageHasItFound() {
        Path log = logs().get(4);
        long base = baseOf(log);
        flip(log, BATCH + 8, 6);
        assertThatThrownBy(() -> test.records(base)).hasMessageContaining("position " + BATCH + " of " + log);
        Await.await(() -> "damage is noted: " + test.log.damagedRanges(), () -> !test.damaged.isEmpty());
        assertThat(test.log.damagedRanges())
                .containsExactly(new DamagedRange(log, BATCH, 2 * BATCH, base + 1, base + 2));
        assertThat(test.records(base + 2)).isEqualTo(expected.subList((int) base + 2, RECORDS));
    }

    @Test
    void aLookThatIsNotGivenTheBytesHasNotGotThrough() throws IOException {
        Path log = logs().get(4);
        Path away = dir.resolve("away");
        Files.move(log, away);
        assertThat(test.log.upkeep().lookForDamage(baseOf(log))).isFalse();
        Files.move(away, log);
        assertThat(test.log.upkeep().lookForDamage(baseOf(log))).isTrue();
        assertThat(test.log.damagedRanges()).isEmpty();
    }

    /** A consumer asks again and again for what cannot be served. */
    @Test
    void noReadHasTheWholeLogReadAndNoneASecondTime() {
        Path first = logs().get(0);
        Path met = logs().get(4);
        long offset = baseOf(met) + 1;
        flip(first, BATCH + 8, 6);
        flip(met, BATCH + 8, 6);
        assertThatThrownBy(() -> test.records(offset)).hasMessageContaining("damaged");
        Await.await(() -> "damage is noted: " + test.log.damagedRanges(), () -> !test.damaged.isEmpty());
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> test.records(offset)).hasMessageContaining("damaged");
        }
        assertThat(test.looks).hasValue(1);
        assertThat(test.log.damagedRanges())
                .as("what the reads did not come to is left to the scrubber")
                .extracting(DamagedRange::file)
                .containsExactly(met);
    }

    @Test
    void whatIsAppendedBehindADamagedEndIsServed() {
        Path log = logs().get(logs().size() - 1);
        long base = baseOf(log);
        flip(log, (RECORDS - 1 - base) * BATCH + 20, 3);
        scrub(1000);
        assertThat(test.log.damagedRanges()).hasSize(1);

        test.append(Batches.of(TestLog.NOW, "behind"));

        assertThat(test.records(RECORDS)).containsExactly(RECORDS + ":behind");
        assertThatThrownBy(() -> test.records(RECORDS - 1)).hasMessageContaining("damaged");
    }

    @Test
    void aTruncationUnderWayIsNotTakenForDamage() throws InterruptedException {
        Thread scrubber = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                scrub(500);
            }
        });
        scrubber.start();
        for (int i = 0; i < 150; i++) {
            test.log.truncateTo(RECORDS - 1 - i % 30);
            for (int offset = (int) test.log.logEndOffset(); offset < RECORDS; offset++) {
                test.append(Batches.of(TestLog.NOW + offset, "other" + i));
            }
        }
        scrubber.interrupt();
        scrubber.join();
        assertThat(test.log.damagedRanges()).isEmpty();
    }

    /** Whoever takes memory for a first batch that is larger than he asked for must not take it for a flipped bit. */
    @Test
    void aFlippedBitOfALengthMakesNoLargeBatch() throws IOException {
        Path log = logs().get(4);
        long offset = baseOf(log) + 1;
        // Nobody looks at the end of a sealed segment.
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), 300L * 1024 * 1024);
        }
        flip(log, BATCH + BatchHeader.BATCH_LENGTH, 4);
        test.restart();
        LogSlice slice = new LogSlice();
        assertThatThrownBy(() -> test.log.read(offset, 1024 * 1024, true, RECORDS, slice))
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.error()).isEqualTo(ErrorCode.CORRUPT_MESSAGE));
        assertThat(slice.length()).isZero();
        Await.await(() -> "damage is noted: " + test.log.damagedRanges(), () -> !test.damaged.isEmpty());
        assertThat(test.log.damagedRanges())
                .extracting(DamagedRange::firstOffset)
                .containsExactly(offset);
        assertThat(test.records(offset + 1, offset + 3, BATCH))
                .isEqualTo(expected.subList((int) offset + 1, (int) offset + 3));
    }

    /** No checksum covers them. */
    @Test
    void saysWhereLeaderEpochsFall() {
        for (int i = 0; i < 4; i++) {
            test.append(Batches.of(TestLog.NOW, "val0"), 5 + i / 2);
        }
        Path log = logs().get(logs().size() - 1);
        assertThat(epochLines()).isEmpty();
        flip(log, (RECORDS + 1 - baseOf(log)) * BATCH + BatchHeader.PARTITION_LEADER_EPOCH + 3, 1);
        assertThat(epochLines()).hasSize(1).first().asString().contains("from 7 to 6 at offset=" + (RECORDS + 2));
        assertThat(test.log.damagedRanges()).as("they can be read").isEmpty();
        assertThat(test.records(RECORDS)).hasSize(4);
    }

    private List<String> epochLines() {
        List<String> lines = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                lines.add(event.getFormattedMessage());
            }
        };
        Logger logger = (Logger) LoggerFactory.getLogger(LogScrub.class);
        appender.start();
        logger.addAppender(appender);
        try {
            scrub(Long.MAX_VALUE / 2);
        } finally {
            logger.detachAppender(appender);
        }
        return lines;
    }

    @Test
    void aStopDoesNotWaitForTheEndOfASegment() {
        ScrubPoint point = new ScrubPoint(baseOf(logs().get(2)), BATCH, baseOf(logs().get(2)) + 1);
        test.stopping = true;
        assertThat(test.log.upkeep().scrub(point, Long.MAX_VALUE / 2)).isEqualTo(point);
        test.stopping = false;
        assertThat(test.log.upkeep().scrub(point, Long.MAX_VALUE / 2)).isNotEqualTo(point);
    }

    private void scrub(long step) {
        ScrubPoint point = ScrubPoint.BEGINNING;
        while (point != null) {
            point = test.log.upkeep().scrub(point, step);
        }
    }

    private List<Path> logs() {
        return test.files().stream()
                .filter(name -> name.endsWith(".log"))
                .map(test.dir::resolve)
                .toList();
    }

    private static long baseOf(Path log) {
        return Long.parseLong(log.getFileName().toString().substring(0, 20));
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
}
