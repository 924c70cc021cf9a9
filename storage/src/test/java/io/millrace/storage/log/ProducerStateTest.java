package io.millrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.StorageException;
import io.millrace.storage.index.AbortedTransaction;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProducerStateTest {
    private static final long NOW = TestLog.NOW;
    private static final long PID = 4711;

    @TempDir
    Path dir;

    private TestLog test;

    @BeforeEach
    void open() {
        test = new TestLog(dir, TestLog.config().segmentBytes(500).build());
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void answersARepeatedBatchWithTheOffsetsOfItsFirstAppend() {
        for (int i = 0; i < 7; i++) {
            test.append(Batches.idempotent(PID, 0, i * 2, NOW, "a" + i, "b" + i));
        }
        for (int i = 2; i < 7; i++) {
            AppendInfo again = test.append(Batches.idempotent(PID, 0, i * 2, NOW, "a" + i, "b" + i));
            assertThat(again.duplicate()).isTrue();
            assertThat(again.firstOffset()).isEqualTo(i * 2);
            assertThat(again.lastOffset()).isEqualTo(i * 2 + 1);
        }
        assertThat(test.log.logEndOffset()).isEqualTo(14);
    }

    /** A client has more than five unanswered ones when some were answered with an error after they had been appended. */
    @Test
    void takesABatchThatWasAppendedLongAgoForNoGap() {
        for (int i = 0; i < 20; i++) {
            test.append(Batches.idempotent(PID, 0, i * 2, NOW, "a" + i, "b" + i));
        }
        for (int i = 0; i < 15; i++) {
            AppendInfo again = test.append(Batches.idempotent(PID, 0, i * 2, NOW, "a" + i, "b" + i));
            assertThat(again.duplicate()).isTrue();
            assertThat(again.firstOffset()).as("nobody remembers").isEqualTo(-1);
            assertThat(again.lastOffset()).as("it is committed when this is").isEqualTo(39);
        }
        // Batches that the client has put together anew.
        assertThat(test.append(Batches.idempotent(PID, 0, 37, NOW, "b18", "a19"))
                        .duplicate())
                .isTrue();
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, Batches.idempotent(PID, 0, 39, NOW, "b19", "a20"));
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, Batches.idempotent(PID, 0, 41, NOW, "b20"));
        assertThat(test.log.logEndOffset()).isEqualTo(40);
    }

    /** What came before is not known to be in the log, and taking it for a repetition would lose it. */
    @Test
    void takesABatchForNoRepetitionThatItMayNeverHaveSeen() {
        test.append(Batches.idempotent(PID, 0, 10, NOW, "a"));
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, Batches.idempotent(PID, 0, 9, NOW, "z"));
        test.append(Batches.idempotent(PID, 1, 0, NOW, "b"));
        assertRefused(ErrorCode.INVALID_PRODUCER_EPOCH, Batches.idempotent(PID, 0, 10, NOW, "a"));
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, Batches.idempotent(PID, 1, Integer.MAX_VALUE, NOW, "y"));
        // Forgotten and begun anew in between.
        test.log.upkeep().removeExpiredProducers(NOW + 1);
        test.append(Batches.idempotent(PID, 1, 5, NOW, "c"));
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, Batches.idempotent(PID, 1, 0, NOW, "b"));
    }

    @Test
    void refusesAGapAndKeepsTheLogAsItWas() {
        test.append(Batches.idempotent(PID, 0, 0, NOW, "a"));
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, Batches.idempotent(PID, 0, 2, NOW, "c"));
        assertThat(test.log.logEndOffset()).isOne();
        test.append(Batches.idempotent(PID, 0, 1, NOW, "b"));
        assertThat(test.records(0)).containsExactly("0:a", "1:b");
    }

    @Test
    void anUnknownProducerMayBeginAnywhereAndANewEpochOnlyAtZero() {
        test.append(Batches.idempotent(PID, 3, 7, NOW, "a"));
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, Batches.idempotent(PID, 4, 8, NOW, "b"));
        test.append(Batches.idempotent(PID, 4, 0, NOW, "b"));
        assertRefused(ErrorCode.INVALID_PRODUCER_EPOCH, Batches.idempotent(PID, 3, 8, NOW, "c"));
    }

    @Test
    void sequencesGoOnAtZeroAfterTheLargest() {
        test.append(Batches.idempotent(PID, 0, Integer.MAX_VALUE - 1, NOW, "a", "b"));
        test.append(Batches.idempotent(PID, 0, 0, NOW, "c"));
        assertThat(test.append(Batches.idempotent(PID, 0, Integer.MAX_VALUE - 1, NOW, "a", "b"))
                        .firstOffset())
                .isZero();
        for (int i = 1; i < 8; i++) {
            test.append(Batches.idempotent(PID, 0, i, NOW, "c"));
        }
        assertThat(test.append(Batches.idempotent(PID, 0, Integer.MAX_VALUE - 1, NOW, "a", "b"))
                        .duplicate())
                .isTrue();
        // A batch that wraps inside.
        test.append(Batches.idempotent(PID + 1, 0, Integer.MAX_VALUE, NOW, "d", "e"));
        test.append(Batches.idempotent(PID + 1, 0, 1, NOW, "f"));
        assertThat(test.log.logEndOffset()).isEqualTo(13);
    }

    @Test
    void refusesAProducerWithoutASequence() {
        assertRefused(ErrorCode.INVALID_RECORD, Batches.idempotent(PID, 0, -1, NOW, "a"));
    }

    @Test
    void remembersProducersAfterAKillAndAfterARestart() {
        for (int i = 0; i < 20; i++) {
            test.append(Batches.idempotent(PID, 0, i, NOW, "a" + i));
            test.append(Batches.idempotent(PID + 1, 5, i, NOW, "b" + i));
        }
        assertThat(test.log.segmentCount()).isGreaterThan(3);
        for (int round = 0; round < 2; round++) {
            if (round == 0) {
                test.kill(test.log.recoveryPoint());
            } else {
                test.restart();
            }
            AppendInfo again = test.append(Batches.idempotent(PID, 0, 19, NOW, "a19"));
            assertThat(again.duplicate()).isTrue();
            assertThat(again.firstOffset()).isEqualTo(38);
            assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, Batches.idempotent(PID, 0, 21, NOW, "x"));
            assertRefused(ErrorCode.INVALID_PRODUCER_EPOCH, Batches.idempotent(PID + 1, 4, 20, NOW, "x"));
        }
        assertThat(test.files()).anyMatch(name -> name.equals("00000000000000000040.snapshot"));
    }

    @Test
    void forgetsWhatWasTruncated() {
        for (int i = 0; i < 10; i++) {
            test.append(Batches.idempotent(PID, 0, i, NOW, "a" + i));
        }
        test.log.truncateTo(6);
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, Batches.idempotent(PID, 0, 7, NOW, "x"));
        test.append(Batches.idempotent(PID, 0, 6, NOW, "new"));
        assertThat(test.records(6)).containsExactly("6:new");
    }

    /** As Kafka 3.9.2 does: asked for the latest offset that is committed, it says 2, then 4, and 6 after the marker. */
    @Test
    void anOpenTransactionWhoseBeginningWasDeletedHoldsBackTheLastStableOffset() {
        test.append(Batches.of(NOW, "plain"));
        test.append(Batches.transactional(PID, 0, 0, NOW, "t"));
        test.append(Batches.of(NOW, "plain"));
        test.append(Batches.transactional(PID, 0, 1, NOW, "u"));
        test.append(Batches.of(NOW, "plain"));
        test.log.updateHighWatermark(5);
        assertThat(test.log.lastStableOffset()).isOne();
        test.log.deleteRecords(2);
        assertThat(test.log.lastStableOffset()).isEqualTo(2);
        test.log.deleteRecords(4);
        assertThat(test.log.lastStableOffset()).isEqualTo(4);
        test.restart();
        test.log.updateHighWatermark(5);
        assertThat(test.log.lastStableOffset()).as("after a restart").isEqualTo(4);
        test.appendMarker(Batches.marker(PID, 0, true, 0, NOW));
        assertThat(test.log.lastStableOffset())
                .as("the marker is not replicated yet")
                .isEqualTo(4);
        test.log.updateHighWatermark(6);
        assertThat(test.log.lastStableOffset()).isEqualTo(6);
    }

    @Test
    void anOpenTransactionHoldsBackTheLastStableOffset() {
        test.append(Batches.of(NOW, "plain"));
        test.append(Batches.transactional(PID, 0, 0, NOW, "t"));
        test.append(Batches.transactional(PID + 1, 0, 0, NOW, "u"));
        test.log.updateHighWatermark(3);
        assertThat(test.log.lastStableOffset()).isOne();
        test.appendMarker(Batches.marker(PID, 0, true, 0, NOW));
        // The marker is not replicated yet.
        assertThat(test.log.lastStableOffset()).isOne();
        test.log.updateHighWatermark(4);
        assertThat(test.log.lastStableOffset()).isEqualTo(2);
        test.restart();
        test.log.updateHighWatermark(4);
        assertThat(test.log.lastStableOffset()).isEqualTo(2);
        test.appendMarker(Batches.marker(PID + 1, 0, false, 0, NOW));
        test.log.updateHighWatermark(5);
        assertThat(test.log.lastStableOffset()).isEqualTo(5);
        List<AbortedTransaction> expected = List.of(new AbortedTransaction(PID + 1, 2, 4, 5));
        assertThat(test.log.abortedTransactions(0, 5)).isEqualTo(expected);
        assertThat(test.log.abortedTransactions(0, 2)).isEmpty();
        test.kill(0);
        assertThat(test.log.abortedTransactions(0, 5)).isEqualTo(expected);
    }

    @Test
    void fencesOldEpochsOfProducersAndCoordinators() {
        test.append(Batches.transactional(PID, 1, 0, NOW, "t"));
        assertRefused(ErrorCode.INVALID_TXN_STATE, Batches.idempotent(PID, 1, 1, NOW, "plain inside"));
        test.appendMarker(Batches.marker(PID, 1, true, 8, NOW));
        assertThatThrownBy(() -> test.appendMarker(Batches.marker(PID, 1, true, 7, NOW)))
                .extracting(e -> ((StorageException) e).error())
                .isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        assertThatThrownBy(() -> test.appendMarker(Batches.marker(PID, 0, true, 9, NOW)))
                .extracting(e -> ((StorageException) e).error())
                .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertRefused(ErrorCode.INVALID_RECORD, Batches.marker(PID, 1, true, 9, NOW));
    }

    @Test
    void forgetsSilentProducers() {
        test.append(Batches.idempotent(PID, 0, 0, NOW - 100, "a"));
        test.append(Batches.transactional(PID + 1, 0, 0, NOW - 100, "open"));
        test.append(Batches.idempotent(PID + 2, 0, 0, NOW, "b"));
        test.log.upkeep().removeExpiredProducers(NOW - 50);
        assertThat(test.log.activeProducers())
                .extracting(ProducerView::producerId)
                .containsExactlyInAnyOrder(PID + 1, PID + 2);
    }

    private void assertRefused(ErrorCode error, ByteBuffer batch) {
        long end = test.log.logEndOffset();
        assertThatThrownBy(() -> test.append(batch))
                .isInstanceOf(StorageException.class)
                .extracting(e -> ((StorageException) e).error())
                .isEqualTo(error);
        assertThat(test.log.logEndOffset()).isEqualTo(end);
    }
}
