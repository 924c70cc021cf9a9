package io.millrace.client.consumer;

import io.millrace.client.net.ClientException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TransactionMarker;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hands out what was fetched ahead, record by record: takes chunks from the {@link OffsetTracker}, checks and decompresses
 * batches, leaves out markers, aborted transactions and what lies before the position. On the application's thread.
 *
 * <pre>{@code
 * reader.begin();
 * while (reader.next()) {
 *     ... reader.partition(), reader.cursor()
 *     reader.accept();
 * }
 * reader.end();
 * }</pre>
 *
 * <p>Between {@code begin} and {@code end} nobody moves positions, since only the application's thread does that; so one
 * look at the tracker and one word to it do for all records.
 */
public final class ChunkReader {
    private final OffsetTracker tracker;
    private final boolean readCommitted;
    private final boolean checkCrcs;
    private final RecordCursor cursor = new RecordCursor();

    private OffsetTracker.@Nullable Held held;
    private int batchIndex;
    private int nextBatchIndex;
    private boolean inBatch;
    private boolean recordWaits;
    private long position;
    private final Set<Long> abortedProducers = new HashSet<>();
    private final PriorityQueue<Fetch.Response.AbortedTransaction> aborted =
            new PriorityQueue<>(Comparator.comparingLong(transaction -> transaction.firstOffset));

    public ChunkReader(OffsetTracker tracker, FetchConfig config) {
        this.tracker = tracker;
        this.readCommitted = config.readCommitted();
        this.checkCrcs = config.checkCrcs();
    }

    /** Makes sure that what is left in hand from the last time is still worth reading. */
    public void begin() {
        OffsetTracker.Held current = held;
        if (current != null && !tracker.isCurrent(current)) {
            drop(current);
        }
    }

    /** Tells the tracker how far the records were handed out. */
    public void end() {
        if (held != null) {
            tracker.advance(held, position);
        }
    }

    /**
     * Finds the next record. Until it is {@link #accept accepted} it is found again.
     *
     * @return false if nothing more is fetched ahead
     * @throws ClientException CORRUPT_MESSAGE if a batch is damaged; the position stays before it
     */
    public boolean next() {
        if (recordWaits) {
            return true;
        }
        while (true) {
            if (held == null && !take()) {
                return false;
            }
            if (findInChunk()) {
                recordWaits = true;
                return true;
            }
        }
    }

    /** The partition of the record found. */
    public TopicPartition partition() {
        return java.util.Objects.requireNonNull(held).partition();
    }

    /** The record found. */
    public RecordCursor cursor() {
        return cursor;
    }

    /** Whether the timestamp of the record found is the broker's. */
    public boolean hasAppendTime() {
        return BatchHeader.timestampType(records(), batchIndex)
                == io.millrace.protocol.record.TimestampType.LOG_APPEND_TIME;
    }

    /** The leader epoch of the record found. */
    public int leaderEpoch() {
        return BatchHeader.partitionLeaderEpoch(records(), batchIndex);
    }

    /** The record was handed out: the position moves behind it. */
    public void accept() {
        recordWaits = false;
        position = cursor.offset() + 1;
    }

    private ByteBuffer records() {
        return java.util.Objects.requireNonNull(held).chunk().records();
    }

    private boolean take() {
        OffsetTracker.Held taken = tracker.takeChunk();
        if (taken == null) {
            return false;
        }
        held = taken;
        position = taken.position();
        nextBatchIndex = 0;
        inBatch = false;
        abortedProducers.clear();
        aborted.clear();
        if (readCommitted) {
            aborted.addAll(taken.chunk().aborted());
        }
        return true;
    }

    /** What was in hand is worth nothing any more; if only the partition was paused, it is fetched again later. */
    private void drop(OffsetTracker.Held current) {
        if (tracker.isValid(current)) {
            tracker.seek(current.partition(), position);
        }
        held = null;
        recordWaits = false;
    }

    private boolean findInChunk() {
        OffsetTracker.Held current = java.util.Objects.requireNonNull(held);
        try {
            while (true) {
                if (inBatch) {
                    while (cursor.next()) {
                        if (cursor.offset() >= position) {
                            return true;
                        }
                    }
                    inBatch = false;
                    position = Math.max(position, BatchHeader.nextOffset(records(), batchIndex));
                }
                if (!openNextBatch(current)) {
                    tracker.advance(current, Math.max(position, current.chunk().nextOffset()));
                    current.chunk().onRead();
                    held = null;
                    return false;
                }
            }
        } catch (InvalidRecordException e) {
            throw damaged(current, e);
        }
    }

    /** Goes to the next batch that has records to hand out. Returns false at the end of the chunk. */
    private boolean openNextBatch(OffsetTracker.Held current) {
        ByteBuffer records = current.chunk().records();
        while (FetchedChunk.isWholeBatch(records, nextBatchIndex)) {
            batchIndex = nextBatchIndex;
            nextBatchIndex += BatchHeader.sizeInBytes(records, batchIndex);
            if (checkCrcs && !BatchHeader.crcIsValid(records, batchIndex)) {
                throw damaged(current, null);
            }
            if (isVisible(records)) {
                cursor.wrap(records, batchIndex);
                inBatch = true;
                return true;
            }
            position = Math.max(position, BatchHeader.nextOffset(records, batchIndex));
        }
        if (nextBatchIndex == 0 && records.hasRemaining()) {
            throw damaged(current, null);
        }
        return false;
    }

    private boolean isVisible(ByteBuffer records) {
        boolean control = BatchHeader.isControl(records, batchIndex);
        if (readCommitted && BatchHeader.hasProducerId(records, batchIndex)) {
            long lastOffset = BatchHeader.lastOffset(records, batchIndex);
            while (!aborted.isEmpty() && aborted.peek().firstOffset <= lastOffset) {
                abortedProducers.add(aborted.poll().producerId);
            }
            long producerId = BatchHeader.producerId(records, batchIndex);
            if (control) {
                cursor.wrap(records, batchIndex);
                if (cursor.next() && TransactionMarker.type(cursor) == TransactionMarker.ABORT) {
                    abortedProducers.remove(producerId);
                }
            } else if (BatchHeader.isTransactional(records, batchIndex)) {
                return !abortedProducers.contains(producerId);
            }
        }
        return !control;
    }

    private ClientException damaged(OffsetTracker.Held current, @Nullable Throwable cause) {
        held = null;
        inBatch = false;
        recordWaits = false;
        // Fetched again by the next poll: if it was damaged on the way it comes whole then.
        tracker.seek(current.partition(), position);
        return new ClientException(
                ErrorCode.CORRUPT_MESSAGE,
                "The batch of " + current.partition() + " at offset " + position
                        + " is damaged; seek past it to go on without it",
                cause);
    }
}
