package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * The little that storage reads from batches of any format, the messages of formats 0 and 1 included, which old logs still hold.
 */
final class LegacyHeader {
    private static final int CRC = 12;
    private static final int ATTRIBUTES = 17;
    private static final int CODEC_MASK = 0x07;
    private static final int TIMESTAMP = 18;
    private static final byte MAGIC_WITH_TIMESTAMP = 1;

    private LegacyHeader() {}

    /** Largest timestamp of a batch in ms; -1 if its format has none. */
    static long maxTimestamp(ByteBuffer buffer, int index) {
        return switch (BatchHeader.magic(buffer, index)) {
            case BatchHeader.CURRENT_MAGIC -> BatchHeader.maxTimestamp(buffer, index);
            case MAGIC_WITH_TIMESTAMP -> buffer.getLong(index + TIMESTAMP);
            default -> BatchHeader.NO_TIMESTAMP;
        };
    }

    /** Codec of a message of format 0 or 1, at least 18 bytes of which are there; 0 if they are not. */
    static int codec(ByteBuffer buffer, int index) {
        return buffer.limit() - index > ATTRIBUTES ? buffer.get(index + ATTRIBUTES) & CODEC_MASK : 0;
    }

    /** Whether the checksum of a message of format 0 or 1 is that of its bytes, which lie in private memory. */
    static boolean crcIsValid(ByteBuffer buffer, int index, int size) {
        CRC32 crc = new CRC32();
        crc.update(buffer.duplicate().limit(index + size).position(index + BatchHeader.MAGIC));
        return (int) crc.getValue() == crc(buffer, index);
    }

    /** The checksum that a message of format 0 or 1 carries. */
    static int crc(ByteBuffer buffer, int index) {
        return buffer.getInt(index + CRC);
    }
}
