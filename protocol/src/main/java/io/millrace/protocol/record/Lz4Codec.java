package io.millrace.protocol.record;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/**
 * One LZ4 frame with independent blocks; written with 64 KiB blocks and without checksums other than that of the frame
 * header, as Kafka's clients do.
 *
 * <pre>
 *  | 4 magic 0x184D2204 | 1 FLG | 1 BD | 8 content size, if flagged | 1 header checksum |
 *  then blocks: | 4 length, top bit = stored | data | 4 checksum, if flagged |
 *  then a length of 0 and 4 bytes of content checksum, if flagged
 * </pre>
 * Integers are little-endian. The header checksum is the second byte of xxHash32 over FLG, BD and content size. In message
 * format 0 it was computed over the magic too, and is written so and not looked at there to this day.
 *
 * <p>What follows the end of the frame and the content checksum are ignored: the checksum of the batch covers the same bytes.
 */
final class Lz4Codec implements Codec {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** Stands for the fast compressor in the configuration, for historical reasons; all other levels are those of lz4 HC. */
    static final int FAST_LEVEL = 9;

    private static final int MAGIC = 0x184D2204;
    private static final int VERSION_FLAG = 0x40;
    private static final int VERSION_MASK = 0xc0;
    private static final int INDEPENDENT_FLAG = 0x20;
    private static final int BLOCK_CHECKSUM_FLAG = 0x10;
    private static final int CONTENT_SIZE_FLAG = 0x08;
    private static final int RESERVED_FLAG = 0x03;
    private static final int BLOCK_64_KIB = 0x40;
    private static final int BLOCK = 64 << 10;
    private static final int STORED = 0x80000000;
    private static final int HEADER = 7;

    /** A compressed block cannot expand more: one byte stands for at most 255. */
    private static final int MAX_EXPANSION = 255;

    /** Loaded with the first batch that needs it, since a native library has to be unpacked and loaded for it. */
    private static final class Native {
        static final LZ4Factory FACTORY = LZ4Factory.fastestInstance();
        static final LZ4Compressor FAST = FACTORY.fastCompressor();
        static final LZ4SafeDecompressor DECOMPRESSOR = FACTORY.safeDecompressor();
        static final XXHash32 HASH = XXHashFactory.fastestInstance().hash32();
    }

    private final boolean checksumCoversMagic;

    Lz4Codec(boolean checksumCoversMagic) {
        this.checksumCoversMagic = checksumCoversMagic;
    }

    @Override
    public int bound(int length) {
        // a block that does not shrink is stored; the compressor needs its own worst case as room for the last one
        int blocks = (length + BLOCK - 1) / BLOCK;
        return HEADER + length + (blocks + 1) * Integer.BYTES + BLOCK / MAX_EXPANSION + 16;
    }

    @Override
    public int compress(byte[] source, int index, int length, int level, byte[] target, int targetIndex) {
        LZ4Compressor compressor = level == FAST_LEVEL ? Native.FAST : Native.FACTORY.highCompressor(level);
        int at = targetIndex;
        INT.set(target, at, MAGIC);
        target[at + 4] = VERSION_FLAG | INDEPENDENT_FLAG;
        target[at + 5] = BLOCK_64_KIB;
        int hashed = checksumCoversMagic ? at : at + 4;
        target[at + 6] = (byte) (Native.HASH.hash(target, hashed, at + 6 - hashed, 0) >> 8);
        at += HEADER;
        for (int done = 0; done < length; done += BLOCK) {
            int blockLength = Math.min(BLOCK, length - done);
            int data = at + Integer.BYTES;
            int compressed = compressor.compress(source, index + done, blockLength, target, data, target.length - data);
            int header = compressed;
            if (compressed >= blockLength) {
                System.arraycopy(source, index + done, target, data, blockLength);
                compressed = blockLength;
                header = blockLength | STORED;
            }
            INT.set(target, at, header);
            at = data + compressed;
        }
        INT.set(target, at, 0);
        return at + Integer.BYTES - targetIndex;
    }

    @Override
    public void decompress(byte[] source, int index, int length, DecompressionBuffer target) {
        int end = index + length;
        if (length < HEADER || (int) INT.get(source, index) != MAGIC) {
            throw invalid("it does not begin with a frame header");
        }
        int flags = source[index + 4];
        int blockMax = blockMax(flags, source[index + 5]);
        int at = index + 6;
        if ((flags & CONTENT_SIZE_FLAG) != 0) {
            at += Long.BYTES;
        }
        if (at >= end) {
            throw invalid("its header ends early");
        }
        byte checksum = (byte) (Native.HASH.hash(source, index + 4, at - index - 4, 0) >> 8);
        if (!checksumCoversMagic && source[at] != checksum) {
            throw invalid("the checksum of its header is wrong");
        }
        blocks(source, at + 1, end, (flags & BLOCK_CHECKSUM_FLAG) != 0, blockMax, target);
    }

    private static int blockMax(int flags, int blockDescriptor) {
        if ((flags & VERSION_MASK) != VERSION_FLAG || (flags & RESERVED_FLAG) != 0) {
            throw invalid("its version or flags are unknown");
        }
        if ((flags & INDEPENDENT_FLAG) == 0) {
            throw invalid("its blocks depend on each other, which is not supported");
        }
        int sizeCode = blockDescriptor >>> 4 & 7;
        if ((blockDescriptor & 0x8f) != 0 || sizeCode < 4) {
            throw invalid("its block size is unknown");
        }
        return 1 << (8 + 2 * sizeCode);
    }

    private static void blocks(
            byte[] source, int index, int end, boolean blockChecksums, int blockMax, DecompressionBuffer target) {
        int checksumLength = blockChecksums ? Integer.BYTES : 0;
        int at = index;
        while (true) {
            if (end - at < Integer.BYTES) {
                throw invalid("it ends without an end mark");
            }
            int header = (int) INT.get(source, at);
            at += Integer.BYTES;
            int blockLength = header & ~STORED;
            if (blockLength == 0) {
                return;
            }
            if (blockLength > blockMax || blockLength > end - at - checksumLength) {
                throw invalid("a block of " + blockLength + " bytes where " + (end - at) + " are left");
            }
            if (blockChecksums
                    && Native.HASH.hash(source, at, blockLength, 0) != (int) INT.get(source, at + blockLength)) {
                throw invalid("the checksum of a block is wrong");
            }
            if ((header & STORED) != 0) {
                target.append(source, at, blockLength);
            } else {
                block(source, at, blockLength, blockMax, target);
            }
            at += blockLength + checksumLength;
        }
    }

    /** Tries with the room there is, and with all that the block could need if that was too little. */
    private static void block(byte[] source, int index, int length, int blockMax, DecompressionBuffer target) {
        int most = (int) Math.min(blockMax, (long) length * MAX_EXPANSION);
        boolean bounded = false;
        try {
            bounded = !target.tryRoom(most);
            target.advance(Native.DECOMPRESSOR.decompress(
                    source, index, length, target.array(), target.length(), Math.min(most, target.room())));
        } catch (LZ4Exception e) {
            if (bounded) {
                throw target.tooLarge();
            }
            throw invalid("" + e.getMessage());
        }
    }

    private static InvalidRecordException invalid(String reason) {
        return InvalidRecordException.invalid("The lz4 data of a batch cannot be read: " + reason);
    }
}
