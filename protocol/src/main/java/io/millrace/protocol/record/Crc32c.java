package io.millrace.protocol.record;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * CRC-32C (Castagnoli) of a range of a buffer; each thread reuses one accumulator, so a call makes no object.
 *
 * <p>A heap buffer is read through its array. Of any other the position and limit are moved for the time of the call, because
 * {@link Checksum#update(ByteBuffer)} knows no other way to name a range and a slice would be an object: such a buffer must
 * belong to the calling thread alone. Its position and limit are as before afterwards.
 *
 * <p>Never call this on a file mapping that could lose its pages (the file cut, the disk full): the checksum is an
 * intrinsic, and a fault inside it ends the process instead of throwing. Copy such bytes to private memory first.
 */
public final class Crc32c {
    private static final ThreadLocal<CRC32C> CRC32C = ThreadLocal.withInitial(CRC32C::new);
    private static final ThreadLocal<CRC32> CRC32 = ThreadLocal.withInitial(CRC32::new);

    private Crc32c() {}

    /**
     * The checksum of {@code length} bytes from {@code index} on, as the signed form of its 32 bits.
     *
     * @throws IndexOutOfBoundsException if the range is not within the buffer's limit
     */
    public static int compute(ByteBuffer buffer, int index, int length) {
        return compute(CRC32C.get(), buffer, index, length);
    }

    /** The same with the polynomial of zip files (CRC-32), which message formats 0 and 1 use. */
    static int computeCrc32(ByteBuffer buffer, int index, int length) {
        return compute(CRC32.get(), buffer, index, length);
    }

    private static int compute(Checksum checksum, ByteBuffer buffer, int index, int length) {
        int limit = buffer.limit();
        if (index < 0 || length < 0 || index > limit - length) {
            throw new IndexOutOfBoundsException(
                    "No " + length + " bytes at index " + index + " of a buffer with limit " + limit);
        }
        checksum.reset();
        if (buffer.hasArray()) {
            checksum.update(buffer.array(), buffer.arrayOffset() + index, length);
        } else {
            int position = buffer.position();
            try {
                buffer.limit(index + length).position(index);
                checksum.update(buffer);
            } finally {
                buffer.limit(limit).position(position);
            }
        }
        return (int) checksum.getValue();
    }
}
