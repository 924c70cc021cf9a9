package io.millrace.protocol.record;

import java.nio.ByteBuffer;

/**
 * Judges one batch of format 2 as a client may send it, down to the last header of the last record, and remembers what a broker wants
 * to know of the records. Makes no object for an uncompressed batch.
 *
 * <p>It checks that the batch is whole, its checksum, that it has records and as many as it spans offsets, that they fill it
 * exactly, that their offset deltas count from 0, and every length in them. It does not judge what depends on the topic
 * or the sender: timestamps, keys, control and transactional flags, sequence numbers, size limits.
 *
 * <p>For one thread at a time; results hold until the next call of {@link #run}.
 */
public final class BatchCheck {
    private final RecordCursor cursor = new RecordCursor();

    private long maxTimestamp;
    private long minTimestamp;
    private int maxTimestampDelta;
    private int firstWithoutKey;

    /**
     * Checks the batch at {@code index}.
     *
     * @throws InvalidRecordException with CORRUPT_MESSAGE if the batch is not whole or its checksum wrong, with INVALID_RECORD if its
     *     content breaks the format, with MESSAGE_TOO_LARGE if it decompresses to too much
     */
    public void run(ByteBuffer buffer, int index) {
        BatchHeader.requireWhole(buffer, index);
        if (!BatchHeader.crcIsValid(buffer, index)) {
            throw InvalidRecordException.corrupt("The checksum of a batch is not that of its bytes");
        }
        int count = BatchHeader.recordCount(buffer, index);
        int lastOffsetDelta = BatchHeader.lastOffsetDelta(buffer, index);
        if (count <= 0 || lastOffsetDelta != count - 1) {
            throw InvalidRecordException.invalid(
                    "A batch of " + count + " records whose last offset delta is " + lastOffsetDelta);
        }
        maxTimestamp = Long.MIN_VALUE;
        minTimestamp = Long.MAX_VALUE;
        firstWithoutKey = -1;
        cursor.wrap(buffer, index);
        for (int i = 0; cursor.next(); i++) {
            record(i);
        }
    }

    private void record(int expectedDelta) {
        if (cursor.offsetDelta() != expectedDelta) {
            throw InvalidRecordException.invalid(
                    "Record " + expectedDelta + " of a batch has offset delta " + cursor.offsetDelta());
        }
        while (cursor.nextHeader()) {
            // each step checks one
        }
        long timestamp = cursor.timestamp();
        if (timestamp > maxTimestamp) {
            maxTimestamp = timestamp;
            maxTimestampDelta = expectedDelta;
        }
        minTimestamp = Math.min(minTimestamp, timestamp);
        if (firstWithoutKey < 0 && !cursor.hasKey()) {
            firstWithoutKey = expectedDelta;
        }
    }

    /** Largest timestamp of a record in ms since the epoch; the header may claim another. */
    public long maxTimestamp() {
        return maxTimestamp;
    }

    /** Smallest timestamp of a record in ms since the epoch. */
    public long minTimestamp() {
        return minTimestamp;
    }

    /** Offset delta of the first record that has {@link #maxTimestamp()}. */
    public int maxTimestampOffsetDelta() {
        return maxTimestampDelta;
    }

    /** Offset delta of the first record whose key is null, or -1; compacted topics refuse those. */
    public int firstWithoutKey() {
        return firstWithoutKey;
    }

    /** Bytes of all records, uncompressed. */
    public int recordsSizeInBytes() {
        return cursor.recordsSizeInBytes();
    }
}
