package io.millrace.storage.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TransactionMarker;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.DamagedRange;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that is in an opened log.
 *
 * @param start log start offset
 * @param end log end offset
 * @param values of the records by offset, without those of control batches
 * @param batches in order
 * @param producers that the log knows
 * @param aborted transactions that it tells a consumer of
 */
record LogContent(
        long start,
        long end,
        NavigableMap<Long, byte[]> values,
        List<Batch> batches,
        List<Producer> producers,
        List<Aborted> aborted) {

    /**
     * The header of a batch.
     *
     * @param marker whether the transaction was committed; null if it is no control batch
     */
    record Batch(
            long base,
            long next,
            long producer,
            short epoch,
            int sequence,
            boolean transactional,
            @Nullable Boolean marker) {}

    /** A producer; the last of its records, and the first of its open transaction, -1 for none. */
    record Producer(long id, short epoch, int lastSequence, long lastOffset, long transactionFirstOffset) {}

    /** From the first record to the marker. */
    record Aborted(long producer, long firstOffset, long lastOffset) {}

    /** What can be read of a log; every checksum is checked, and only ranges that are known to be damaged may be missing. */
    static LogContent of(PartitionLog log) {
        NavigableMap<Long, byte[]> values = new TreeMap<>();
        List<Batch> batches = new ArrayList<>();
        LogSlice slice = new LogSlice();
        long next = log.logStartOffset();
        while (next < log.logEndOffset()) {
            try {
                log.read(next, 64 * 1024, true, log.logEndOffset(), slice);
            } catch (StorageException e) {
                next = behindDamage(log, next, e);
                continue;
            }
            assertThat(slice.length())
                    .as("bytes at offset " + next + " of " + log)
                    .isPositive();
            ByteBuffer bytes = ByteBuffer.allocate(slice.length());
            slice.copyTo(bytes);
            slice.release();
            bytes.flip();
            for (int index = 0; isWhole(bytes, index); index += BatchHeader.sizeInBytes(bytes, index)) {
                assertThat(BatchHeader.crcIsValid(bytes, index)).isTrue();
                batches.add(read(bytes, index, log.logStartOffset(), values));
                next = BatchHeader.nextOffset(bytes, index);
            }
        }
        List<Producer> producers = log.activeProducers().stream()
                .map(producer -> new Producer(
                        producer.producerId(),
                        producer.producerEpoch(),
                        producer.lastSequence(),
                        producer.lastOffset(),
                        producer.currentTxnFirstOffset()))
                .toList();
        List<Aborted> aborted = log.abortedTransactions(log.logStartOffset(), log.logEndOffset()).stream()
                .map(one -> new Aborted(one.producerId(), one.firstOffset(), one.lastOffset()))
                .toList();
        return new LogContent(log.logStartOffset(), log.logEndOffset(), values, batches, producers, aborted);
    }

    private static Batch read(ByteBuffer bytes, int index, long start, NavigableMap<Long, byte[]> values) {
        RecordCursor cursor = new RecordCursor().wrap(bytes, index);
        Boolean marker = null;
        while (cursor.next()) {
            if (BatchHeader.isControl(bytes, index)) {
                marker = TransactionMarker.type(cursor) == TransactionMarker.COMMIT;
            } else if (cursor.offset() >= start) {
                byte[] value = new byte[cursor.valueLength()];
                cursor.buffer().get(cursor.valueIndex(), value);
                values.put(cursor.offset(), value);
            }
        }
        return new Batch(
                BatchHeader.baseOffset(bytes, index),
                BatchHeader.nextOffset(bytes, index),
                BatchHeader.producerId(bytes, index),
                BatchHeader.producerEpoch(bytes, index),
                BatchHeader.baseSequence(bytes, index),
                BatchHeader.isTransactional(bytes, index),
                marker);
    }

    private static long behindDamage(PartitionLog log, long offset, StorageException refused) {
        return log.damagedRanges().stream()
                .filter(range -> range.firstOffset() <= offset && offset < range.nextOffset())
                .mapToLong(DamagedRange::nextOffset)
                .findFirst()
                .orElseThrow(() -> refused);
    }

    private static boolean isWhole(ByteBuffer bytes, int index) {
        return bytes.limit() - index >= BatchHeader.RECORDS
                && BatchHeader.sizeInBytes(bytes, index) <= bytes.limit() - index;
    }
}
