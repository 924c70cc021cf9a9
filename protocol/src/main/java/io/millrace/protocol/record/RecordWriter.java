package io.millrace.protocol.record;

import io.millrace.protocol.wire.Varint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes records of format 2 one behind the other into heap memory that grows. The lower half of a {@link BatchBuilder}. */
final class RecordWriter {
    /** Length, attributes, timestamp and offset delta of a record at their longest. */
    private static final int MAX_PREFIX = Varint.MAX_BYTES + 1 + Varint.MAX_LONG_BYTES + Varint.MAX_BYTES;

    private static final List<RecordHeader> NO_HEADERS = List.of();
    private static final int MAX_CAPACITY = Integer.MAX_VALUE - 16;

    private final int initialCapacity;
    private ByteBuffer out;

    RecordWriter(int initialCapacity) {
        this.initialCapacity = initialCapacity;
        out = ByteBuffer.allocate(initialCapacity);
    }

    static int sizeBound(int keyLength, int valueLength, List<RecordHeader> headers) {
        return MAX_PREFIX + sizeOf(keyLength) + sizeOf(valueLength) + sizeOf(headers);
    }

    /** Forgets everything and begins at {@code index}; memory of more than {@code retained} bytes is given back. */
    void reset(int index, int retained) {
        if (out.capacity() > retained) {
            out = ByteBuffer.allocate(initialCapacity);
        }
        out.clear().position(index);
    }

    /** Index behind the last record. */
    int end() {
        return out.position();
    }

    /** The memory with all records, as a view whose position and limit are the caller's. Replaced when it grows. */
    ByteBuffer buffer() {
        return out.duplicate();
    }

    void write(
            long timestampDelta,
            int offsetDelta,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers) {
        int keyLength = key == null ? -1 : key.length;
        int valueLength = value == null ? -1 : value.length;
        begin(timestampDelta, offsetDelta, sizeOf(keyLength) + sizeOf(valueLength) + sizeOf(headers));
        put(key);
        put(value);
        put(headers);
    }

    void write(
            long timestampDelta,
            int offsetDelta,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<RecordHeader> headers) {
        int keyLength = key == null ? -1 : key.remaining();
        int valueLength = value == null ? -1 : value.remaining();
        begin(timestampDelta, offsetDelta, sizeOf(keyLength) + sizeOf(valueLength) + sizeOf(headers));
        put(key);
        put(value);
        put(headers);
    }

    /** Writes the cursor's record under other deltas: all that follows them stays as it is. */
    void copy(long timestampDelta, int offsetDelta, RecordCursor cursor) {
        int length = cursor.index() + cursor.sizeInBytes() - cursor.payloadIndex();
        begin(timestampDelta, offsetDelta, length);
        put(cursor.buffer(), cursor.payloadIndex(), length);
    }

    /** Writes the cursor's message. */
    void copy(long timestampDelta, int offsetDelta, LegacyCursor cursor) {
        begin(
                timestampDelta,
                offsetDelta,
                sizeOf(cursor.keyLength()) + sizeOf(cursor.valueLength()) + sizeOf(NO_HEADERS));
        Varint.writeInt(out, cursor.keyLength());
        put(cursor.buffer(), cursor.keyIndex(), Math.max(0, cursor.keyLength()));
        Varint.writeInt(out, cursor.valueLength());
        put(cursor.buffer(), cursor.valueIndex(), Math.max(0, cursor.valueLength()));
        put(NO_HEADERS);
    }

    private void begin(long timestampDelta, int offsetDelta, int payload) {
        int length = 1 + Varint.sizeOfLong(timestampDelta) + Varint.sizeOfInt(offsetDelta) + payload;
        if (length < 0) {
            throw new IllegalArgumentException("A record of more than 2 GiB");
        }
        ensureRoom((long) Varint.MAX_BYTES + length);
        Varint.writeInt(out, length);
        out.put((byte) 0);
        Varint.writeLong(out, timestampDelta);
        Varint.writeInt(out, offsetDelta);
    }

    private void ensureRoom(long wanted) {
        if (wanted > out.remaining()) {
            long capacity = Math.max(out.position() + wanted, out.capacity() * 2L);
            if (out.position() + wanted > MAX_CAPACITY) {
                throw new IllegalArgumentException("A batch of more than 2 GiB");
            }
            out = ByteBuffer.allocate((int) Math.min(MAX_CAPACITY, capacity)).put(out.flip());
        }
    }

    private void put(byte @Nullable [] bytes) {
        if (bytes == null) {
            Varint.writeInt(out, -1);
        } else {
            Varint.writeInt(out, bytes.length);
            out.put(bytes);
        }
    }

    private void put(@Nullable ByteBuffer bytes) {
        if (bytes == null) {
            Varint.writeInt(out, -1);
        } else {
            Varint.writeInt(out, bytes.remaining());
            put(bytes, bytes.position(), bytes.remaining());
        }
    }

    private void put(ByteBuffer source, int index, int length) {
        int position = out.position();
        out.put(position, source, index, length).position(position + length);
    }

    private void put(List<RecordHeader> headers) {
        Varint.writeInt(out, headers.size());
        for (int i = 0; i < headers.size(); i++) {
            RecordHeader header = headers.get(i);
            String key = header.key();
            int length = utf8Length(key);
            Varint.writeInt(out, length);
            if (length == key.length()) {
                for (int c = 0; c < length; c++) {
                    char ch = key.charAt(c);
                    out.put(Character.isSurrogate(ch) ? (byte) '?' : (byte) ch);
                }
            } else {
                out.put(key.getBytes(StandardCharsets.UTF_8));
            }
            put(header.value());
        }
    }

    private static int sizeOf(int nullableLength) {
        return nullableLength < 0 ? 1 : Varint.sizeOfInt(nullableLength) + nullableLength;
    }

    private static int sizeOf(List<RecordHeader> headers) {
        int size = Varint.sizeOfInt(headers.size());
        for (int i = 0; i < headers.size(); i++) {
            RecordHeader header = headers.get(i);
            byte[] value = header.value();
            size += sizeOf(utf8Length(header.key())) + sizeOf(value == null ? -1 : value.length);
        }
        return size;
    }

    /** Bytes that {@link String#getBytes} makes of the text: a surrogate without its other half becomes a question mark. */
    private static int utf8Length(String text) {
        int length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char ch = text.charAt(i);
            if (ch >= 0x800 && !Character.isSurrogate(ch)) {
                length += 2;
            } else if (ch >= 0x80 && ch < 0x800) {
                length++;
            } else if (Character.isHighSurrogate(ch)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                length += 2;
                i++;
            }
        }
        return length;
    }
}
