package io.millrace.protocol.wire;

import io.millrace.protocol.Uuid;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages. Whatever the bytes, only {@link WireException} comes out, and what is allocated stays in proportion to
 * the frame: a length is compared with the bytes that are left before anything is made for it, and the number of objects
 * is bounded by a budget, since the smallest struct takes one byte on the wire but tens of bytes of heap.
 */
public final class WireReader extends Wire {
    /** Objects any message may make, however short it is: 16 MiB of heap at about 64 bytes each. */
    private static final int BASE_OBJECTS = 262_144;

    /** Beyond those, one object for so many bytes of the frame: the heap used stays about as large as the frame. */
    private static final int BYTES_PER_OBJECT = 64;

    /** Sections deeper than any message nests them. */
    private static final int MAX_DEPTH = 16;

    private static final int NO_VALUE = -1;
    private static final byte[] NOTHING = {};

    private final ByteBuffer in;
    private int objectsLeft;

    // One level a tagged-field section that is open: where it ends, its fields not looked at yet and where the first of
    // them is, and, while a value is read, where that must end.
    private final int[] sectionEnd = new int[MAX_DEPTH];
    private final int[] fieldsLeft = new int[MAX_DEPTH];
    private final int[] nextField = new int[MAX_DEPTH];
    private final int[] valueEnd = new int[MAX_DEPTH];
    private int depth;

    private byte[] scratch = NOTHING;

    /**
     * @param in big-endian; read from its position on, which moves past what was read; its limit is never passed
     * @param version of the message
     * @param flexible whether that version is a flexible one
     */
    public WireReader(ByteBuffer in, int version, boolean flexible) {
        super(version, flexible);
        this.in = in;
        this.objectsLeft = BASE_OBJECTS + in.remaining() / BYTES_PER_OBJECT;
    }

    @Override
    public boolean refuses(String field, boolean hasValue) {
        return false;
    }

    @Override
    public boolean bool(boolean value) {
        return int8((byte) 0) != 0;
    }

    @Override
    public byte int8(byte value) {
        try {
            return in.get();
        } catch (BufferUnderflowException e) {
            throw tooShort(1);
        }
    }

    @Override
    public short int16(short value) {
        try {
            return in.getShort();
        } catch (BufferUnderflowException e) {
            throw tooShort(Short.BYTES);
        }
    }

    @Override
    public int int32(int value) {
        try {
            return in.getInt();
        } catch (BufferUnderflowException e) {
            throw tooShort(Integer.BYTES);
        }
    }

    @Override
    public long int64(long value) {
        try {
            return in.getLong();
        } catch (BufferUnderflowException e) {
            throw tooShort(Long.BYTES);
        }
    }

    @Override
    public double float64(double value) {
        return Double.longBitsToDouble(int64(0));
    }

    @Override
    public Uuid uuid(Uuid value) {
        long high = int64(0);
        long low = int64(0);
        return high == 0 && low == 0 ? Uuid.ZERO : new Uuid(high, low);
    }

    @Override
    public String string(String value) {
        return text(notNull(flexible() ? compactLength() : int16((short) 0), "string"));
    }

    @Override
    public @Nullable String nullableString(@Nullable String value) {
        int length = flexible() ? compactLength() : int16((short) 0);
        return length < 0 ? null : text(length);
    }

    @Override
    public @Nullable String nullableClassicString(@Nullable String value) {
        int length = int16((short) 0);
        if (length < -1) {
            throw new WireException("A string of length " + length + " at byte " + in.position());
        }
        return length < 0 ? null : text(length);
    }

    @Override
    public byte[] bytes(byte[] value) {
        return copy(notNull(flexible() ? compactLength() : int32(0), "bytes"));
    }

    @Override
    public byte @Nullable [] nullableBytes(byte @Nullable [] value) {
        int length = flexible() ? compactLength() : int32(0);
        return length < 0 ? null : copy(length);
    }

    @Override
    public @Nullable ByteBuffer nullableRecords(@Nullable ByteBuffer value) {
        int length = flexible() ? compactLength() : int32(0);
        if (length < 0) {
            return null;
        }
        requireBytes(length);
        ByteBuffer records = in.slice(in.position(), length);
        in.position(in.position() + length);
        return records;
    }

    @Override
    public <T extends Struct> T struct(T value) {
        value.wire(this);
        return value;
    }

    @Override
    public <T extends Struct> List<T> array(List<T> value, Supplier<T> element) {
        return elements(notNull(arrayCount(), "array"), element);
    }

    @Override
    public <T extends Struct> @Nullable List<T> nullableArray(@Nullable List<T> value, Supplier<T> element) {
        int count = arrayCount();
        return count < 0 ? null : elements(count, element);
    }

    @Override
    public List<String> stringArray(List<String> value) {
        return strings(notNull(arrayCount(), "array"));
    }

    @Override
    public @Nullable List<String> nullableStringArray(@Nullable List<String> value) {
        int count = arrayCount();
        return count < 0 ? null : strings(count);
    }

    @Override
    public List<Uuid> uuidArray(List<Uuid> value) {
        int count = notNull(arrayCount(), "array");
        requireElements(count, 2 * Long.BYTES);
        Uuid[] uuids = new Uuid[count];
        for (int i = 0; i < count; i++) {
            uuids[i] = uuid(Uuid.ZERO);
        }
        return Arrays.asList(uuids);
    }

    @Override
    public int[] int32Array(int[] value) {
        return ints(notNull(arrayCount(), "array"));
    }

    @Override
    public int @Nullable [] nullableInt32Array(int @Nullable [] value) {
        int count = arrayCount();
        return count < 0 ? null : ints(count);
    }

    @Override
    public long[] int64Array(long[] value) {
        int count = notNull(arrayCount(), "array");
        requireElements(count, Long.BYTES);
        long[] longs = new long[count];
        for (int i = 0; i < count; i++) {
            longs[i] = in.getLong();
        }
        return longs;
    }

    @Override
    public void beginTags() {
        if (!flexible()) {
            return;
        }
        if (depth == MAX_DEPTH) {
            throw new WireException("Tagged-field sections nest deeper than " + MAX_DEPTH);
        }
        int count = uvarint();
        if (count < 0 || count > MAX_TAGGED_FIELDS) {
            throw new WireException("A section of " + Integer.toUnsignedString(count) + " tagged fields, more than "
                    + MAX_TAGGED_FIELDS);
        }
        fieldsLeft[depth] = count;
        nextField[depth] = in.position();
        valueEnd[depth] = NO_VALUE;
        // One walk finds the end and checks the sizes; tag() walks again. Sections are nearly always empty.
        int last = -1;
        for (int i = 0; i < count; i++) {
            int tag = uvarint();
            if (tag <= last) {
                throw new WireException("Tagged field " + Integer.toUnsignedString(tag) + " after " + last);
            }
            last = tag;
            int size = uvarint();
            requireBytes(size);
            in.position(in.position() + size);
        }
        sectionEnd[depth] = in.position();
        depth++;
    }

    @Override
    public boolean tag(int tag, boolean hasValue) {
        if (!flexible()) {
            return false;
        }
        int level = depth - 1;
        closeValue(level);
        while (fieldsLeft[level] > 0) {
            in.position(nextField[level]);
            int present = uvarint();
            if (present > tag) {
                return false;
            }
            int size = uvarint();
            int end = in.position() + size;
            nextField[level] = end;
            fieldsLeft[level]--;
            if (present == tag) {
                valueEnd[level] = end;
                return true;
            }
        }
        return false;
    }

    @Override
    public void endTags() {
        if (flexible()) {
            depth--;
            closeValue(depth);
            in.position(sectionEnd[depth]);
        }
    }

    /** Ends the tagged field that was being read, if there was one; it must have been as long as its size said. */
    private void closeValue(int level) {
        if (valueEnd[level] == NO_VALUE) {
            return;
        }
        if (in.position() != valueEnd[level]) {
            throw new WireException(
                    "A tagged field ends at byte " + in.position() + ", its size says " + valueEnd[level]);
        }
        valueEnd[level] = NO_VALUE;
    }

    private int arrayCount() {
        return flexible() ? compactLength() : int32(0);
    }

    /** A compact length: one more than the length, 0 for null. */
    private int compactLength() {
        int lengthPlusOne = uvarint();
        if (lengthPlusOne < 0) {
            throw new WireException(
                    "A length of " + Integer.toUnsignedString(lengthPlusOne) + " at byte " + in.position());
        }
        return lengthPlusOne - 1;
    }

    private int uvarint() {
        return Varint.readUnsigned(in);
    }

    private static int notNull(int length, String what) {
        if (length < 0) {
            throw new WireException("A null " + what + " where none may be null");
        }
        return length;
    }

    private String text(int length) {
        if (length > MAX_STRING_BYTES) {
            throw new WireException("A string of " + length + " bytes, longer than " + MAX_STRING_BYTES);
        }
        requireBytes(length);
        if (length == 0) {
            return "";
        }
        takeObjects(1);
        if (in.hasArray()) {
            String text = new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
            in.position(in.position() + length);
            return text;
        }
        if (scratch.length < length) {
            scratch = new byte[length];
        }
        in.get(scratch, 0, length);
        return new String(scratch, 0, length, StandardCharsets.UTF_8);
    }

    private byte[] copy(int length) {
        requireBytes(length);
        byte[] copy = new byte[length];
        in.get(copy);
        return copy;
    }

    private <T extends Struct> List<T> elements(int count, Supplier<T> element) {
        requireElements(count, 1);
        takeObjects(count);
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            T e = element.get();
            e.wire(this);
            list.add(e);
        }
        return list;
    }

    private List<String> strings(int count) {
        requireElements(count, 1);
        takeObjects(count);
        List<String> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(string(""));
        }
        return list;
    }

    private int[] ints(int count) {
        requireElements(count, Integer.BYTES);
        int[] ints = new int[count];
        for (int i = 0; i < count; i++) {
            ints[i] = in.getInt();
        }
        return ints;
    }

    private void takeObjects(int count) {
        objectsLeft -= count;
        if (objectsLeft < 0) {
            throw new WireException("More elements than a message of this size may have");
        }
    }

    private void requireElements(int count, int minSize) {
        if (count > in.remaining() / minSize) {
            throw new WireException("An array of " + count + " elements where " + in.remaining() + " bytes are left");
        }
    }

    private void requireBytes(int length) {
        if (length < 0 || length > in.remaining()) {
            throw new WireException(
                    "A field of " + Integer.toUnsignedString(length) + " bytes where " + in.remaining() + " are left");
        }
    }

    private WireException tooShort(int needed) {
        return new WireException("The message ends at byte " + in.limit() + ", where " + needed + " more are needed");
    }
}
