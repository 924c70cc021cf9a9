package io.millrace.protocol.record;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.xerial.snappy.Snappy;

/**
 * Snappy in the framing of the xerial library: a header of 16 bytes, then blocks, each an int32 with the compressed length and
 * raw snappy data, for at most 32 KiB of input. Data without that header is read as one raw block, which is what clients that
 * do not know the framing send.
 */
final class SnappyCodec implements Codec {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private static final byte[] MAGIC = {(byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
    private static final int VERSION = 1;
    private static final int HEADER = MAGIC.length + 2 * Integer.BYTES;
    private static final int BLOCK = 32 << 10;

    @Override
    public int bound(int length) {
        int blocks = (length + BLOCK - 1) / BLOCK;
        return HEADER + blocks * Integer.BYTES + Snappy.maxCompressedLength(length) + blocks * 32;
    }

    @Override
    public int compress(byte[] source, int index, int length, int level, byte[] target, int targetIndex) {
        int at = targetIndex;
        System.arraycopy(MAGIC, 0, target, at, MAGIC.length);
        INT.set(target, at + MAGIC.length, VERSION);
        INT.set(target, at + MAGIC.length + Integer.BYTES, VERSION);
        at += HEADER;
        try {
            for (int done = 0; done < length; done += BLOCK) {
                int blockLength = Math.min(BLOCK, length - done);
                int compressed = Snappy.compress(source, index + done, blockLength, target, at + Integer.BYTES);
                INT.set(target, at, compressed);
                at += Integer.BYTES + compressed;
            }
        } catch (IOException e) {
            throw new IllegalStateException("Snappy could not compress " + length + " bytes", e);
        }
        return at - targetIndex;
    }

    @Override
    public void decompress(byte[] source, int index, int length, DecompressionBuffer target) {
        if (!isFramed(source, index, length)) {
            block(source, index, length, target);
            return;
        }
        int end = index + length;
        int at = index + HEADER;
        while (at < end) {
            if (end - at < Integer.BYTES) {
                throw invalid("a block length is cut off");
            }
            int blockLength = (int) INT.get(source, at);
            at += Integer.BYTES;
            if (blockLength < 0 || blockLength > end - at) {
                throw invalid("a block of " + blockLength + " bytes where " + (end - at) + " are left");
            }
            block(source, at, blockLength, target);
            at += blockLength;
        }
    }

    private static boolean isFramed(byte[] source, int index, int length) {
        if (length < HEADER) {
            return false;
        }
        for (int i = 0; i < MAGIC.length; i++) {
            if (source[index + i] != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    private static void block(byte[] source, int index, int length, DecompressionBuffer target) {
        try {
            // refuses what so few bytes cannot stand for, so that a claim alone reserves nothing
            target.ensureRoom(Snappy.uncompressedLength(source, index, length));
            // the native code writes as much as the block said and no more, or refuses
            target.advance(Snappy.uncompress(source, index, length, target.array(), target.length()));
        } catch (IOException e) {
            throw invalid("" + e.getMessage());
        }
    }

    private static InvalidRecordException invalid(String reason) {
        return InvalidRecordException.invalid("The snappy data of a batch cannot be read: " + reason);
    }
}
