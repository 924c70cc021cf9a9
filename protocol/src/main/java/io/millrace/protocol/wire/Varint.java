package io.millrace.protocol.wire;

import java.nio.ByteBuffer;

/**
 * Variable-length integers: seven bits a byte, lowest group first, the top bit set on all bytes but the last. Unsigned ones
 * are the compact lengths and tags of flexible messages; zig-zag ones (small numbers of either sign stay short) are the
 * fields of a record.
 */
public final class Varint {
    /** The most bytes a 32-bit integer takes. */
    public static final int MAX_BYTES = 5;

    /** The most bytes a 64-bit integer takes. */
    public static final int MAX_LONG_BYTES = 10;

    private Varint() {}

    /** Reads an unsigned integer; values above {@link Integer#MAX_VALUE} come out negative. */
    public static int readUnsigned(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            if (!in.hasRemaining()) {
                throw new WireException("The input ends inside a varint");
            }
            byte b = in.get();
            value |= (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new WireException("A varint of more than " + MAX_BYTES + " bytes");
    }

    public static void writeUnsigned(ByteBuffer out, int value) {
        while ((value & ~0x7f) != 0) {
            out.put((byte) (value | 0x80));
            value >>>= 7;
        }
        out.put((byte) value);
    }

    /** Bytes that {@link #writeUnsigned} takes: 1 to 5. */
    public static int sizeOfUnsigned(int value) {
        return (38 - Integer.numberOfLeadingZeros(value | 1)) / 7;
    }

    /** Reads a zig-zag 32-bit integer. */
    public static int readInt(ByteBuffer in) {
        int raw = readUnsigned(in);
        return (raw >>> 1) ^ -(raw & 1);
    }

    public static void writeInt(ByteBuffer out, int value) {
        writeUnsigned(out, (value << 1) ^ (value >> 31));
    }

    public static int sizeOfInt(int value) {
        return sizeOfUnsigned((value << 1) ^ (value >> 31));
    }

    /** Reads a zig-zag 64-bit integer. */
    public static long readLong(ByteBuffer in) {
        long raw = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (!in.hasRemaining()) {
                throw new WireException("The input ends inside a varlong");
            }
            byte b = in.get();
            raw |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new WireException("A varlong of more than " + MAX_LONG_BYTES + " bytes");
    }

    public static void writeLong(ByteBuffer out, long value) {
        long zigzag = (value << 1) ^ (value >> 63);
        while ((zigzag & ~0x7fL) != 0) {
            out.put((byte) (zigzag | 0x80));
            zigzag >>>= 7;
        }
        out.put((byte) zigzag);
    }

    public static int sizeOfLong(long value) {
        long zigzag = (value << 1) ^ (value >> 63);
        return (70 - Long.numberOfLeadingZeros(zigzag | 1)) / 7;
    }
}
