package io.millrace.protocol.record;

import io.millrace.protocol.ErrorCode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Walks the messages of a message set of format 0 or 1, those inside compressed wrappers included, without an object for any of them.
 *
 * <p>Every message is checked as the walk reaches it: that it is whole, its checksum, its lengths. All messages of a set must
 * have the format of the first. A set may end with a message that is cut off, which is how an old broker filled a
 * response; the walk ends before it.
 *
 * <p>Inside a wrapper of format 1 offsets count from 0, and the wrapper has the offset of the last message. A wrapper at offset 0 counts
 * from 0 too: that is how some producers send it.
 *
 * <p>For one thread at a time. The buffer's position and limit are moved for a moment unless it is on the heap, see {@link Crc32c}.
 */
public final class LegacyCursor {
    private final DecompressionBuffer decompressed = new DecompressionBuffer();

    private ByteBuffer set = decompressed.buffer();
    private int nextOuter;
    private int end;
    private byte magic;

    private boolean inWrapper;
    private ByteBuffer inner = decompressed.buffer();
    private int nextInner;
    private int innerEnd;
    private long innerBaseOffset;
    private boolean hasWrapperTime;
    private long wrapperTime;

    private ByteBuffer buffer = set;
    private long offset;
    private long timestamp;
    private TimestampType timestampType = TimestampType.CREATE_TIME;
    private int keyIndex;
    private int keyLength;
    private int valueIndex;
    private int valueLength;

    /** Begins at the first message of the {@code length} bytes at {@code index}, which must lie unchanged until the walk is over. */
    public LegacyCursor wrap(ByteBuffer buffer, int index, int length) {
        set = buffer;
        nextOuter = index;
        end = index + length;
        inWrapper = false;
        magic = -1;
        return this;
    }

    /**
     * Steps to the next message.
     *
     * @return whether there was one
     * @throws InvalidRecordException with CORRUPT_MESSAGE if its frame or checksum is wrong, with INVALID_RECORD if it breaks the
     *     format otherwise, with MESSAGE_TOO_LARGE if a wrapper decompresses to too much, with UNSUPPORTED_COMPRESSION_TYPE for zstd
     */
    public boolean next() {
        while (true) {
            if (inWrapper) {
                if (nextInner < innerEnd) {
                    nextInner();
                    return true;
                }
                inWrapper = false;
            }
            int message = nextOuter;
            if (!isWhole(message)) {
                return false;
            }
            nextOuter = parse(set, message, end);
            if (LegacyMessage.codec(set, message) == 0) {
                offset = LegacyMessage.offset(set, message);
                timestamp = LegacyMessage.timestamp(set, message);
                timestampType = timestampType(LegacyMessage.hasAppendTime(set, message));
                return true;
            }
            unwrap(message);
        }
    }

    /** Where all indexes point into: the set, or the decompressed inside of a wrapper. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** The format of the messages, once {@link #next} found one: 0 or 1. */
    public byte magic() {
        return magic;
    }

    public long offset() {
        return offset;
    }

    /** In ms since the epoch; {@link BatchHeader#NO_TIMESTAMP} in format 0. */
    public long timestamp() {
        return timestamp;
    }

    public TimestampType timestampType() {
        return timestampType;
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

    /** -1 if the value is null. */
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

    private @Nullable ByteBuffer view(int index, int length) {
        return length < 0 ? null : buffer.asReadOnlyBuffer().clear().slice(index, length);
    }

    private boolean isWhole(int message) {
        if (end - message < BatchHeader.LOG_OVERHEAD) {
            return false;
        }
        int size = set.getInt(message + LegacyMessage.SIZE);
        if (size < LegacyMessage.overhead((byte) 0) - BatchHeader.LOG_OVERHEAD) {
            throw InvalidRecordException.corrupt("A message of " + size + " bytes, which is less than its fields take");
        }
        return size <= end - message - BatchHeader.LOG_OVERHEAD;
    }

    /** Checks a message that is known to be whole and finds its key and value; returns the index behind it. */
    private int parse(ByteBuffer source, int message, int limit) {
        int next = message + LegacyMessage.sizeInBytes(source, message);
        byte found = LegacyMessage.magic(source, message);
        if (magic < 0 && (found == 0 || found == 1)) {
            magic = found;
        }
        if (found != magic) {
            throw magic < 0
                    ? InvalidRecordException.corrupt("A message of format " + found + " in a message set")
                    : InvalidRecordException.invalid(
                            "A message of format " + found + " in a set that begins with format " + magic);
        }
        if (next > limit || next - message < LegacyMessage.overhead(found)) {
            throw InvalidRecordException.corrupt(
                    "A message of " + (next - message) + " bytes, which its fields do not fit");
        }
        if (LegacyMessage.computeCrc(source, message) != source.getInt(message + LegacyMessage.CRC)) {
            throw InvalidRecordException.corrupt("The checksum of a message is not that of its bytes");
        }
        buffer = source;
        keyLength = source.getInt(message + LegacyMessage.key(found));
        keyIndex = message + LegacyMessage.key(found) + Integer.BYTES;
        int room = next - keyIndex - Integer.BYTES;
        if (keyLength < -1 || keyLength > room) {
            throw InvalidRecordException.invalid("A key of " + keyLength + " bytes where " + room + " are left");
        }
        int valueField = keyIndex + Math.max(0, keyLength);
        valueLength = source.getInt(valueField);
        valueIndex = valueField + Integer.BYTES;
        if (valueLength < -1 || Math.max(0, valueLength) != next - valueIndex) {
            throw InvalidRecordException.invalid(
                    "A value of " + valueLength + " bytes where " + (next - valueIndex) + " are left");
        }
        return next;
    }

    private void unwrap(int wrapper) {
        Compression compression = Compression.of(LegacyMessage.codec(set, wrapper));
        if (compression == Compression.ZSTD) {
            throw new InvalidRecordException(
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "Messages of formats 0 and 1 are not compressed with zstd");
        }
        if (valueLength < 0) {
            throw InvalidRecordException.invalid("A compressed message without a value");
        }
        if (magic == 0) {
            compression.decompressFormat0(set, valueIndex, valueLength, decompressed);
        } else {
            compression.decompress(set, valueIndex, valueLength, decompressed);
        }
        inner = decompressed.buffer();
        nextInner = 0;
        innerEnd = decompressed.length();
        long wrapperOffset = LegacyMessage.offset(set, wrapper);
        long lastInner = lastInnerOffset();
        innerBaseOffset = magic == 0 || wrapperOffset == 0 ? 0 : wrapperOffset - lastInner;
        hasWrapperTime = LegacyMessage.hasAppendTime(set, wrapper);
        wrapperTime = LegacyMessage.timestamp(set, wrapper);
        timestampType = timestampType(hasWrapperTime);
        inWrapper = true;
    }

    /** Walks the sizes inside a wrapper, which must be filled exactly by one message or more. */
    private long lastInnerOffset() {
        int last = -1;
        int next = 0;
        int smallest = LegacyMessage.overhead(magic);
        while (next < innerEnd) {
            last = next;
            int available = innerEnd - next;
            int size = available < smallest ? -1 : inner.getInt(next + LegacyMessage.SIZE);
            if (size < smallest - BatchHeader.LOG_OVERHEAD || size > available - BatchHeader.LOG_OVERHEAD) {
                throw InvalidRecordException.invalid(
                        "A message of " + size + " bytes in a compressed message with " + available + " left");
            }
            next += BatchHeader.LOG_OVERHEAD + size;
        }
        if (last < 0) {
            throw InvalidRecordException.invalid("A compressed message without messages inside");
        }
        return LegacyMessage.offset(inner, last);
    }

    private void nextInner() {
        int message = nextInner;
        nextInner = parse(inner, message, innerEnd);
        if (LegacyMessage.codec(inner, message) != 0) {
            throw InvalidRecordException.invalid("A compressed message inside a compressed message");
        }
        offset = innerBaseOffset + LegacyMessage.offset(inner, message);
        timestamp = hasWrapperTime ? wrapperTime : LegacyMessage.timestamp(inner, message);
    }

    private static TimestampType timestampType(boolean appendTime) {
        return appendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME;
    }
}
