package io.millrace.protocol.record;

import java.nio.ByteBuffer;

/**
 * The header of a record batch of format 2, field by field, where the batch lies.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 *  |                          base offset                          |  0  set by the broker
 *  |                                                               |
 *  +---------------------------------------------------------------+
 *  |             batch length: bytes after this field              |  8
 *  +---------------------------------------------------------------+
 *  |                    partition leader epoch                     | 12  set by the broker
 *  +---------------+-----------------------------------------------+
 *  |   magic = 2   |    CRC-32C of everything from attributes      | 16
 *  +---------------+---------------+-------------------------------+
 *  |   to the end  |  attributes                   |  last offset  | 21
 *  +---------------+-------------------------------+---------------+
 *  |  delta                                        | base timestamp| 23, 27
 *  ...
 *  | 27 base timestamp (8)   | 35 max timestamp (8) | 43 producer id (8) |
 *  | 51 producer epoch (2)   | 53 base sequence (4) | 57 record count (4)|
 *  | 61 records, compressed as one block when the attributes name a codec |
 *
 *  attributes:  0-2 codec | 3 timestamp type | 4 transactional | 5 control | 6 base timestamp is the delete horizon
 * </pre>
 *
 * Base offset and leader epoch are outside the checksum, so that a leader can stamp both without reading the batch; the
 * checksum stands behind the magic because it is the magic that says where to find it.
 *
 * <p>All methods are static and take a big-endian buffer of any kind and the index of the batch's first byte; they use
 * absolute accesses, make no object, and are as safe for concurrent use as the buffer is. They do not check that
 * the batch is whole: call {@link #requireWhole} first on bytes from outside. Those that compute a checksum
 * ({@link #crcIsValid}, {@link #updateCrc} and the setters that end in it) move the position and limit of a buffer that is
 * not on the heap while they run, see {@link Crc32c}.
 */
public final class BatchHeader {
    public static final int BASE_OFFSET = 0;
    public static final int BATCH_LENGTH = BASE_OFFSET + Long.BYTES;
    public static final int PARTITION_LEADER_EPOCH = BATCH_LENGTH + Integer.BYTES;
    public static final int MAGIC = PARTITION_LEADER_EPOCH + Integer.BYTES;
    public static final int CRC = MAGIC + Byte.BYTES;
    public static final int ATTRIBUTES = CRC + Integer.BYTES;
    public static final int LAST_OFFSET_DELTA = ATTRIBUTES + Short.BYTES;
    public static final int BASE_TIMESTAMP = LAST_OFFSET_DELTA + Integer.BYTES;
    public static final int MAX_TIMESTAMP = BASE_TIMESTAMP + Long.BYTES;
    public static final int PRODUCER_ID = MAX_TIMESTAMP + Long.BYTES;
    public static final int PRODUCER_EPOCH = PRODUCER_ID + Long.BYTES;
    public static final int BASE_SEQUENCE = PRODUCER_EPOCH + Short.BYTES;
    public static final int RECORD_COUNT = BASE_SEQUENCE + Integer.BYTES;

    /** Bytes of the header, and the index of the first record: 61. */
    public static final int RECORDS = RECORD_COUNT + Integer.BYTES;

    /** Bytes of base offset and batch length, which the batch length does not count: 12. All three formats share them. */
    public static final int LOG_OVERHEAD = PARTITION_LEADER_EPOCH;

    /** The format that this class describes. */
    public static final byte CURRENT_MAGIC = 2;

    public static final long NO_PRODUCER_ID = -1L;
    public static final short NO_PRODUCER_EPOCH = -1;
    public static final int NO_SEQUENCE = -1;
    public static final int NO_LEADER_EPOCH = -1;

    /** Stands for "no timestamp", in headers and in records. */
    public static final long NO_TIMESTAMP = -1L;

    static final int CODEC_MASK = 0x07;
    static final int LOG_APPEND_TIME_FLAG = 0x08;
    static final int TRANSACTIONAL_FLAG = 0x10;
    static final int CONTROL_FLAG = 0x20;
    static final int DELETE_HORIZON_FLAG = 0x40;

    private BatchHeader() {}

    public static long baseOffset(ByteBuffer buffer, int index) {
        return buffer.getLong(index + BASE_OFFSET);
    }

    /** The length field as it stands: the bytes that follow it. Any value, in bytes from outside. */
    public static int batchLength(ByteBuffer buffer, int index) {
        return buffer.getInt(index + BATCH_LENGTH);
    }

    /** Bytes of the whole batch; overflows when the length field is not sane. */
    public static int sizeInBytes(ByteBuffer buffer, int index) {
        return LOG_OVERHEAD + batchLength(buffer, index);
    }

    /** {@link #NO_LEADER_EPOCH} in a batch that no leader has seen. */
    public static int partitionLeaderEpoch(ByteBuffer buffer, int index) {
        return buffer.getInt(index + PARTITION_LEADER_EPOCH);
    }

    /** The format: 0, 1 or 2. It stands at the same place in all of them. */
    public static byte magic(ByteBuffer buffer, int index) {
        return buffer.get(index + MAGIC);
    }

    public static int crc(ByteBuffer buffer, int index) {
        return buffer.getInt(index + CRC);
    }

    public static short attributes(ByteBuffer buffer, int index) {
        return buffer.getShort(index + ATTRIBUTES);
    }

    /**
     * The codec of the records.
     *
     * @throws InvalidRecordException with INVALID_RECORD if there is no such codec
     */
    public static Compression compression(ByteBuffer buffer, int index) {
        return Compression.of(attributes(buffer, index) & CODEC_MASK);
    }

    /** Whether the records are compressed, by a codec known or not. */
    public static boolean isCompressed(ByteBuffer buffer, int index) {
        return (attributes(buffer, index) & CODEC_MASK) != 0;
    }

    public static TimestampType timestampType(ByteBuffer buffer, int index) {
        return (attributes(buffer, index) & LOG_APPEND_TIME_FLAG) == 0
                ? TimestampType.CREATE_TIME
                : TimestampType.LOG_APPEND_TIME;
    }

    public static boolean isTransactional(ByteBuffer buffer, int index) {
        return (attributes(buffer, index) & TRANSACTIONAL_FLAG) != 0;
    }

    /** Whether the batch holds a transaction marker instead of data. */
    public static boolean isControl(ByteBuffer buffer, int index) {
        return (attributes(buffer, index) & CONTROL_FLAG) != 0;
    }

    /** Whether compaction has set the time from which on tombstones and markers of this batch may go. */
    public static boolean hasDeleteHorizon(ByteBuffer buffer, int index) {
        return (attributes(buffer, index) & DELETE_HORIZON_FLAG) != 0;
    }

    /** The delete horizon in ms since the epoch, or {@link #NO_TIMESTAMP} if there is none. */
    public static long deleteHorizonMs(ByteBuffer buffer, int index) {
        return hasDeleteHorizon(buffer, index) ? baseTimestamp(buffer, index) : NO_TIMESTAMP;
    }

    public static int lastOffsetDelta(ByteBuffer buffer, int index) {
        return buffer.getInt(index + LAST_OFFSET_DELTA);
    }

    /** Offset of the last record that the batch was made with, even if compaction has removed it. */
    public static long lastOffset(ByteBuffer buffer, int index) {
        return baseOffset(buffer, index) + lastOffsetDelta(buffer, index);
    }

    /** The offset that follows the batch. */
    public static long nextOffset(ByteBuffer buffer, int index) {
        return lastOffset(buffer, index) + 1;
    }

    /** What the timestamp deltas of the records count from, in ms since the epoch. */
    public static long baseTimestamp(ByteBuffer buffer, int index) {
        return buffer.getLong(index + BASE_TIMESTAMP);
    }

    /** The largest timestamp of a record, or the append time, in ms since the epoch; {@link #NO_TIMESTAMP} if none. */
    public static long maxTimestamp(ByteBuffer buffer, int index) {
        return buffer.getLong(index + MAX_TIMESTAMP);
    }

    public static long producerId(ByteBuffer buffer, int index) {
        return buffer.getLong(index + PRODUCER_ID);
    }

    public static boolean hasProducerId(ByteBuffer buffer, int index) {
        return producerId(buffer, index) > NO_PRODUCER_ID;
    }

    public static short producerEpoch(ByteBuffer buffer, int index) {
        return buffer.getShort(index + PRODUCER_EPOCH);
    }

    public static int baseSequence(ByteBuffer buffer, int index) {
        return buffer.getInt(index + BASE_SEQUENCE);
    }

    /** The sequence of the last record, or {@link #NO_SEQUENCE}. After {@link Integer#MAX_VALUE} comes 0. */
    public static int lastSequence(ByteBuffer buffer, int index) {
        int baseSequence = baseSequence(buffer, index);
        return baseSequence == NO_SEQUENCE
                ? NO_SEQUENCE
                : incrementSequence(baseSequence, lastOffsetDelta(buffer, index));
    }

    /** The sequence that lies {@code increment} (≥ 0) after {@code sequence} (≥ 0); after {@link Integer#MAX_VALUE} comes 0. */
    public static int incrementSequence(int sequence, int increment) {
        return (sequence + increment) & Integer.MAX_VALUE;
    }

    /** Records in the batch; fewer than the offsets it spans after compaction. */
    public static int recordCount(ByteBuffer buffer, int index) {
        return buffer.getInt(index + RECORD_COUNT);
    }

    /**
     * Checks that a batch of format 2 lies whole between {@code index} and the buffer's limit. The checksum is not looked at.
     *
     * @return its size in bytes, 61 or more
     * @throws InvalidRecordException with CORRUPT_MESSAGE if it does not
     */
    public static int requireWhole(ByteBuffer buffer, int index) {
        int available = buffer.limit() - index;
        if (available < RECORDS) {
            throw InvalidRecordException.corrupt(
                    available + " bytes are left for a batch, whose header alone takes " + RECORDS);
        }
        byte magic = magic(buffer, index);
        if (magic != CURRENT_MAGIC) {
            throw InvalidRecordException.corrupt("A batch of format " + magic + " where format 2 is expected");
        }
        int batchLength = batchLength(buffer, index);
        if (batchLength < RECORDS - LOG_OVERHEAD || batchLength > available - LOG_OVERHEAD) {
            throw InvalidRecordException.corrupt("Batch length " + batchLength + " is not between "
                    + (RECORDS - LOG_OVERHEAD) + " and the " + (available - LOG_OVERHEAD) + " bytes that follow");
        }
        return LOG_OVERHEAD + batchLength;
    }

    /** Whether the checksum is that of the bytes. The batch must be whole. Never on a mapping that may lose its pages. */
    public static boolean crcIsValid(ByteBuffer buffer, int index) {
        return computeCrc(buffer, index) == crc(buffer, index);
    }

    /** Sets what a leader gives to a batch it appends. Neither field is in the checksum. */
    public static void stamp(ByteBuffer buffer, int index, long baseOffset, int leaderEpoch) {
        buffer.putLong(index + BASE_OFFSET, baseOffset);
        buffer.putInt(index + PARTITION_LEADER_EPOCH, leaderEpoch);
    }

    /**
     * Sets the timestamp type with the batch's maximal timestamp and corrects the checksum; touches nothing if both stand already.
     *
     * @param maxTimestamp the append time, or the largest timestamp found in the records; ms since the epoch
     */
    public static void setMaxTimestamp(ByteBuffer buffer, int index, TimestampType type, long maxTimestamp) {
        if (timestampType(buffer, index) == type && maxTimestamp(buffer, index) == maxTimestamp) {
            return;
        }
        int attributes = attributes(buffer, index) & ~LOG_APPEND_TIME_FLAG;
        if (type == TimestampType.LOG_APPEND_TIME) {
            attributes |= LOG_APPEND_TIME_FLAG;
        }
        buffer.putShort(index + ATTRIBUTES, (short) attributes);
        buffer.putLong(index + MAX_TIMESTAMP, maxTimestamp);
        updateCrc(buffer, index);
    }

    /** Sets who produced the batch and corrects the checksum. */
    public static void setProducer(
            ByteBuffer buffer, int index, long producerId, short producerEpoch, int baseSequence) {
        buffer.putLong(index + PRODUCER_ID, producerId);
        buffer.putShort(index + PRODUCER_EPOCH, producerEpoch);
        buffer.putInt(index + BASE_SEQUENCE, baseSequence);
        updateCrc(buffer, index);
    }

    /** Writes the checksum anew, after the caller has changed what it covers. */
    public static void updateCrc(ByteBuffer buffer, int index) {
        buffer.putInt(index + CRC, computeCrc(buffer, index));
    }

    private static int computeCrc(ByteBuffer buffer, int index) {
        return Crc32c.compute(buffer, index + ATTRIBUTES, sizeInBytes(buffer, index) - ATTRIBUTES);
    }
}
