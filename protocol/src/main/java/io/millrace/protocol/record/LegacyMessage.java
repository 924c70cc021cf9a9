package io.millrace.protocol.record;

import java.nio.ByteBuffer;

/**
 * One message of format 0 or 1 where it lies; a message set is nothing but messages one behind the other.
 *
 * <pre>
 *  |  0 offset (8)                             |
 *  |  8 size (4): bytes after this field       |
 *  | 12 CRC-32 (4) of everything from magic    |
 *  | 16 magic (1) | 17 attributes (1)          |   0-2 codec, 3 timestamp type (format 1)
 *  | 18 timestamp (8), format 1 only           |
 *  | key length (4), -1 = null | key           |
 *  | value length (4), -1 = null | value       |
 * </pre>
 *
 * A compressed message is a wrapper: its key is null and its value is a compressed message set of the same format.
 */
final class LegacyMessage {
    static final int OFFSET = 0;
    static final int SIZE = OFFSET + Long.BYTES;
    static final int CRC = SIZE + Integer.BYTES;
    static final int MAGIC = CRC + Integer.BYTES;
    static final int ATTRIBUTES = MAGIC + Byte.BYTES;
    static final int TIMESTAMP = ATTRIBUTES + Byte.BYTES;

    private LegacyMessage() {}

    static long offset(ByteBuffer buffer, int index) {
        return buffer.getLong(index + OFFSET);
    }

    static int sizeInBytes(ByteBuffer buffer, int index) {
        return BatchHeader.LOG_OVERHEAD + buffer.getInt(index + SIZE);
    }

    static byte magic(ByteBuffer buffer, int index) {
        return buffer.get(index + MAGIC);
    }

    static int codec(ByteBuffer buffer, int index) {
        return buffer.get(index + ATTRIBUTES) & BatchHeader.CODEC_MASK;
    }

    static boolean hasAppendTime(ByteBuffer buffer, int index) {
        return magic(buffer, index) > 0 && (buffer.get(index + ATTRIBUTES) & BatchHeader.LOG_APPEND_TIME_FLAG) != 0;
    }

    static long timestamp(ByteBuffer buffer, int index) {
        return magic(buffer, index) > 0 ? buffer.getLong(index + TIMESTAMP) : BatchHeader.NO_TIMESTAMP;
    }

    /** Distance from the message's first byte to its key length. */
    static int key(byte magic) {
        return magic > 0 ? TIMESTAMP + Long.BYTES : TIMESTAMP;
    }

    /** Bytes of a message without key and value. */
    static int overhead(byte magic) {
        return key(magic) + 2 * Integer.BYTES;
    }

    /** The message's checksum as its bytes give it. */
    static int computeCrc(ByteBuffer buffer, int index) {
        return Crc32c.computeCrc32(buffer, index + MAGIC, sizeInBytes(buffer, index) - MAGIC);
    }
}
