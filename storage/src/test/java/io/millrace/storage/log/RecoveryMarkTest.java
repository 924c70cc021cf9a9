package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** After a kill on the same boot recovery begins where the log last noted how far it was; otherwise that says nothing. */
class RecoveryMarkTest {
    @TempDir
    Path dir;

    private TestLog test;
    private Path segment;

    @BeforeEach
    void open() {
        test = new TestLog(dir, TestLog.config().indexIntervalBytes(300).build());
        test.boot = "this boot";
        test.restart();
        segment = test.dir.resolve("00000000000000000000.log");
        for (int i = 0; i < 40; i++) {
            test.append(Batches.idempotent(5, 0, i, TestLog.NOW + i, "value" + i), i / 7);
            test.append(Batches.transactional(6, 0, i, TestLog.NOW + i, "t" + i), i / 7);
            test.appendMarker(Batches.marker(6, 0, i % 3 > 0, 2, TestLog.NOW + i), i / 7);
        }
        awaitMark();
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void recoveryOnTheSameBootBeginsAtTheMark() throws IOException {
        // What lies before the mark is not looked at: this would have cut the log.
        flip(100);
        test.kill(-1);
        assertThat(test.log.logEndOffset()).isEqualTo(120);
        assertThat(test.log.damagedRanges()).isEmpty();
        assertThat(test.log.cleanStart()).isFalse();
        // It is found all the same, a little later.
        assertThat(test.log.upkeep().scrub(ScrubPoint.BEGINNING, Long.MAX_VALUE / 2))
                .isNull();
        assertThat(test.log.damagedRanges()).hasSize(1);
    }

    /** Those before the mark are in no other place. */
    @Test
    void aMarkDoesNotVouchForATransactionIndexThatIsDamaged() throws IOException {
        var aborted = test.log.abortedTransactions(0, 120);
        assertThat(aborted).hasSizeGreaterThan(10);
        Files.write(test.dir.resolve("00000000000000000000.txnindex"), new byte[100]);
        test.kill(-1);
        assertThat(test.log.logEndOffset()).isEqualTo(120);
        assertThat(test.log.abortedTransactions(0, 120)).isEqualTo(aborted);
    }

    /** Each mark holds all producers: behind a disk that does not answer they must not pile up. */
    @Test
    void marksThatWaitMakeWayForTheNextOne() {
        ScheduledThreadPoolExecutor scheduler =
                (ScheduledThreadPoolExecutor) test.host().scheduler();
        CountDownLatch go = new CountDownLatch(1);
        for (int i = 0; i < scheduler.getCorePoolSize(); i++) {
            scheduler.execute(() -> awaitLatch(go));
        }
        Await.await(
                () -> "all threads stand: " + scheduler.getQueue(),
                () -> scheduler.getQueue().isEmpty());
        for (int i = 40; i < 140; i++) {
            test.append(Batches.idempotent(5, 0, i, TestLog.NOW + i, "value" + i), 9);
        }
        assertThat(scheduler.getQueue()).as("marks that wait").hasSize(1);
        go.countDown();
        Await.await(() -> "the newest mark is written", () -> {
            RecoveryMark mark = readMark();
            return mark != null && mark.offset() > test.log.logEndOffset() - 15;
        });
    }

    private RecoveryMark readMark() {
        try {
            return RecoveryMark.read(test.dir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("The threads were not let go");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The mark may have come after batches that a client still waits for, and sends again when the broker is back. */
    @Test
    void aBatchFromBeforeTheMarkIsStillKnown() {
        test.kill(-1);
        for (int i = 0; i < 40; i++) {
            assertThat(test.append(Batches.idempotent(5, 0, i, TestLog.NOW + i, "value" + i), 9)
                            .duplicate())
                    .as("batch %d", i)
                    .isTrue();
        }
        assertThat(test.log.logEndOffset()).isEqualTo(120);
    }

    @Test
    void recoveryFromAMarkLeavesWhatAFullOneWould() {
        int sequence = 0;
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 1 + round; i++) {
                test.append(Batches.idempotent(7, 0, sequence++, TestLog.NOW - round, "more" + i), 9 + round);
            }
            if (round == 4) {
                test.append(Batches.transactional(8, 0, 0, TestLog.NOW, "open"), 9 + round);
            }
            test.kill(-1);
            List<String> fromMark = state();
            test.boot = null;
            test.kill(-1);
            assertThat(fromMark).as("round " + round).isEqualTo(state());
            test.boot = "this boot";
            test.kill(-1);
        }
    }

    @Test
    void afterAnotherBootEverythingIsLookedAt() throws IOException {
        flip(100);
        test.boot = "another boot";
        test.kill(-1);
        assertThat(test.log.logEndOffset()).isLessThan(3);
    }

    @Test
    void aMarkOfAnotherFileSaysNothing() throws IOException {
        byte[] bytes = Files.readAllBytes(segment);
        bytes[100] ^= 1;
        Path other = dir.resolve("other");
        Files.write(other, bytes);
        test.kill(-1);
        Files.move(other, segment, StandardCopyOption.REPLACE_EXISTING);
        test.kill(-1);
        assertThat(test.log.logEndOffset()).isLessThan(3);
    }

    @Test
    void aDamagedMarkOrIndexSaysNothing() throws IOException {
        List<String> before = state();
        for (String name : List.of("recovery-mark", "00000000000000000000.index", "00000000000000000000.timeindex")) {
            Path file = test.dir.resolve(name);
            byte[] bytes = Files.readAllBytes(file);
            for (int i = 3; i < bytes.length; i += 5) {
                bytes[i] ^= 7;
            }
            for (int i = 0; i < 20; i++) {
                test.append(Batches.of(TestLog.NOW, "one more"), 6);
            }
            awaitMark();
            before = state();
            Files.write(file, bytes);
            test.kill(-1);
            assertThat(state()).as(name).isEqualTo(before);
        }
    }

    @Test
    void aTruncationAndACloseForgetTheMark() {
        test.log.truncateTo(100);
        assertThat(test.dir.resolve("recovery-mark")).doesNotExist();
        test.append(Batches.of(TestLog.NOW, "other"), 30);
        List<String> before = state();
        test.kill(-1);
        assertThat(state()).isEqualTo(before);
        test.restart();
        assertThat(test.dir.resolve("recovery-mark")).doesNotExist();
    }

    private List<String> state() {
        List<String> lines = new ArrayList<>(test.records(0));
        lines.add(test.log.toString());
        test.log.activeProducers().stream().map(ProducerView::toString).sorted().forEach(lines::add);
        test.log.abortedTransactions(0, test.log.logEndOffset()).forEach(aborted -> lines.add(aborted.toString()));
        for (int epoch = 0; epoch < 40; epoch++) {
            lines.add(test.log
                    .leaderEpochs()
                    .endOffsetFor(epoch, test.log.logEndOffset())
                    .toString());
        }
        lines.add(test.log.offsetOfMaxTimestamp().toString());
        lines.add(test.log.offsetForTimestamp(TestLog.NOW + 20).toString());
        return lines;
    }

    private void awaitMark() {
        Await.await(
                () -> "a mark is written: " + test.files(), () -> test.files().contains("recovery-mark"));
    }

    private void flip(long position) throws IOException {
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            one.put(0, (byte) (one.get(0) ^ 1));
            channel.write(one.flip(), position);
        }
    }
}
