package io.millrace.broker.cluster;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * What every value of a history carries: which stream wrote it and as which number, with filling and a checksum behind. A stream
 * is one producer writing to one partition; its numbers rise by one.
 */
final class RecordId {
    /** Stands for a value that is not as it was written. */
    static final long CORRUPT = -1;

    private static final int HEADER = Integer.BYTES + Integer.BYTES;

    private RecordId() {}

    static long of(int stream, int number) {
        return (long) stream << 32 | number;
    }

    static int stream(long id) {
        return (int) (id >>> 32);
    }

    static int number(long id) {
        return (int) id;
    }

    static String text(long id) {
        return id == CORRUPT ? "a corrupt value" : "record " + number(id) + " of stream " + stream(id);
    }

    /** The value, with {@code filling} bytes that follow from the id. */
    static byte[] encode(long id, int filling) {
        ByteBuffer value = ByteBuffer.allocate(HEADER + filling + Integer.BYTES);
        value.putLong(id);
        for (int i = 0; i < filling; i++) {
            value.put((byte) (id * 31 + i));
        }
        value.putInt(checksum(value.array(), value.position()));
        return value.array();
    }

    /** The id in a value, or {@link #CORRUPT}. */
    static long decode(byte[] value) {
        int end = value.length - Integer.BYTES;
        if (end < HEADER || ByteBuffer.wrap(value).getInt(end) != checksum(value, end)) {
            return CORRUPT;
        }
        return ByteBuffer.wrap(value).getLong();
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
