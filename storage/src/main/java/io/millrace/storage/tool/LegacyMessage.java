package io.millrace.storage.tool;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.LegacyCursor;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * What is printed of a message of format 0 or 1 beside its data.
 *
 * @param crc the checksum it carries
 * @param valid whether that is the one of its bytes
 */
record LegacyMessage(int magic, int attributes, long timestamp, long crc, boolean valid) {
    private static final int CRC = 12;
    private static final int ATTRIBUTES = 17;
    private static final int TIMESTAMP = 18;
    private static final int APPEND_TIME = 0x08;
    private static final int CODEC = 0x07;

    /** A message with offset and size in front, as in a log file. */
    static LegacyMessage at(ByteBuffer buffer, int index, int size) {
        return parse(buffer, index + CRC, index + size);
    }

    /** The one that a cursor stands on, perhaps inside a compressed one. */
    static LegacyMessage of(LegacyCursor cursor) {
        int key = cursor.valueIndex() - Integer.BYTES - Math.max(0, cursor.keyLength());
        int crc = key - Integer.BYTES - (cursor.magic() == 0 ? 0 : Long.BYTES) - 2 - Integer.BYTES;
        return parse(cursor.buffer(), crc, cursor.valueIndex() + Math.max(0, cursor.valueLength()));
    }

    private static LegacyMessage parse(ByteBuffer buffer, int crcIndex, int end) {
        int start = crcIndex - CRC;
        int magic = buffer.get(start + BatchHeader.MAGIC);
        CRC32 crc = new CRC32();
        crc.update(buffer.duplicate().clear().limit(end).position(start + BatchHeader.MAGIC));
        int carried = buffer.getInt(crcIndex);
        return new LegacyMessage(
                magic,
                buffer.get(start + ATTRIBUTES),
                magic == 0 ? -1 : buffer.getLong(start + TIMESTAMP),
                Integer.toUnsignedLong(carried),
                (int) crc.getValue() == carried);
    }

    Compression codec() {
        return Compression.of(attributes & CODEC);
    }

    String typeName() {
        return magic == 0 ? "NoTimestampType" : (attributes & APPEND_TIME) == 0 ? "CreateTime" : "LogAppendTime";
    }
}
