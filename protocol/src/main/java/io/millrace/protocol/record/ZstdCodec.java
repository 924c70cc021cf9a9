package io.millrace.protocol.record;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

/**
 * Standard zstd frames, one when written, any number when read. Decompressed in one shot into the target: a streaming decoder
 * would first reserve the window that the frame header asks for, up to 128 MiB for a few bytes of input. The target begins
 * with four times the input; when that turns out too small it grows fourfold and the work starts over, which costs a third more
 * at worst. The size that the header names is not believed.
 */
final class ZstdCodec implements Codec {
    private static final int GROWTH = 4;

    private static final ContextPool<ZstdCompressCtx> COMPRESSORS =
            new ContextPool<>(ZstdCompressCtx::new, ZstdCompressCtx::close);
    private static final ContextPool<ZstdDecompressCtx> DECOMPRESSORS =
            new ContextPool<>(ZstdDecompressCtx::new, ZstdDecompressCtx::close);

    @Override
    public int bound(int length) {
        return (int) Zstd.compressBound(length);
    }

    @Override
    public int compress(byte[] source, int index, int length, int level, byte[] target, int targetIndex) {
        ZstdCompressCtx compressor = COMPRESSORS.acquire();
        try {
            return compressor
                    .setLevel(level)
                    .compressByteArray(target, targetIndex, target.length - targetIndex, source, index, length);
        } finally {
            COMPRESSORS.release(compressor);
        }
    }

    @Override
    public void decompress(byte[] source, int index, int length, DecompressionBuffer target) {
        if (length == 0) {
            throw invalid("there is none");
        }
        ZstdDecompressCtx decompressor = DECOMPRESSORS.acquire();
        try {
            target.tryRoom((int) Math.min(Integer.MAX_VALUE, (long) length * GROWTH));
            while (!fits(decompressor, source, index, length, target)) {
                target.grow(GROWTH);
            }
        } finally {
            decompressor.reset();
            DECOMPRESSORS.release(decompressor);
        }
    }

    private static boolean fits(
            ZstdDecompressCtx decompressor, byte[] source, int index, int length, DecompressionBuffer target) {
        try {
            target.advance(decompressor.decompressByteArray(
                    target.array(), target.length(), target.room(), source, index, length));
            return true;
        } catch (ZstdException e) {
            if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
                return false;
            }
            throw invalid("" + e.getMessage());
        }
    }

    private static InvalidRecordException invalid(String reason) {
        return InvalidRecordException.invalid("The zstd data of a batch cannot be read: " + reason);
    }
}
