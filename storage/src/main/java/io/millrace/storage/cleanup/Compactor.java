package io.millrace.storage.cleanup;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TransactionMarker;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.LogSlice;
import io.millrace.storage.log.PartitionLog;
import java.nio.ByteBuffer;
import java.time.Clock;

/**
 * Compacts one log: first the newest offset of each key of the dirty part goes into a bounded map, then all segments up to there are
 * written anew without the records that the map has outdated. When the map is full the rest waits for the next time. A cleaner's
 * thread; one log at a time.
 */
public final class Compactor {
    private static final int READ_BYTES = 1024 * 1024;
    private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);

    private final Clock clock;
    private final long mapBytes;
    private final RecordCursor cursor = new RecordCursor();
    private ByteBuffer chunk = NO_BYTES;

    /** @param mapBytes memory for the keys at most; taken while a compaction runs, and no more than its keys can need */
    public Compactor(Clock clock, long mapBytes) {
        this.clock = clock;
        this.mapBytes = mapBytes;
    }

    /**
     * Compacts a range.
     *
     * @return where the next compaction begins: everything below has been looked at; where this one began if it could not be finished
     */
    public long compact(PartitionLog log, CompactionRange range) {
        KeyOffsetMap newest = KeyOffsetMap.forKeys(range.endOffset() - range.firstDirtyOffset(), mapBytes);
        try {
            collectKeys(log, range, newest);
        } finally {
            chunk = NO_BYTES;
        }
        boolean complete = !newest.isFull();
        long end = complete ? range.endOffset() : newest.latestOffset() + 1;
        // Behind the last key that the map knows nothing is outdated: to write it anew would change nothing.
        long rewriteEnd = complete ? end : Math.min(log.upkeep().endOfSegmentAt(end - 1), range.endOffset());
        CompactionFilter filter = new CompactionFilter(
                newest,
                log.abortedTransactions(log.logStartOffset(), range.endOffset()),
                log.activeProducers(),
                clock.millis(),
                log.config().deleteRetentionMs());
        return log.upkeep().rewrite(rewriteEnd, filter) ? end : range.firstDirtyOffset();
    }

    private void collectKeys(PartitionLog log, CompactionRange range, KeyOffsetMap newest) {
        CleanedTransactions transactions =
                new CleanedTransactions(log.abortedTransactions(range.firstDirtyOffset(), range.endOffset()));
        LogSlice slice = new LogSlice();
        long next = range.firstDirtyOffset();
        while (next < range.endOffset() && !newest.isFull()) {
            log.upkeep().requireGoingOn();
            log.read(next, READ_BYTES, true, range.endOffset(), slice);
            int length = slice.length();
            if (length == 0) {
                break;
            }
            try {
                if (length > chunk.capacity()) {
                    chunk = ByteBuffer.allocate(Math.max(length, READ_BYTES));
                }
                chunk.clear();
                slice.copyTo(chunk);
                chunk.flip();
            } finally {
                slice.release();
            }
            next = Math.max(next, collect(log, transactions, newest, next));
        }
        if (!newest.isFull()) {
            newest.passed(range.endOffset() - 1);
        }
    }

    // Takes the keys of the whole batches in the chunk; returns the offset after them.
    private long collect(PartitionLog log, CleanedTransactions transactions, KeyOffsetMap newest, long from) {
        long next = from;
        int index = 0;
        while (chunk.limit() - index >= BatchHeader.LOG_OVERHEAD
                && BatchHeader.sizeInBytes(chunk, index) <= chunk.limit() - index) {
            int size = BatchHeader.sizeInBytes(chunk, index);
            if (BatchHeader.magic(chunk, index) != BatchHeader.CURRENT_MAGIC) {
                // Messages of old formats stay as they are.
                next = BatchHeader.baseOffset(chunk, index) + 1;
            } else {
                requireSound(log, index);
                if (BatchHeader.isControl(chunk, index)) {
                    endTransaction(transactions, index);
                } else if (!transactions.isAborted(chunk, index)) {
                    collectBatch(newest, index, from);
                }
                if (newest.isFull()) {
                    return next;
                }
                next = BatchHeader.nextOffset(chunk, index);
            }
            index += size;
        }
        return next;
    }

    // A flipped bit of a key would take the newest record of another one away.
    private void requireSound(PartitionLog log, int index) {
        if (!BatchHeader.crcIsValid(chunk, index)) {
            throw new StorageException(
                    ErrorCode.CORRUPT_MESSAGE,
                    "The checksum of the batch at offset " + BatchHeader.baseOffset(chunk, index) + " of " + log
                            + " is wrong");
        }
    }

    private void endTransaction(CleanedTransactions transactions, int index) {
        cursor.wrap(chunk, index);
        if (cursor.next()) {
            transactions.endsNothing(chunk, index, TransactionMarker.type(cursor) == TransactionMarker.ABORT);
        }
    }

    private void collectBatch(KeyOffsetMap newest, int index, long from) {
        cursor.wrap(chunk, index);
        while (cursor.next() && !newest.isFull()) {
            if (cursor.hasKey() && cursor.offset() >= from) {
                newest.put(cursor.buffer(), cursor.keyIndex(), cursor.keyLength(), cursor.offset());
            }
        }
    }
}
