package io.millrace.protocol.wire;

import io.millrace.protocol.Uuid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages into a heap buffer that grows. What is not on the hot path goes through here; the answers to Produce
 * and Fetch are written piecewise by their views.
 */
public final class WireWriter extends Wire {
    private static final int MAX_DEPTH = 16;

    /** The longest array that every virtual machine makes. */
    private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

    private ByteBuffer out;

    // One level a tagged-field section that is open: where its count stands, its fields so far, where the last
    // one starts.
    private final int[] countPosition = new int[MAX_DEPTH];
    private final int[] fieldCount = new int[MAX_DEPTH];
    private final int[] fieldStart = new int[MAX_DEPTH];
    private int depth;

    /**
     * @param version of the message
     * @param flexible whether that version is a flexible one
     */
    public WireWriter(int version, boolean flexible) {
        this(version, flexible, 128);
    }

    /** Like {@link #WireWriter(int, boolean)}, with room for {@code initialCapacity} bytes before the buffer grows. */
    public WireWriter(int version, boolean flexible, int initialCapacity) {
        super(version, flexible);
        this.out = ByteBuffer.allocate(initialCapacity);
    }

    /** What was written, as a view from 0 to the end; writing on invalidates it. */
    public ByteBuffer written() {
        return out.duplicate().flip();
    }

    @Override
    public boolean refuses(String field, boolean hasValue) {
        if (hasValue) {
            throw new WireException("Field " + field + " has a value that version " + version() + " cannot carry");
        }
        return false;
    }

    @Override
    public boolean bool(boolean value) {
        int8((byte) (value ? 1 : 0));
        return value;
    }

    @Override
    public byte int8(byte value) {
        room(Byte.BYTES).put(value);
        return value;
    }

    @Override
    public short int16(short value) {
        room(Short.BYTES).putShort(value);
        return value;
    }

    @Override
    public int int32(int value) {
        room(Integer.BYTES).putInt(value);
        return value;
    }

    @Override
    public long int64(long value) {
        room(Long.BYTES).putLong(value);
        return value;
    }

    @Override
    public double float64(double value) {
        room(Double.BYTES).putDouble(value);
        return value;
    }

    @Override
    public Uuid uuid(Uuid value) {
        room(2 * Long.BYTES).putLong(value.mostSignificantBits()).putLong(value.leastSignificantBits());
        return value;
    }

    @Override
    public String string(String value) {
        requireNonNull(value, "string");
        nullableString(value);
        return value;
    }

    @Override
    public @Nullable String nullableString(@Nullable String value) {
        if (!flexible()) {
            return nullableClassicString(value);
        }
        if (value == null) {
            uvarint(0);
        } else {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            requireStringLength(utf8.length);
            uvarint(utf8.length + 1);
            room(utf8.length).put(utf8);
        }
        return value;
    }

    @Override
    public @Nullable String nullableClassicString(@Nullable String value) {
        if (value == null) {
            int16((short) -1);
        } else {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            requireStringLength(utf8.length);
            room(Short.BYTES + utf8.length).putShort((short) utf8.length).put(utf8);
        }
        return value;
    }

    @Override
    public byte[] bytes(byte[] value) {
        requireNonNull(value, "bytes");
        length(value.length);
        room(value.length).put(value);
        return value;
    }

    @Override
    public byte @Nullable [] nullableBytes(byte @Nullable [] value) {
        if (value == null) {
            length(-1);
            return null;
        }
        return bytes(value);
    }

    @Override
    public @Nullable ByteBuffer nullableRecords(@Nullable ByteBuffer value) {
        if (value == null) {
            length(-1);
        } else {
            length(value.remaining());
            room(value.remaining()).put(value.duplicate());
        }
        return value;
    }

    @Override
    public <T extends Struct> T struct(T value) {
        value.wire(this);
        return value;
    }

    @Override
    public <T extends Struct> List<T> array(List<T> value, Supplier<T> element) {
        requireNonNull(value, "array");
        length(value.size());
        for (int i = 0; i < value.size(); i++) {
            value.get(i).wire(this);
        }
        return value;
    }

    @Override
    public <T extends Struct> @Nullable List<T> nullableArray(@Nullable List<T> value, Supplier<T> element) {
        if (value == null) {
            length(-1);
            return null;
        }
        return array(value, element);
    }

    @Override
    public List<String> stringArray(List<String> value) {
        requireNonNull(value, "array");
        length(value.size());
        for (String s : value) {
            string(s);
        }
        return value;
    }

    @Override
    public @Nullable List<String> nullableStringArray(@Nullable List<String> value) {
        if (value == null) {
            length(-1);
            return null;
        }
        return stringArray(value);
    }

    @Override
    public List<Uuid> uuidArray(List<Uuid> value) {
        requireNonNull(value, "array");
        length(value.size());
        for (Uuid u : value) {
            uuid(u);
        }
        return value;
    }

    @Override
    public int[] int32Array(int[] value) {
        requireNonNull(value, "array");
        length(value.length);
        room((long) value.length * Integer.BYTES);
        for (int i : value) {
            out.putInt(i);
        }
        return value;
    }

    @Override
    public int @Nullable [] nullableInt32Array(int @Nullable [] value) {
        if (value == null) {
            length(-1);
            return null;
        }
        return int32Array(value);
    }

    @Override
    public long[] int64Array(long[] value) {
        requireNonNull(value, "array");
        length(value.length);
        room((long) value.length * Long.BYTES);
        for (long l : value) {
            out.putLong(l);
        }
        return value;
    }

    @Override
    public void beginTags() {
        if (!flexible()) {
            return;
        }
        countPosition[depth] = out.position();
        fieldCount[depth] = 0;
        depth++;
        int8((byte) 0);
    }

    @Override
    public boolean tag(int tag, boolean hasValue) {
        if (!flexible() || !hasValue) {
            return false;
        }
        int level = depth - 1;
        closeField(level);
        fieldCount[level]++;
        uvarint(tag);
        fieldStart[level] = out.position();
        return true;
    }

    @Override
    public void endTags() {
        if (!flexible()) {
            return;
        }
        int level = --depth;
        closeField(level);
        // No message defines as many as 128 tagged fields, so the count keeps its one byte.
        out.put(countPosition[level], (byte) fieldCount[level]);
    }

    /** Puts the size in front of the field just written, now that it is known. */
    private void closeField(int level) {
        if (fieldCount[level] == 0) {
            return;
        }
        int start = fieldStart[level];
        int size = out.position() - start;
        int prefix = Varint.sizeOfUnsigned(size);
        room(prefix);
        System.arraycopy(out.array(), start, out.array(), start + prefix, size);
        out.position(start);
        Varint.writeUnsigned(out, size);
        out.position(start + prefix + size);
    }

    /** The length of bytes or the count of an array; -1 is null. */
    private void length(int length) {
        if (flexible()) {
            uvarint(length + 1);
        } else {
            int32(length);
        }
    }

    private void uvarint(int value) {
        Varint.writeUnsigned(room(Varint.MAX_BYTES), value);
    }

    /** Fields are annotated as what the newest version allows; an older one may want a value. */
    private void requireNonNull(@Nullable Object value, String what) {
        if (value == null) {
            throw new WireException("A null " + what + " where version " + version() + " allows none");
        }
    }

    private void requireStringLength(int length) {
        if (length > MAX_STRING_BYTES) {
            throw new WireException("A string of " + length + " bytes, longer than " + MAX_STRING_BYTES);
        }
    }

    private ByteBuffer room(long bytes) {
        if (out.remaining() < bytes) {
            long needed = out.position() + bytes;
            if (needed > MAX_BYTES) {
                throw new WireException("A message of more than " + MAX_BYTES + " bytes");
            }
            long doubled = Math.min(out.capacity() * 2L, MAX_BYTES);
            ByteBuffer larger = ByteBuffer.allocate((int) Math.max(doubled, needed));
            larger.put(out.flip());
            out = larger;
        }
        return out;
    }
}
