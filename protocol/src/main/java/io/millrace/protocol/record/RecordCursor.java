package io.millrace.protocol.record;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one batch of format 2 after another, without an object for any of them.
 *
 * <pre>{@code
 * cursor.wrap(buffer, index);
 * while (cursor.next()) {
 *     ... cursor.offset(), cursor.timestamp(), cursor.key(), cursor.value()
 *     while (cursor.nextHeader()) { ... }
 * }
 * }</pre>
 *
 * Keys, values and headers are places in {@link #buffer()}: an index and a length, which is -1 for null. That buffer is the
 * batch's own if it is not compressed, else one that belongs to this cursor and is overwritten when the next compressed batch is
 * wrapped. {@link #key()} and {@link #value()} make views of it (one small object each).
 *
 * <p>Lengths are checked as the walk reaches them; whoever takes a batch from outside lets {@link BatchCheck} look at all
 * of it first. For one thread at a time. Uses only plain reads of the batch, except that compressed data is copied and handed to a codec.
 */
public final class RecordCursor {
    /** Length, attributes, two deltas and the length of a key. */
    private static final int USUAL_HEAD_BYTES = 9;

    private final DecompressionBuffer decompressed = new DecompressionBuffer();

    private ByteBuffer records = decompressed.buffer();
    private boolean compressed;
    private int first;
    private int end;
    private int nextRecord;
    private int at;
    private int count;
    private int read;

    private long baseOffset;
    private int baseSequence;
    private long baseTimestamp;
    private long appendTime;
    private boolean hasAppendTime;

    private int recordIndex;
    private int recordEnd;
    private int offsetDelta;
    private long timestampDelta;
    private int payloadIndex;
    private int keyIndex;
    private int keyLength;
    private int valueIndex;
    private int valueLength;
    private int headerCount;
    private int headersRead;
    private int headerKeyIndex;
    private int headerKeyLength;
    private int headerValueIndex;
    private int headerValueLength;

    /**
     * Begins at the first record of a batch; decompresses it if need be. The batch must lie unchanged until the walk is over.
     *
     * @throws InvalidRecordException if no whole batch of format 2 lies there, or its records cannot be decompressed
     */
    public RecordCursor wrap(ByteBuffer buffer, int index) {
        int batchEnd = index + BatchHeader.requireWhole(buffer, index);
        Compression compression = BatchHeader.compression(buffer, index);
        int data = index + BatchHeader.RECORDS;
        compressed = compression != Compression.NONE;
        if (compressed) {
            compression.decompress(buffer, data, batchEnd - data, decompressed);
            records = decompressed.buffer();
            first = 0;
            end = decompressed.length();
        } else {
            records = buffer;
            first = data;
            end = batchEnd;
        }
        nextRecord = first;
        count = BatchHeader.recordCount(buffer, index);
        read = 0;
        baseOffset = BatchHeader.baseOffset(buffer, index);
        baseSequence = BatchHeader.baseSequence(buffer, index);
        baseTimestamp = BatchHeader.baseTimestamp(buffer, index);
        appendTime = BatchHeader.maxTimestamp(buffer, index);
        hasAppendTime = BatchHeader.timestampType(buffer, index) == TimestampType.LOG_APPEND_TIME;
        return this;
    }

    /**
     * Steps to the next record.
     *
     * @return whether there was one
     * @throws InvalidRecordException with INVALID_RECORD if what follows is not one, or if bytes are left after the last
     */
    public boolean next() {
        if (read >= count) {
            if (nextRecord != end || count < 0) {
                throw InvalidRecordException.invalid(
                        (end - nextRecord) + " bytes are left after all " + count + " records of a batch");
            }
            return false;
        }
        recordIndex = nextRecord;
        if (!nextOfUsualShape()) {
            nextOfAnyShape();
        }
        headersRead = 0;
        nextRecord = recordEnd;
        read++;
        return true;
    }

    // Nearly every record has no headers, and no field in front of its bytes takes more than two of them. False, with
    // nothing decided, for another, and for any that is malformed. Works on locals: fields would be stored byte by
    // byte.
    private boolean nextOfUsualShape() {
        ByteBuffer in = records;
        int i = recordIndex;
        if (end - i < USUAL_HEAD_BYTES) {
            return false;
        }
        int raw = usualVarint(in, i);
        i += usualSize(raw);
        int length = zigzag(raw);
        if (raw < 0 || length < 0 || length > end - i) {
            return false;
        }
        int last = i + length;
        i++; // attributes
        int rawTimestamp = usualVarint(in, i);
        i += usualSize(rawTimestamp);
        int rawOffset = usualVarint(in, i);
        i += usualSize(rawOffset);
        int rawKey = usualVarint(in, i);
        int key = i + usualSize(rawKey);
        int keyBytes = zigzag(rawKey);
        if ((rawTimestamp | rawOffset | rawKey) < 0 || keyBytes < -1 || keyBytes > last - key) {
            return false;
        }
        int behindKey = key + Math.max(0, keyBytes);
        // A length of one byte at least, and the number of headers.
        if (last - behindKey < 2) {
            return false;
        }
        int rawValue = usualVarint(in, behindKey);
        int value = behindKey + usualSize(rawValue);
        int valueBytes = zigzag(rawValue);
        if (rawValue < 0 || valueBytes < -1 || value + Math.max(0, valueBytes) != last - 1 || in.get(last - 1) != 0) {
            return false;
        }
        recordEnd = last;
        timestampDelta = zigzag(rawTimestamp);
        offsetDelta = zigzag(rawOffset);
        payloadIndex = i;
        keyIndex = key;
        keyLength = keyBytes;
        valueIndex = value;
        valueLength = valueBytes;
        headerCount = 0;
        at = last;
        return true;
    }

    // One of two bytes at most, not decoded; -1 for a longer one, and one that is longer than it needs to be.
    private static int usualVarint(ByteBuffer in, int index) {
        int low = in.get(index);
        if (low >= 0) {
            return low;
        }
        int high = in.get(index + 1);
        return high > 0 ? low & 0x7f | high << 7 : -1;
    }

    private static int usualSize(int raw) {
        return raw < 0x80 ? 1 : 2;
    }

    private static int zigzag(int raw) {
        return raw >>> 1 ^ -(raw & 1);
    }

    private void nextOfAnyShape() {
        at = recordIndex;
        recordEnd = end;
        int length = readVarint();
        if (length < 0 || length > end - at) {
            throw invalid("a length of " + length + " where " + (end - at) + " bytes are left");
        }
        recordEnd = at + length;
        readByte(); // attributes: none are defined
        timestampDelta = readVarlong();
        offsetDelta = readVarint();
        payloadIndex = at;
        keyLength = readLength();
        keyIndex = at;
        at += Math.max(0, keyLength);
        valueLength = readLength();
        valueIndex = at;
        at += Math.max(0, valueLength);
        headerCount = readVarint();
        // a header takes two bytes at least
        if (headerCount < 0 || headerCount > (recordEnd - at) >> 1) {
            throw invalid(headerCount + " headers in " + (recordEnd - at) + " bytes");
        }
        if (headerCount == 0 && at != recordEnd) {
            throw invalid((recordEnd - at) + " bytes are left after its value");
        }
    }

    /** The buffer that all indexes mean. Not to be changed; its position and limit mean nothing. */
    public ByteBuffer buffer() {
        return records;
    }

    /** Whether the batch is compressed, so that {@link #buffer()} belongs to this cursor. */
    public boolean isCompressed() {
        return compressed;
    }

    /** Bytes of all records of the batch, uncompressed. */
    public int recordsSizeInBytes() {
        return end - first;
    }

    public long offset() {
        return baseOffset + offsetDelta;
    }

    public int offsetDelta() {
        return offsetDelta;
    }

    /** In ms since the epoch, by the batch's timestamp type; {@link BatchHeader#NO_TIMESTAMP} if there is none. */
    public long timestamp() {
        return hasAppendTime ? appendTime : baseTimestamp + timestampDelta;
    }

    /** The producer's sequence number of this record, or {@link BatchHeader#NO_SEQUENCE}. */
    public int sequence() {
        return baseSequence == BatchHeader.NO_SEQUENCE
                ? BatchHeader.NO_SEQUENCE
                : BatchHeader.incrementSequence(baseSequence, offsetDelta);
    }

    /** Index of the record, whose first field is its length. */
    public int index() {
        return recordIndex;
    }

    /** Bytes of the record, its length field included. */
    public int sizeInBytes() {
        return recordEnd - recordIndex;
    }

    /** Index of the key's length: from there to the end a record says nothing that depends on its place. */
    int payloadIndex() {
        return payloadIndex;
    }

    public boolean hasKey() {
        return keyLength >= 0;
    }

    public int keyIndex() {
        return keyIndex;
    }

    /** -1 if the key is null. */
    public int keyLength() {
        return keyLength;
    }

    public boolean hasValue() {
        return valueLength >= 0;
    }

    public int valueIndex() {
        return valueIndex;
    }

    /** -1 if the value is null: a tombstone where there is a key. */
    public int valueLength() {
        return valueLength;
    }

    /** A read-only view of the key, or null. */
    public @Nullable ByteBuffer key() {
        return view(keyIndex, keyLength);
    }

    /** A read-only view of the value, or null. */
    public @Nullable ByteBuffer value() {
        return view(valueIndex, valueLength);
    }

    public int headerCount() {
        return headerCount;
    }

    /**
     * Steps to the next header of this record.
     *
     * @return whether there was one
     * @throws InvalidRecordException with INVALID_RECORD if what follows is not one, or if bytes are left after the last
     */
    public boolean nextHeader() {
        if (headersRead == headerCount) {
            if (at != recordEnd) {
                throw invalid((recordEnd - at) + " bytes are left after its headers");
            }
            return false;
        }
        headerKeyLength = readLength();
        if (headerKeyLength < 0) {
            throw invalid("a header without a key");
        }
        headerKeyIndex = at;
        at += headerKeyLength;
        headerValueLength = readLength();
        headerValueIndex = at;
        at += Math.max(0, headerValueLength);
        headersRead++;
        return true;
    }

    public int headerKeyIndex() {
        return headerKeyIndex;
    }

    public int headerKeyLength() {
        return headerKeyLength;
    }

    public int headerValueIndex() {
        return headerValueIndex;
    }

    /** -1 if the value is null. */
    public int headerValueLength() {
        return headerValueLength;
    }

    private @Nullable ByteBuffer view(int index, int length) {
        return length < 0 ? null : records.asReadOnlyBuffer().clear().slice(index, length);
    }

    /** A length of bytes that follow in this record, or -1 for null. */
    private int readLength() {
        int length = readVarint();
        if (length < -1 || length > recordEnd - at) {
            throw invalid("a field of " + length + " bytes where " + (recordEnd - at) + " are left");
        }
        return length;
    }

    private int readVarint() {
        int b = readByte();
        int raw = b & 0x7f;
        for (int shift = 7; b < 0; shift += 7) {
            if (shift > 28) {
                throw invalid("a varint of more than 5 bytes");
            }
            b = readByte();
            raw |= (b & 0x7f) << shift;
        }
        return (raw >>> 1) ^ -(raw & 1);
    }

    private long readVarlong() {
        int b = readByte();
        long raw = b & 0x7f;
        for (int shift = 7; b < 0; shift += 7) {
            if (shift > 63) {
                throw invalid("a varlong of more than 10 bytes");
            }
            b = readByte();
            raw |= (long) (b & 0x7f) << shift;
        }
        return (raw >>> 1) ^ -(raw & 1);
    }

    private byte readByte() {
        if (at >= recordEnd) {
            throw invalid("it ends inside a field");
        }
        return records.get(at++);
    }

    private InvalidRecordException invalid(String reason) {
        return InvalidRecordException.invalid("Record " + read + " of a batch is malformed: " + reason);
    }
}
