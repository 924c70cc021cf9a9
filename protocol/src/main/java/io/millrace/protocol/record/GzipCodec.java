package io.millrace.protocol.record;

import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * RFC 1952. Writes one member without name and time; reads any number of members with any optional header fields, and checks
 * checksum and size of each. Bytes after the last member that do not begin another are ignored, as java.util.zip does.
 */
final class GzipCodec implements Codec {
    private static final int HEADER = 10;
    private static final int TRAILER = 8;
    private static final int MAGIC = 0x8b1f;
    private static final int DEFLATE = 8;
    private static final byte UNKNOWN_OS = (byte) 0xff;

    private static final int HEADER_CRC_FLAG = 2;
    private static final int EXTRA_FLAG = 4;
    private static final int NAME_FLAG = 8;
    private static final int COMMENT_FLAG = 16;
    private static final int RESERVED_FLAGS = 0xe0;

    private static final ContextPool<Compressor> COMPRESSORS =
            new ContextPool<>(Compressor::new, compressor -> compressor.deflater.end());
    private static final ContextPool<Decompressor> DECOMPRESSORS =
            new ContextPool<>(Decompressor::new, decompressor -> decompressor.inflater.end());

    private static final class Compressor {
        final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        final CRC32 crc = new CRC32();
    }

    private static final class Decompressor {
        final Inflater inflater = new Inflater(true);
        final CRC32 crc = new CRC32();
    }

    /** Stored blocks cost 5 bytes for every 16 KiB at worst (zlib, deflateBound). */
    @Override
    public int bound(int length) {
        return length + (length >>> 12) + (length >>> 14) + (length >>> 25) + 13 + HEADER + TRAILER;
    }

    @Override
    public int compress(byte[] source, int index, int length, int level, byte[] target, int targetIndex) {
        int at = targetIndex;
        putInt16(target, at, MAGIC);
        target[at + 2] = DEFLATE;
        for (int i = 3; i < HEADER - 1; i++) {
            target[at + i] = 0;
        }
        target[at + HEADER - 1] = UNKNOWN_OS;
        at += HEADER;

        Compressor compressor = COMPRESSORS.acquire();
        Deflater deflater = compressor.deflater;
        deflater.setLevel(level);
        deflater.setInput(source, index, length);
        deflater.finish();
        while (!deflater.finished()) {
            if (at == target.length) {
                deflater.end();
                throw new IndexOutOfBoundsException("No room for " + length + " bytes compressed with gzip");
            }
            // the first call writes nothing when it has to change the level
            at += deflater.deflate(target, at, target.length - at);
        }
        compressor.crc.update(source, index, length);
        putInt32(target, at, (int) compressor.crc.getValue());
        putInt32(target, at + 4, length);
        deflater.reset();
        compressor.crc.reset();
        COMPRESSORS.release(compressor);
        return at + TRAILER - targetIndex;
    }

    @Override
    public void decompress(byte[] source, int index, int length, DecompressionBuffer target) {
        Decompressor decompressor = DECOMPRESSORS.acquire();
        try {
            int end = index + length;
            int at = index;
            do {
                at = member(decompressor, source, at, end, target);
            } while (end - at >= HEADER + TRAILER && int16(source, at) == MAGIC);
        } finally {
            decompressor.inflater.reset();
            decompressor.crc.reset();
            DECOMPRESSORS.release(decompressor);
        }
    }

    private static int member(
            Decompressor decompressor, byte[] source, int index, int end, DecompressionBuffer target) {
        int data = skipHeader(source, index, end);
        int begin = target.length();
        Inflater inflater = decompressor.inflater;
        inflater.reset();
        inflater.setInput(source, data, end - data);
        inflate(inflater, target);

        int trailer = end - inflater.getRemaining();
        if (end - trailer < TRAILER) {
            throw invalid("it ends before its checksum");
        }
        decompressor.crc.reset();
        decompressor.crc.update(target.array(), begin, target.length() - begin);
        if (int32(source, trailer) != (int) decompressor.crc.getValue()
                || int32(source, trailer + 4) != target.length() - begin) {
            throw invalid("its checksum or size is not that of its data");
        }
        return trailer + TRAILER;
    }

    private static void inflate(Inflater inflater, DecompressionBuffer target) {
        try {
            while (!inflater.finished()) {
                if (target.room() == 0) {
                    target.grow(2);
                }
                int written = inflater.inflate(target.array(), target.length(), target.room());
                if (written == 0 && !inflater.finished() && (inflater.needsInput() || inflater.needsDictionary())) {
                    throw invalid("its data ends early");
                }
                target.advance(written);
            }
        } catch (DataFormatException e) {
            throw invalid("" + e.getMessage());
        }
    }

    private static int skipHeader(byte[] source, int index, int end) {
        if (end - index < HEADER + TRAILER || int16(source, index) != MAGIC || source[index + 2] != DEFLATE) {
            throw invalid("it does not begin with a gzip header");
        }
        int flags = source[index + 3];
        if ((flags & RESERVED_FLAGS) != 0) {
            throw invalid("reserved flags are set in its header");
        }
        int at = index + HEADER;
        if ((flags & EXTRA_FLAG) != 0) {
            at = require(at + 2, end) + int16(source, at);
        }
        if ((flags & NAME_FLAG) != 0) {
            at = skipText(source, at, end);
        }
        if ((flags & COMMENT_FLAG) != 0) {
            at = skipText(source, at, end);
        }
        if ((flags & HEADER_CRC_FLAG) != 0) {
            at += 2;
        }
        return require(at, end);
    }

    private static int skipText(byte[] source, int index, int end) {
        int at = index;
        while (at < end && source[at] != 0) {
            at++;
        }
        return require(at + 1, end);
    }

    private static int require(int index, int end) {
        if (index > end) {
            throw invalid("its header ends early");
        }
        return index;
    }

    private static InvalidRecordException invalid(String reason) {
        return InvalidRecordException.invalid("The gzip data of a batch cannot be read: " + reason);
    }

    private static int int16(byte[] bytes, int index) {
        return (bytes[index] & 0xff) | (bytes[index + 1] & 0xff) << 8;
    }

    private static int int32(byte[] bytes, int index) {
        return int16(bytes, index) | int16(bytes, index + 2) << 16;
    }

    private static void putInt16(byte[] bytes, int index, int value) {
        bytes[index] = (byte) value;
        bytes[index + 1] = (byte) (value >>> 8);
    }

    private static void putInt32(byte[] bytes, int index, int value) {
        putInt16(bytes, index, value);
        putInt16(bytes, index + 2, value >>> 16);
    }
}
