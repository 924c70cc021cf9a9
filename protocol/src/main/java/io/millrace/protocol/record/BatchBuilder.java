package io.millrace.protocol.record;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds batches of format 2, one after another, in heap memory of its own that it reuses.
 *
 * <pre>{@code
 * builder.begin(Compression.LZ4).producer(id, epoch, sequence);
 * while (builder.hasRoomFor(BatchBuilder.recordSizeBound(keyLength, valueLength, headers), batchSize)) {
 *     builder.append(timestamp, key, value, headers);
 * }
 * ByteBuffer batch = builder.finish();
 * }</pre>
 *
 * <p>What stands in the header may be set at any time between {@code begin} and {@code finish}; only {@link #baseOffset} and
 * {@link #deleteHorizonMs}, from which the records count, come before the first record. Records are written uncompressed behind
 * room for the header; {@code finish} compresses them in one go and writes the header. It may be called again, for
 * instance after the producer's epoch has changed.
 *
 * <p>Producers, coordinators and compaction use it. For one thread at a time.
 */
public final class BatchBuilder {
    private static final int INITIAL = 4 << 10;

    /** Larger memory is not kept for the next batch: it would be rare, and every open batch of a producer has a builder. */
    private static final int RETAINED = 4 << 20;

    private final RecordWriter records = new RecordWriter(INITIAL);
    private ByteBuffer compressed = ByteBuffer.allocate(0);

    private Compression compression = Compression.NONE;
    private int level;
    private int flags;
    private long baseOffset;
    private int leaderEpoch;
    private long producerId;
    private short producerEpoch;
    private int baseSequence;
    private long baseTimestamp;
    private long maxTimestamp;
    private long appendTime;
    private int count;
    private int lastOffsetDelta;

    public BatchBuilder() {
        begin(Compression.NONE);
    }

    /** Begins an empty batch at the codec's default level, with base offset 0, no producer and timestamps of the client. */
    public BatchBuilder begin(Compression compression) {
        return begin(compression, compression.defaultLevel());
    }

    /**
     * Begins an empty batch. What {@link #finish} returned before is overwritten from now on.
     *
     * @throws IllegalArgumentException if the codec has no such level
     */
    public BatchBuilder begin(Compression compression, int level) {
        if (!compression.isLevel(level)) {
            throw new IllegalArgumentException("Compression " + compression.configName() + " has no level " + level);
        }
        this.compression = compression;
        this.level = level;
        records.reset(BatchHeader.RECORDS, RETAINED);
        if (compressed.capacity() > RETAINED) {
            compressed = ByteBuffer.allocate(0);
        }
        flags = 0;
        baseOffset = 0;
        leaderEpoch = BatchHeader.NO_LEADER_EPOCH;
        producerId = BatchHeader.NO_PRODUCER_ID;
        producerEpoch = BatchHeader.NO_PRODUCER_EPOCH;
        baseSequence = BatchHeader.NO_SEQUENCE;
        baseTimestamp = BatchHeader.NO_TIMESTAMP;
        maxTimestamp = BatchHeader.NO_TIMESTAMP;
        count = 0;
        lastOffsetDelta = -1;
        return this;
    }

    /** Offset of the first record, 0 unless set; before the first record. */
    public BatchBuilder baseOffset(long offset) {
        requireEmpty("base offset");
        baseOffset = offset;
        return this;
    }

    public BatchBuilder partitionLeaderEpoch(int epoch) {
        leaderEpoch = epoch;
        return this;
    }

    /** Who produces the batch, and the sequence number of its first record; -1 each for nobody. */
    public BatchBuilder producer(long id, short epoch, int baseSequence) {
        producerId = id;
        producerEpoch = epoch;
        this.baseSequence = baseSequence;
        return this;
    }

    /** Marks the batch as part of a transaction of its producer. */
    public BatchBuilder transactional(boolean transactional) {
        return flag(BatchHeader.TRANSACTIONAL_FLAG, transactional);
    }

    /** Marks the batch as one that holds a {@link TransactionMarker}. */
    public BatchBuilder control(boolean control) {
        return flag(BatchHeader.CONTROL_FLAG, control);
    }

    /** Makes {@code timeMs} the timestamp of all records. */
    public BatchBuilder logAppendTime(long timeMs) {
        appendTime = timeMs;
        return flag(BatchHeader.LOG_APPEND_TIME_FLAG, true);
    }

    /** Sets the time from which on compaction may drop tombstones and markers of this batch; before the first record. */
    public BatchBuilder deleteHorizonMs(long timeMs) {
        requireEmpty("delete horizon");
        baseTimestamp = timeMs;
        return flag(BatchHeader.DELETE_HORIZON_FLAG, true);
    }

    /**
     * Makes the batch end at {@code offset}, at or after its last record, as compaction must when it removes the last ones.
     *
     * @throws IllegalArgumentException if that is before the last record, or more than an int after the base offset
     */
    public BatchBuilder lastOffset(long offset) {
        long delta = offset - baseOffset;
        if (delta < lastOffsetDelta || delta > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("A batch from offset " + baseOffset + " with a record at delta "
                    + lastOffsetDelta + " cannot end at offset " + offset);
        }
        lastOffsetDelta = (int) delta;
        return this;
    }

    /**
     * Sets the maximal timestamp of a batch that stays without records, which compaction keeps for its producer's last sequence.
     */
    public BatchBuilder timestampWithoutRecords(long timeMs) {
        requireEmpty("timestamp");
        maxTimestamp = timeMs;
        return this;
    }

    /** The most bytes that a record adds to a batch before compression; lengths are -1 for null. */
    public static int recordSizeBound(int keyLength, int valueLength, List<RecordHeader> headers) {
        return RecordWriter.sizeBound(keyLength, valueLength, headers);
    }

    /**
     * Whether a record fits so that the finished batch takes {@code limit} bytes at most, however badly it compresses. An empty batch
     * has room for any record. Who wants to count on compression compares {@link #sizeInBytes} himself.
     */
    public boolean hasRoomFor(int recordSizeBound, int limit) {
        if (count == 0) {
            return true;
        }
        long size = (long) records.end() - BatchHeader.RECORDS + recordSizeBound;
        return size <= limit && BatchHeader.RECORDS + (long) compression.compressedBound((int) size) <= limit;
    }

    /** Appends a record behind the last one. Neither array is kept. */
    public BatchBuilder append(long timestamp, byte @Nullable [] key, byte @Nullable [] value) {
        return append(timestamp, key, value, List.of());
    }

    /** Appends a record behind the last one. Neither array is kept. */
    public BatchBuilder append(
            long timestamp, byte @Nullable [] key, byte @Nullable [] value, List<RecordHeader> headers) {
        int delta = deltaOf(nextOffset());
        records.write(timestampDelta(timestamp), delta, key, value, headers);
        return appended(timestamp, delta);
    }

    /** Appends a record behind the last one: what lies between position and limit of key and value, which are left as they are. */
    public BatchBuilder append(
            long timestamp, @Nullable ByteBuffer key, @Nullable ByteBuffer value, List<RecordHeader> headers) {
        return append(nextOffset(), timestamp, key, value, headers);
    }

    /**
     * Appends a record at an offset of its own, which may leave a gap behind the last one.
     *
     * @throws IllegalArgumentException if the offset is not after the last one, or more than an int after the base offset
     */
    public BatchBuilder append(
            long offset,
            long timestamp,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<RecordHeader> headers) {
        int delta = deltaOf(offset);
        records.write(timestampDelta(timestamp), delta, key, value, headers);
        return appended(timestamp, delta);
    }

    /** Appends a copy of the cursor's record with its offset, timestamp and headers, without an object. */
    public BatchBuilder append(RecordCursor cursor) {
        int delta = deltaOf(cursor.offset());
        long timestamp = cursor.timestamp();
        records.copy(timestampDelta(timestamp), delta, cursor);
        return appended(timestamp, delta);
    }

    /** Appends a copy of the cursor's message behind the last record, whatever its own offset, without an object. */
    public BatchBuilder append(LegacyCursor cursor) {
        int delta = deltaOf(nextOffset());
        long timestamp = cursor.timestamp();
        records.copy(timestampDelta(timestamp), delta, cursor);
        return appended(timestamp, delta);
    }

    /** Records so far. */
    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** The offset that {@link #append} would give to the next record. */
    public long nextOffset() {
        return baseOffset + lastOffsetDelta + 1;
    }

    /** Bytes of the batch so far, header included and before compression. */
    public int sizeInBytes() {
        return records.end();
    }

    /** Largest timestamp so far, in ms since the epoch; {@link BatchHeader#NO_TIMESTAMP} if there is none. */
    public long maxTimestamp() {
        return maxTimestamp;
    }

    /**
     * Writes the header and, if need be, compresses the records.
     *
     * @return the batch from position 0 to its limit, in this builder's memory: to be copied or used up before the next call of
     *     {@code begin}, {@code append} or {@code finish}
     */
    public ByteBuffer finish() {
        int size = records.end();
        ByteBuffer batch = records.buffer();
        boolean compress = compression != Compression.NONE && count > 0;
        if (compress) {
            int length = size - BatchHeader.RECORDS;
            int bound = BatchHeader.RECORDS + compression.compressedBound(length);
            if (compressed.capacity() < bound) {
                compressed = ByteBuffer.allocate(bound);
            }
            size = BatchHeader.RECORDS
                    + compression.compress(
                            batch.array(), BatchHeader.RECORDS, length, level, compressed.array(), BatchHeader.RECORDS);
            batch = compressed;
        }
        writeHeader(batch, size, compress ? compression.id() : 0);
        return batch.duplicate().clear().limit(size);
    }

    private void writeHeader(ByteBuffer batch, int size, int codec) {
        batch.clear();
        batch.putLong(baseOffset)
                .putInt(size - BatchHeader.LOG_OVERHEAD)
                .putInt(leaderEpoch)
                .put(BatchHeader.CURRENT_MAGIC)
                .putInt(0)
                .putShort((short) (flags | codec))
                .putInt(lastOffsetDelta)
                .putLong(baseTimestamp)
                .putLong((flags & BatchHeader.LOG_APPEND_TIME_FLAG) == 0 ? maxTimestamp : appendTime)
                .putLong(producerId)
                .putShort(producerEpoch)
                .putInt(baseSequence)
                .putInt(count);
        BatchHeader.updateCrc(batch, 0);
    }

    private long timestampDelta(long timestamp) {
        if (count == 0 && (flags & BatchHeader.DELETE_HORIZON_FLAG) == 0) {
            baseTimestamp = timestamp;
        }
        return timestamp - baseTimestamp;
    }

    private int deltaOf(long offset) {
        long delta = offset - baseOffset;
        if (delta <= lastOffsetDelta || delta > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("Offset " + offset + " cannot follow delta " + lastOffsetDelta
                    + " in a batch from offset " + baseOffset);
        }
        return (int) delta;
    }

    private BatchBuilder appended(long timestamp, int delta) {
        maxTimestamp = Math.max(maxTimestamp, timestamp);
        lastOffsetDelta = delta;
        count++;
        return this;
    }

    private BatchBuilder flag(int flag, boolean on) {
        flags = on ? flags | flag : flags & ~flag;
        return this;
    }

    private void requireEmpty(String what) {
        if (count > 0) {
            throw new IllegalStateException("The " + what + " of a batch is set before its first record");
        }
    }
}
