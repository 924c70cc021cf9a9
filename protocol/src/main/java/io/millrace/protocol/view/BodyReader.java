package io.millrace.protocol.view;

import io.millrace.protocol.wire.Wire;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads the wire types of one request body by absolute index, so the position and limit of the buffer stay as they are.
 * Every read is checked against the end of the body; only {@link WireException} comes out.
 */
final class BodyReader {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private ByteBuffer body = NOTHING;
    private boolean flexible;
    private int end;
    /** Where the next read takes place. */
    int index;

    void wrap(ByteBuffer body, boolean flexible) {
        this.body = body;
        this.flexible = flexible;
        this.index = body.position();
        this.end = body.limit();
    }

    ByteBuffer body() {
        return body;
    }

    boolean flexible() {
        return flexible;
    }

    byte int8() {
        return body.get(take(Byte.BYTES));
    }

    short int16() {
        return body.getShort(take(Short.BYTES));
    }

    int int32() {
        return body.getInt(take(Integer.BYTES));
    }

    long int64() {
        return body.getLong(take(Long.BYTES));
    }

    /** The length of bytes or the count of an array; negative for null. */
    int length() {
        return flexible ? compactLength() : int32();
    }

    /** The count of an array that may not be null, not larger than the bytes that are left. */
    int count() {
        int count = length();
        if (count < 0 || count > end - index) {
            throw new WireException("An array of " + count + " elements where " + (end - index) + " bytes are left");
        }
        return count;
    }

    /** The length of a string; negative for null. */
    int stringLength() {
        int length = flexible ? compactLength() : int16();
        if (length > Wire.MAX_STRING_BYTES) {
            throw new WireException("A string of " + length + " bytes, longer than " + Wire.MAX_STRING_BYTES);
        }
        return length;
    }

    /** The length of a string that may not be null. */
    int requiredStringLength() {
        int length = stringLength();
        if (length < 0) {
            throw new WireException("A null string where none may be null");
        }
        return length;
    }

    /** Passes over {@code length} bytes, none if it is negative, and tells where they begin. */
    int skip(int length) {
        return take(Math.max(length, 0));
    }

    /** Passes over a section of tagged fields of which none is wanted. */
    void skipTags() {
        int tag = -1;
        for (int i = tagCount(); i > 0; i--) {
            tag = tagAfter(tag);
            skip(tagSize());
        }
    }

    /** The number of tagged fields in the section that begins here, 0 in versions without. */
    int tagCount() {
        if (!flexible) {
            return 0;
        }
        int count = uvarint();
        if (count < 0 || count > Wire.MAX_TAGGED_FIELDS) {
            throw new WireException("A section of " + Integer.toUnsignedString(count) + " tagged fields, more than "
                    + Wire.MAX_TAGGED_FIELDS);
        }
        return count;
    }

    /** The number of a tagged field, which is larger than that of the one before it. */
    int tagAfter(int last) {
        int tag = uvarint();
        if (tag <= last) {
            throw new WireException("Tagged field " + Integer.toUnsignedString(tag) + " after " + last);
        }
        return tag;
    }

    /** The size of a tagged field, which is not larger than the bytes that are left. */
    int tagSize() {
        int size = uvarint();
        if (size < 0 || size > end - index) {
            throw tooLong(size);
        }
        return size;
    }

    /** Refuses a tagged field whose value did not end where its size says. */
    void endTag(int valueEnd) {
        if (index != valueEnd) {
            throw new WireException("A tagged field ends at byte " + index + ", its size says " + valueEnd);
        }
    }

    int uvarint() {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte b = int8();
            value |= (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new WireException("A varint of more than 5 bytes");
    }

    /** A copy of the text in {@code length} bytes from {@code from}. */
    String text(int from, int length) {
        byte[] utf8 = new byte[length];
        body.get(from, utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private int compactLength() {
        int lengthPlusOne = uvarint();
        if (lengthPlusOne < 0) {
            throw tooLong(lengthPlusOne);
        }
        return lengthPlusOne - 1;
    }

    private int take(int bytes) {
        int from = index;
        if (bytes > end - from) {
            throw tooLong(bytes);
        }
        index = from + bytes;
        return from;
    }

    private WireException tooLong(int bytes) {
        return new WireException(
                "A field of " + Integer.toUnsignedString(bytes) + " bytes where " + (end - index) + " are left");
    }
}
