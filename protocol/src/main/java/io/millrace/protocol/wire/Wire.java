package io.millrace.protocol.wire;

import io.millrace.protocol.Uuid;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary in which messages describe themselves. Every method takes the present value of a field and returns its
 * value afterwards: {@link WireReader} ignores the argument and returns what it read, {@link WireWriter} writes the
 * argument and returns it. So one {@link Struct#wire} method is both the encoder and the decoder.
 *
 * <p>Lengths, nullability and the two encodings (classic, and "flexible" with compact lengths and tagged fields) live in
 * the two subclasses and nowhere else. An instance serves one message and one thread.
 */
public abstract sealed class Wire permits WireReader, WireWriter {
    /** Bytes of UTF-8 that a string may have, in either encoding. */
    public static final int MAX_STRING_BYTES = Short.MAX_VALUE;

    /** Tagged fields in one section. Kafka's messages define seven at most; unknown ones are skipped up to this number. */
    public static final int MAX_TAGGED_FIELDS = 1_024;

    private final int version;
    private final boolean flexible;

    Wire(int version, boolean flexible) {
        this.version = version;
        this.flexible = flexible;
    }

    /** The API version of the message. */
    public final int version() {
        return version;
    }

    /** Whether this version has compact lengths and tagged fields. */
    public final boolean flexible() {
        return flexible;
    }

    /** Whether this is {@code version} or a later one. */
    public final boolean since(int version) {
        return this.version >= version;
    }

    /** Whether this is {@code version} or an earlier one. */
    public final boolean until(int version) {
        return this.version <= version;
    }

    /** Whether this version lies in the closed range {@code first..last}. */
    public final boolean between(int first, int last) {
        return version >= first && version <= last;
    }

    /**
     * Stands behind the version check of a field that must not be dropped silently. Always false for a reader.
     *
     * @param field name of the field, for the message of the exception
     * @param hasValue whether the field holds anything but its default
     * @return false
     * @throws WireException when writing and {@code hasValue}
     */
    public abstract boolean refuses(String field, boolean hasValue);

    public abstract boolean bool(boolean value);

    public abstract byte int8(byte value);

    public abstract short int16(short value);

    public abstract int int32(int value);

    public abstract long int64(long value);

    public abstract double float64(double value);

    public abstract Uuid uuid(Uuid value);

    public abstract String string(String value);

    public abstract @Nullable String nullableString(@Nullable String value);

    /** A string with a 16-bit length even in flexible versions: only the client id of the request header is one. */
    public abstract @Nullable String nullableClassicString(@Nullable String value);

    /** Opaque bytes, copied when read. */
    public abstract byte[] bytes(byte[] value);

    /** Like {@link #bytes}, or null. */
    public abstract byte @Nullable [] nullableBytes(byte @Nullable [] value);

    /** Record batches. Read as a view of the frame, valid as long as the frame is; a writer leaves the position alone. */
    public abstract @Nullable ByteBuffer nullableRecords(@Nullable ByteBuffer value);

    public abstract <T extends Struct> T struct(T value);

    public abstract <T extends Struct> List<T> array(List<T> value, Supplier<T> element);

    public abstract <T extends Struct> @Nullable List<T> nullableArray(@Nullable List<T> value, Supplier<T> element);

    public abstract List<String> stringArray(List<String> value);

    public abstract @Nullable List<String> nullableStringArray(@Nullable List<String> value);

    public abstract List<Uuid> uuidArray(List<Uuid> value);

    public abstract int[] int32Array(int[] value);

    public abstract int @Nullable [] nullableInt32Array(int @Nullable [] value);

    public abstract long[] int64Array(long[] value);

    /** The tagged-field section of a struct that defines no tagged field. Nothing in versions that are not flexible. */
    public final void tags() {
        beginTags();
        endTags();
    }

    /**
     * Opens the tagged-field section. Fields follow as {@code if (w.tag(...)) field = w.type(field)}, by rising tag, in the bytes
     * as in the code.
     */
    public abstract void beginTags();

    /**
     * Whether the tagged field is to be read or written now.
     *
     * @param tag its number
     * @param hasValue whether the field holds anything but its default; defaults are not written
     */
    public abstract boolean tag(int tag, boolean hasValue);

    /** Closes the section that {@link #beginTags} opened. */
    public abstract void endTags();
}
