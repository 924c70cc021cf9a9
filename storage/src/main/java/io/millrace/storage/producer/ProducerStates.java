package io.millrace.storage.producer;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TransactionMarker;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The producers of one log and their open transactions, as of the offset up to which batches were {@link #append appended}. The
 * log's writer. Appending makes no object for a known producer outside transactions.
 */
public final class ProducerStates {
    // Made for the first producer: most partitions of a large cluster have none.
    private @Nullable Long2ObjectHashMap<ProducerEntry> entries;

    private final OpenTransactions transactions = new OpenTransactions();
    private @Nullable RecordCursor markerCursor;

    /** What is known of a producer; null if nothing. */
    public @Nullable ProducerEntry entry(long producerId) {
        return entries == null ? null : entries.get(producerId);
    }

    public Collection<ProducerEntry> entries() {
        return entries == null ? List.of() : entries.values();
    }

    public OpenTransactions transactions() {
        return transactions;
    }

    /**
     * Takes note of a batch that is in the log.
     *
     * @return the transaction that it ended; null if it ended none
     */
    public @Nullable CompletedTransaction append(ByteBuffer buffer, int index) {
        long producerId = BatchHeader.producerId(buffer, index);
        if (producerId == BatchHeader.NO_PRODUCER_ID) {
            return null;
        }
        short epoch = BatchHeader.producerEpoch(buffer, index);
        if (BatchHeader.isControl(buffer, index)) {
            return appendMarker(buffer, index, producerId, epoch);
        }
        ProducerEntry entry = entryOrNew(producerId, epoch);
        entry.addBatch(
                epoch,
                BatchHeader.lastSequence(buffer, index),
                BatchHeader.lastOffset(buffer, index),
                BatchHeader.lastOffsetDelta(buffer, index),
                BatchHeader.maxTimestamp(buffer, index));
        if (BatchHeader.isTransactional(buffer, index) && entry.currentTxnFirstOffset() < 0) {
            long firstOffset = BatchHeader.baseOffset(buffer, index);
            entry.beginTransaction(firstOffset);
            transactions.begin(firstOffset);
        }
        return null;
    }

    private @Nullable CompletedTransaction appendMarker(ByteBuffer buffer, int index, long producerId, short epoch) {
        RecordCursor cursor = markerCursor();
        cursor.wrap(buffer, index);
        if (!cursor.next()) {
            return null;
        }
        short type = TransactionMarker.type(cursor);
        if (type != TransactionMarker.ABORT && type != TransactionMarker.COMMIT) {
            return null;
        }
        ProducerEntry entry = entryOrNew(producerId, epoch);
        long firstOffset = entry.currentTxnFirstOffset();
        long markerOffset = BatchHeader.lastOffset(buffer, index);
        entry.addMarker(epoch, TransactionMarker.coordinatorEpoch(cursor), BatchHeader.maxTimestamp(buffer, index));
        if (firstOffset < 0) {
            return null;
        }
        long stable = transactions.lastStableOffsetAfter(firstOffset, markerOffset);
        transactions.complete(firstOffset, markerOffset);
        return new CompletedTransaction(producerId, firstOffset, markerOffset, type == TransactionMarker.ABORT, stable);
    }

    private RecordCursor markerCursor() {
        RecordCursor cursor = markerCursor;
        if (cursor == null) {
            cursor = new RecordCursor();
            markerCursor = cursor;
        }
        return cursor;
    }

    private ProducerEntry entryOrNew(long producerId, short epoch) {
        ProducerEntry entry = entry(producerId);
        if (entry == null) {
            entry = new ProducerEntry(producerId, epoch);
            put(entry);
        }
        return entry;
    }

    private void put(ProducerEntry entry) {
        if (entries == null) {
            entries = new Long2ObjectHashMap<>();
        }
        entries.put(entry.producerId(), entry);
    }

    void restore(ProducerEntry entry) {
        put(entry);
        if (entry.currentTxnFirstOffset() >= 0) {
            transactions.begin(entry.currentTxnFirstOffset());
        }
    }

    /** Forgets producers without an open transaction that have been silent since before {@code expiredBeforeMs}. */
    public void removeExpired(long expiredBeforeMs) {
        if (entries != null) {
            entries.values()
                    .removeIf(entry -> entry.currentTxnFirstOffset() < 0 && entry.lastTimestamp() < expiredBeforeMs);
        }
    }

    /** Transactions that ended below the log start can hold nothing back any more. */
    public void truncateFromStart(long logStartOffset) {
        transactions.truncateFromStart(logStartOffset);
    }

    /** Forgets everything. */
    public void clear() {
        entries = null;
        transactions.clear();
    }
}
