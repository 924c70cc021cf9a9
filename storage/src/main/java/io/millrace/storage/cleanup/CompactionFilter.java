package io.millrace.storage.cleanup;

import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TimestampType;
import io.millrace.protocol.record.TransactionMarker;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.log.BatchFilter;
import io.millrace.storage.log.ProducerView;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What compaction leaves of a batch: the newest record of each key. A record without a value (a tombstone) and a marker of a
 * transaction that has no records left stay for {@code delete.retention.ms} after they were first met, so that a reader who
 * is on his way learns of them; the time at which they may go is kept in the batch. The last batch of a producer stays, if need be without
 * records, because its sequence number is in it.
 */
final class CompactionFilter implements BatchFilter {
    private final KeyOffsetMap newest;
    private final CleanedTransactions transactions;
    private final Map<Long, ProducerView> producers = new HashMap<>();
    private final long nowMs;
    private final long newHorizonMs;
    private final RecordCursor cursor = new RecordCursor();
    private final BatchBuilder builder = new BatchBuilder();
    private boolean rolledBack;

    CompactionFilter(
            KeyOffsetMap newest,
            List<AbortedTransaction> aborted,
            List<ProducerView> producers,
            long nowMs,
            long deleteRetentionMs) {
        this.newest = newest;
        this.transactions = new CleanedTransactions(aborted);
        this.nowMs = nowMs;
        // The largest setting means for ever.
        this.newHorizonMs = deleteRetentionMs > Long.MAX_VALUE - nowMs ? Long.MAX_VALUE : nowMs + deleteRetentionMs;
        producers.forEach(producer -> this.producers.put(producer.producerId(), producer));
    }

    @Override
    public @Nullable ByteBuffer retain(ByteBuffer buffer, int index) {
        return BatchHeader.isControl(buffer, index) ? retainMarker(buffer, index) : retainData(buffer, index);
    }

    private @Nullable ByteBuffer retainMarker(ByteBuffer buffer, int index) {
        cursor.wrap(buffer, index);
        if (!cursor.next()) {
            return isLastOfProducer(buffer, index) ? buffer : null;
        }
        boolean abort = TransactionMarker.type(cursor) == TransactionMarker.ABORT;
        if (!transactions.endsNothing(buffer, index, abort)) {
            return buffer;
        }
        if (!BatchHeader.hasDeleteHorizon(buffer, index)) {
            return rebuild(buffer, index, newHorizonMs, true);
        }
        if (nowMs < BatchHeader.deleteHorizonMs(buffer, index)) {
            return buffer;
        }
        return isLastOfProducer(buffer, index) ? rebuild(buffer, index, BatchHeader.NO_TIMESTAMP, false) : null;
    }

    private @Nullable ByteBuffer retainData(ByteBuffer buffer, int index) {
        rolledBack = transactions.isAborted(buffer, index);
        int kept = 0;
        int all = 0;
        boolean tombstones = false;
        cursor.wrap(buffer, index);
        while (cursor.next()) {
            all++;
            if (keeps(buffer, index)) {
                kept++;
                tombstones |= !cursor.hasValue();
            }
        }
        boolean setsHorizon = tombstones && !BatchHeader.hasDeleteHorizon(buffer, index);
        if (kept == all && !setsHorizon && all > 0) {
            return buffer;
        }
        if (kept > 0) {
            long horizon = setsHorizon ? newHorizonMs : BatchHeader.deleteHorizonMs(buffer, index);
            return rebuild(buffer, index, horizon, true);
        }
        return isLastOfProducer(buffer, index) ? rebuild(buffer, index, BatchHeader.NO_TIMESTAMP, false) : null;
    }

    // Whether the record that the cursor stands at stays.
    private boolean keeps(ByteBuffer buffer, int index) {
        if (rolledBack) {
            return false;
        }
        if (cursor.offset() > newest.latestOffset()) {
            return true;
        }
        if (!cursor.hasKey()) {
            return false;
        }
        if (cursor.offset() < newest.get(cursor.buffer(), cursor.keyIndex(), cursor.keyLength())) {
            return false;
        }
        return cursor.hasValue()
                || !BatchHeader.hasDeleteHorizon(buffer, index)
                || nowMs < BatchHeader.deleteHorizonMs(buffer, index);
    }

    private boolean isLastOfProducer(ByteBuffer buffer, int index) {
        if (!BatchHeader.hasProducerId(buffer, index)) {
            return false;
        }
        ProducerView last = producers.get(BatchHeader.producerId(buffer, index));
        if (last == null) {
            return false;
        }
        return last.lastOffset() >= 0
                ? last.lastOffset() == BatchHeader.lastOffset(buffer, index)
                : BatchHeader.isControl(buffer, index)
                        && last.producerEpoch() == BatchHeader.producerEpoch(buffer, index);
    }

    private ByteBuffer rebuild(ByteBuffer buffer, int index, long deleteHorizonMs, boolean withRecords) {
        long maxTimestamp = BatchHeader.maxTimestamp(buffer, index);
        boolean control = BatchHeader.isControl(buffer, index);
        builder.begin(BatchHeader.compression(buffer, index))
                .baseOffset(BatchHeader.baseOffset(buffer, index))
                .partitionLeaderEpoch(BatchHeader.partitionLeaderEpoch(buffer, index))
                .producer(
                        BatchHeader.producerId(buffer, index),
                        BatchHeader.producerEpoch(buffer, index),
                        BatchHeader.baseSequence(buffer, index))
                .transactional(BatchHeader.isTransactional(buffer, index))
                .control(control);
        if (BatchHeader.timestampType(buffer, index) == TimestampType.LOG_APPEND_TIME) {
            builder.logAppendTime(maxTimestamp);
        }
        if (deleteHorizonMs != BatchHeader.NO_TIMESTAMP) {
            builder.deleteHorizonMs(deleteHorizonMs);
        }
        if (withRecords) {
            cursor.wrap(buffer, index);
            while (cursor.next()) {
                if (control || keeps(buffer, index)) {
                    builder.append(cursor);
                }
            }
        } else {
            builder.timestampWithoutRecords(maxTimestamp);
        }
        return builder.lastOffset(BatchHeader.lastOffset(buffer, index)).finish();
    }
}
