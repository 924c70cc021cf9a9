package io.millrace.protocol.record;

import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/**
 * The codecs of a batch, framed as Kafka's clients frame them. The id is the low three bits of a batch's attributes; the name
 * and the levels are those of the configuration ({@code compression.type}, {@code compression.gzip.level}, …).
 *
 * <p>Safe for use by many threads: native contexts come from a bounded pool. Native code works on heap arrays only; what
 * lies elsewhere is copied first, so that no source, mapped or not, can hurt the process.
 */
public enum Compression {
    NONE("none", 0, 0, 0, new StoredCodec()),
    GZIP("gzip", 1, 9, Deflater.DEFAULT_COMPRESSION, new GzipCodec()),
    SNAPPY("snappy", 0, 0, 0, new SnappyCodec()),
    LZ4("lz4", 1, 17, Lz4Codec.FAST_LEVEL, new Lz4Codec(false)),
    ZSTD("zstd", -131_072, 22, 3, new ZstdCodec());

    private static final Compression[] BY_ID = values();
    private static final Codec LZ4_OF_FORMAT_0 = new Lz4Codec(true);

    private final String configName;
    private final int minLevel;
    private final int maxLevel;
    private final int defaultLevel;
    private final Codec codec;

    Compression(String configName, int minLevel, int maxLevel, int defaultLevel, Codec codec) {
        this.configName = configName;
        this.minLevel = minLevel;
        this.maxLevel = maxLevel;
        this.defaultLevel = defaultLevel;
        this.codec = codec;
    }

    /**
     * The codec of an id as found in attributes.
     *
     * @throws InvalidRecordException with INVALID_RECORD if there is none
     */
    public static Compression of(int id) {
        if (id < 0 || id >= BY_ID.length) {
            throw InvalidRecordException.invalid("There is no compression codec with id " + id);
        }
        return BY_ID[id];
    }

    /**
     * The codec of a configured name, "none" included.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Compression ofConfigName(String name) {
        for (Compression compression : BY_ID) {
            if (compression.configName.equals(name)) {
                return compression;
            }
        }
        throw new IllegalArgumentException(
                "'" + name + "' is not a compression type; use one of none, gzip, snappy, lz4, zstd");
    }

    /** 0 to 4. */
    public int id() {
        return ordinal();
    }

    public String configName() {
        return configName;
    }

    /** The level used when none is configured. */
    public int defaultLevel() {
        return defaultLevel;
    }

    /** Whether {@code level} may be configured; codecs without levels know only their default. */
    public boolean isLevel(int level) {
        return level == defaultLevel || (level >= minLevel && level <= maxLevel);
    }

    /** Bytes that {@code length} bytes can take at most once compressed, {@code length} being at most 1 GiB. */
    public int compressedBound(int length) {
        return codec.bound(length);
    }

    /**
     * Compresses a range of an array into another one, which must have room for {@link #compressedBound}.
     *
     * @param level one that {@link #isLevel} allows
     * @return bytes written
     */
    public int compress(byte[] source, int index, int length, int level, byte[] target, int targetIndex) {
        return compress(codec, source, index, length, level, target, targetIndex);
    }

    /**
     * Decompresses a range of a buffer of any kind, whose position and limit are left alone. What {@code target} held before is
     * replaced. All of the range must be valid, save for what may follow an lz4 frame.
     *
     * @throws InvalidRecordException with INVALID_RECORD if the bytes are not what this codec writes, with MESSAGE_TOO_LARGE if they
     *     decompress to more than {@link DecompressionBuffer#limitFor} allows
     */
    public void decompress(ByteBuffer source, int index, int length, DecompressionBuffer target) {
        decompress(codec, source, index, length, target);
    }

    /** As {@link #compress}, with the frame header that lz4 has in message format 0. */
    int compressFormat0(byte[] source, int index, int length, byte[] target, int targetIndex) {
        return compress(codecOfFormat0(), source, index, length, defaultLevel, target, targetIndex);
    }

    /** As {@link #decompress}, accepting the frame header that lz4 has in message format 0. */
    void decompressFormat0(ByteBuffer source, int index, int length, DecompressionBuffer target) {
        decompress(codecOfFormat0(), source, index, length, target);
    }

    private Codec codecOfFormat0() {
        return this == LZ4 ? LZ4_OF_FORMAT_0 : codec;
    }

    private static int compress(
            Codec codec, byte[] source, int index, int length, int level, byte[] target, int targetIndex) {
        int bound = codec.bound(length);
        if (target.length - targetIndex < bound) {
            // native code trusts the room it is promised
            throw new IllegalArgumentException("Room for " + (target.length - targetIndex) + " bytes where " + length
                    + " may compress to " + bound);
        }
        return codec.compress(source, index, length, level, target, targetIndex);
    }

    private static void decompress(Codec codec, ByteBuffer source, int index, int length, DecompressionBuffer target) {
        target.begin(length);
        if (source.hasArray()) {
            codec.decompress(source.array(), source.arrayOffset() + index, length, target);
        } else {
            codec.decompress(target.stage(source, index, length), 0, length, target);
        }
    }
}
