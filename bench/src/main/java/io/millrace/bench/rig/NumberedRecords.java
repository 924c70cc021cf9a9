package io.millrace.bench.rig;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * Makes records that say which one they are, and by which a reader sees whether they came back as they were sent.
 *
 * <pre>
 *   0        4                12
 *   | CRC32C | sequence       | letters …
 *            '---- covered by the checksum ----
 * </pre>
 */
final class NumberedRecords {
    private static final int CRC = 0;
    private static final int SEQUENCE = CRC + Integer.BYTES;
    private static final int LETTERS = SEQUENCE + Long.BYTES;

    private static final int FILLINGS = 1024;
    private static final long SEED = 20261129;
    private static final int ALPHABET = 20;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[][] fillings = new byte[FILLINGS][];
    private final CRC32C crc = new CRC32C();
    private long next;

    /** @param recordBytes of each, at least 12 */
    NumberedRecords(int recordBytes) {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < FILLINGS; i++) {
            fillings[i] = new byte[recordBytes];
            for (int at = LETTERS; at < recordBytes; at++) {
                fillings[i][at] = (byte) ('a' + random.nextInt(ALPHABET));
            }
        }
    }

    /** The record with the next number, from 0 on; a new array, as clients keep what they are given for a while. */
    byte[] next() {
        byte[] record = fillings[(int) (next % FILLINGS)].clone();
        LONG.set(record, SEQUENCE, next++);
        INT.set(record, CRC, checksum(crc, record));
        return record;
    }

    /** Which one it is; of a record that is long enough. */
    static long sequence(byte[] record) {
        return (long) LONG.get(record, SEQUENCE);
    }

    /** Whether it holds what it held when it was made; of a record that is long enough. */
    static boolean isWhole(CRC32C crc, byte[] record) {
        return (int) INT.get(record, CRC) == checksum(crc, record);
    }

    private static int checksum(CRC32C crc, byte[] record) {
        crc.reset();
        crc.update(record, SEQUENCE, record.length - SEQUENCE);
        return (int) crc.getValue();
    }
}
