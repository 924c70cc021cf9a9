package io.millrace.protocol.record;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Writes a message set of format 0 or 1 into heap memory of its own: messages one behind the other, or all of them
 * inside one compressed wrapper. The counterpart of {@link LegacyCursor}.
 *
 * <p>For one thread at a time.
 */
final class LegacyWriter {
    private static final int INITIAL = 16 << 10;
    private static final long NO_OFFSET = -1;

    private ByteBuffer out = ByteBuffer.allocate(INITIAL);
    private byte[] wrapped = {};

    private byte magic;
    private Compression compression = Compression.NONE;
    private boolean hasAppendTime;
    private long appendTime;

    private int setIndex;
    private long firstOffset;
    private long lastOffset;
    private long maxTimestamp;
    private boolean isEmpty;

    /** Forgets all that was written. */
    void clear() {
        out.clear();
    }

    /**
     * Begins a set behind those already written.
     *
     * @param appendTime timestamp of all messages if {@code type} is LOG_APPEND_TIME, else not looked at
     */
    void begin(byte magic, Compression compression, TimestampType type, long appendTime) {
        this.magic = magic;
        this.compression = compression;
        this.hasAppendTime = magic > 0 && type == TimestampType.LOG_APPEND_TIME;
        this.appendTime = appendTime;
        setIndex = out.position();
        maxTimestamp = BatchHeader.NO_TIMESTAMP;
        isEmpty = true;
    }

    /** Appends the cursor's record without its headers, which these formats do not know. */
    void append(RecordCursor record) {
        long offset = record.offset();
        long timestamp = record.timestamp();
        if (isEmpty) {
            firstOffset = offset;
            isEmpty = false;
        }
        lastOffset = offset;
        maxTimestamp = Math.max(maxTimestamp, timestamp);
        boolean relative = magic > 0 && compression != Compression.NONE;
        int message = header(
                relative ? offset - firstOffset : offset,
                Compression.NONE,
                timestamp,
                Math.max(0, record.keyLength()) + Math.max(0, record.valueLength()));
        put(record.buffer(), record.keyIndex(), record.keyLength());
        put(record.buffer(), record.valueIndex(), record.valueLength());
        seal(message);
    }

    /** Ends the set, compressing it if that was asked for; a set without messages leaves nothing. */
    void finish() {
        if (isEmpty || compression == Compression.NONE) {
            return;
        }
        int length = out.position() - setIndex;
        int bound = compression.compressedBound(length);
        if (wrapped.length < bound) {
            wrapped = new byte[bound];
        }
        int compressed = magic == 0
                ? compression.compressFormat0(out.array(), setIndex, length, wrapped, 0)
                : compression.compress(out.array(), setIndex, length, compression.defaultLevel(), wrapped, 0);
        out.position(setIndex);
        int message = header(lastOffset, compression, maxTimestamp, compressed);
        out.putInt(-1).putInt(compressed).put(wrapped, 0, compressed);
        seal(message);
    }

    /**
     * All sets written since {@link #clear}, cut off or filled up to {@code size} bytes; overwritten by what is written next. The
     * filling is a message that says to be longer than what follows.
     */
    ByteBuffer written(int size) {
        int end = out.position();
        int missing = size - end;
        if (missing > 0) {
            ensureRoom(Math.max(missing, BatchHeader.LOG_OVERHEAD));
            Arrays.fill(out.array(), end, size, (byte) 0);
            out.putLong(end, NO_OFFSET);
            out.putInt(end + LegacyMessage.SIZE, Math.max(missing + 1, BatchHeader.RECORDS));
        }
        return out.duplicate().clear().limit(size);
    }

    int size() {
        return out.position();
    }

    private int header(long offset, Compression codec, long timestamp, int payload) {
        int message = out.position();
        int size = LegacyMessage.overhead(magic) + payload;
        ensureRoom(size);
        out.putLong(offset)
                .putInt(size - BatchHeader.LOG_OVERHEAD)
                .putInt(0)
                .put(magic)
                .put((byte) (codec.id() | (hasAppendTime ? BatchHeader.LOG_APPEND_TIME_FLAG : 0)));
        if (magic > 0) {
            out.putLong(hasAppendTime ? appendTime : timestamp);
        }
        return message;
    }

    private void seal(int message) {
        out.putInt(message + LegacyMessage.CRC, LegacyMessage.computeCrc(out, message));
    }

    private void put(ByteBuffer source, int index, int length) {
        out.putInt(length);
        if (length > 0) {
            int position = out.position();
            out.put(position, source, index, length).position(position + length);
        }
    }

    private void ensureRoom(int wanted) {
        if (wanted > out.remaining()) {
            long capacity = Math.max((long) out.position() + wanted, out.capacity() * 2L);
            out = ByteBuffer.allocate((int) Math.min(Integer.MAX_VALUE - 16, capacity))
                    .put(out.flip());
        }
    }
}
