package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.millrace.protocol.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;

/** Codecs: what others write is read, what is not theirs is refused, and no input costs more than it is worth. */
class CompressionTest {
    private static final int MIB = 1 << 20;

    private final DecompressionBuffer target = new DecompressionBuffer();

    @ParameterizedTest
    @EnumSource
    void givesBackWhatItWasGivenAtEveryLevelAndSize(Compression compression) {
        for (int length : new int[] {0, 1, 100, 32767, 32768, 32769, 65535, 65536, 65537, 200_000, 5 * MIB}) {
            for (byte[] input : new byte[][] {text(length), noise(length), new byte[length]}) {
                assertThat(decompressed(compression, compressed(compression, input, compression.defaultLevel())))
                        .as("%d bytes", length)
                        .isEqualTo(input);
            }
        }
        byte[] input = text(100_000);
        for (int level = -2; level <= 22; level++) {
            if (compression.isLevel(level)) {
                assertThat(decompressed(compression, compressed(compression, input, level)))
                        .as("level %d", level)
                        .isEqualTo(input);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void ofALevelThatIsHigherIsSmaller(Compression compression) {
        byte[] input = text(300_000);
        int byDefault = compressed(compression, input, compression.defaultLevel()).length;
        assertThat(byDefault).isLessThan(input.length / 2);
        int highest = switch (compression) {
            case GZIP -> 9;
            case LZ4 -> 17;
            case ZSTD -> 22;
            default -> compression.defaultLevel();
        };
        assertThat(compressed(compression, input, highest).length).isLessThanOrEqualTo(byDefault);
        assertThat(compression.isLevel(highest)).isTrue();
        assertThat(compression.isLevel(highest + 1)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void refusesToWriteIntoLessThanItsBound(Compression compression) {
        byte[] input = noise(1000);
        int bound = compression.compressedBound(input.length);
        assertThatThrownBy(() -> compression.compress(
                        input, 0, input.length, compression.defaultLevel(), new byte[bound + 4], 5))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aBombFailsAtTheLimitWithoutCostingMore(Compression compression) throws IOException {
        byte[] bomb = bomb(compression, 64);
        DecompressionBuffer fresh = new DecompressionBuffer();
        long before = Allocation.ofThisThread();
        assertThatThrownBy(() -> compression.decompress(ByteBuffer.wrap(bomb), 0, bomb.length, fresh))
                .isInstanceOf(InvalidRecordException.class)
                .extracting("errorCode")
                .isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
        int limit = DecompressionBuffer.limitFor(bomb.length);
        assertThat(limit).isLessThan(32 * MIB);
        assertThat(Allocation.ofThisThread() - before).isLessThan(5L * limit / 2);

        assertThat(decompressed(compression, compressed(compression, new byte[15 * MIB], compression.defaultLevel())))
                .hasSize(15 * MIB);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void fewBytesReserveLittleWhateverTheyClaim(Compression compression) {
        byte[] claim = switch (compression) {
            // a raw block that says to hold 15 MiB
            case SNAPPY -> new byte[] {(byte) 0x80, (byte) 0x80, (byte) 0xc0, 7, 0, 0};
            // a content size of 15 MiB, blocks of 4 MiB, and one of a few bytes
            case LZ4 ->
                lz4Frame(0x68, 0x70, new byte[] {0, 0, (byte) 0xf0, 0, 0, 0, 0, 0}, new byte[] {3, 0, 0, 0, 1, 2, 3});
            // a frame with a content size of 15 MiB and a window of 128 MiB
            case ZSTD ->
                new byte[] {
                    0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, (byte) 0x80, (byte) 0x88, 0, 0, (byte) 0xf0, 0, 1, 0, 0
                };
            default -> new byte[30];
        };
        long before = Allocation.ofThisThread();
        assertThatThrownBy(() ->
                        compression.decompress(ByteBuffer.wrap(claim), 0, claim.length, new DecompressionBuffer()))
                .isInstanceOf(InvalidRecordException.class)
                .extracting("errorCode")
                .isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(Allocation.ofThisThread() - before).isLessThan(MIB);
    }

    @Test
    void aLargeBatchMayGrowEightfold() {
        byte[] input = new byte[24 * MIB];
        Arrays.fill(input, 20 * MIB, input.length, (byte) 'x');
        new Random(1).nextBytes(input);
        Arrays.fill(input, 3 * MIB + MIB / 2, input.length, (byte) 'x');
        assertThat(decompressed(Compression.ZSTD, compressed(Compression.ZSTD, input, 3)))
                .isEqualTo(input);
        assertThat(DecompressionBuffer.limitFor(Integer.MAX_VALUE)).isPositive();
    }

    @Test
    void readsRawSnappyAndLargeBlocks() throws IOException {
        byte[] input = text(100_000);
        assertThat(decompressed(Compression.SNAPPY, Snappy.compress(input))).isEqualTo(input);
    }

    @Test
    void readsGzipWithEveryHeaderFieldAndSeveralMembers() throws IOException {
        byte[] input = text(10_000);
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(plain)) {
            gzip.write(input);
        }
        byte[] member = plain.toByteArray();
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        two.write(member, 0, 3);
        two.write(2 | 4 | 8 | 16);
        two.write(member, 4, 6);
        two.write(new byte[] {3, 0, 'a', 'b', 'c'});
        two.write(new byte[] {'n', 'a', 'm', 'e', 0, 'n', 'o', 't', 'e', 0, 1, 2});
        two.write(member, 10, member.length - 10);
        two.write(member);
        two.write(new byte[] {1, 2, 3});
        byte[] twice = Arrays.copyOf(input, input.length * 2);
        System.arraycopy(input, 0, twice, input.length, input.length);
        assertThat(decompressed(Compression.GZIP, two.toByteArray())).isEqualTo(twice);
    }

    @Test
    void readsLz4FramesOfOtherWriters() throws IOException {
        byte[] input = text(700_000);
        for (BLOCKSIZE blocks : BLOCKSIZE.values()) {
            for (FLG.Bits[] bits : new FLG.Bits[][] {
                {FLG.Bits.BLOCK_INDEPENDENCE},
                {FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.BLOCK_CHECKSUM},
                {FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.CONTENT_CHECKSUM, FLG.Bits.CONTENT_SIZE},
            }) {
                ByteArrayOutputStream frame = new ByteArrayOutputStream();
                try (OutputStream lz4 = new LZ4FrameOutputStream(frame, blocks, input.length, bits)) {
                    lz4.write(input);
                }
                assertThat(decompressed(Compression.LZ4, frame.toByteArray())).isEqualTo(input);
            }
        }
    }

    @Test
    void readsSeveralZstdFramesAndStreamsWithoutASize() throws IOException {
        byte[] input = text(300_000);
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        frames.write(Zstd.compress(Arrays.copyOf(input, 100_000)));
        try (OutputStream zstd = new ZstdOutputStreamNoFinalizer(frames, 19)) {
            zstd.write(input, 100_000, 200_000);
        }
        assertThat(decompressed(Compression.ZSTD, frames.toByteArray())).isEqualTo(input);
    }

    @Test
    void lz4OfFormat0HasAChecksumOfItsOwn() {
        byte[] input = text(1000);
        byte[] frame = new byte[Compression.LZ4.compressedBound(input.length)];
        int length = Compression.LZ4.compressFormat0(input, 0, input.length, frame, 0);
        // over the magic too; Kafka's vectors of format 0 have the same byte
        assertThat(frame[6]).isNotEqualTo(compressed(Compression.LZ4, input, 9)[6]);
        assertThat(frame[6]).isEqualTo((byte) 0x1a);
        Compression.LZ4.decompressFormat0(ByteBuffer.wrap(frame), 0, length, target);
        assertThat(target.buffer()).isEqualTo(ByteBuffer.wrap(input));
        assertThatThrownBy(() -> decompressed(Compression.LZ4, Arrays.copyOf(frame, length)))
                .isInstanceOf(InvalidRecordException.class);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyPrefixAndEveryFlippedByteIsRefusedOrRead(Compression compression) {
        byte[] input = text(3000);
        byte[] whole = compressed(compression, input, compression.defaultLevel());
        int refused = 0;
        for (int length = 0; length < whole.length; length++) {
            refused += isRefused(compression, Arrays.copyOf(whole, length)) ? 1 : 0;
        }
        // snappy's blocks have no end mark, so a prefix that ends with a block is a whole
        assertThat(refused).isGreaterThanOrEqualTo(whole.length - 1);
        for (int i = 0; i < whole.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = whole.clone();
                flipped[i] ^= (byte) (1 << bit);
                boolean read = !isRefused(compression, flipped);
                if (compression == Compression.GZIP && read) {
                    // it has a checksum of its own, so the bit was one of time or system in the header
                    assertThat(target.buffer()).isEqualTo(ByteBuffer.wrap(input));
                }
            }
        }
        assertThat(decompressed(compression, whole))
                .as("contexts are fit for the next use")
                .isEqualTo(input);
    }

    @Test
    void knowsItsNamesAndIds() {
        for (Compression compression : Compression.values()) {
            assertThat(Compression.of(compression.id())).isEqualTo(compression);
            assertThat(Compression.ofConfigName(compression.configName())).isEqualTo(compression);
        }
        assertThatThrownBy(() -> Compression.of(5)).isInstanceOf(InvalidRecordException.class);
        assertThatThrownBy(() -> Compression.of(-1)).isInstanceOf(InvalidRecordException.class);
        assertThatThrownBy(() -> Compression.ofConfigName("lzma"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lzma");
    }

    private boolean isRefused(Compression compression, byte[] bytes) {
        try {
            compression.decompress(ByteBuffer.wrap(bytes), 0, bytes.length, target);
            return false;
        } catch (InvalidRecordException e) {
            return true;
        }
    }

    private static byte[] compressed(Compression compression, byte[] input, int level) {
        byte[] padded = new byte[input.length + 7];
        System.arraycopy(input, 0, padded, 3, input.length);
        byte[] out = new byte[compression.compressedBound(input.length) + 9];
        Arrays.fill(out, (byte) 0x5a);
        int length = compression.compress(padded, 3, input.length, level, out, 4);
        assertThat(out[3]).isEqualTo((byte) 0x5a);
        return Arrays.copyOfRange(out, 4, 4 + length);
    }

    private byte[] decompressed(Compression compression, byte[] bytes) {
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 5).put(2, bytes);
        compression.decompress(direct, 2, bytes.length, target);
        byte[] copied = new byte[target.length()];
        target.buffer().get(copied);
        ByteBuffer heap = ByteBuffer.allocate(bytes.length + 5).put(4, bytes).slice(1, bytes.length + 4);
        compression.decompress(heap, 3, bytes.length, target);
        assertThat(target.buffer()).isEqualTo(ByteBuffer.wrap(copied));
        return copied;
    }

    private static byte[] bomb(Compression compression, int mebibytes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = switch (compression) {
            case GZIP -> new GZIPOutputStream(bytes);
            case LZ4 -> new LZ4FrameOutputStream(bytes);
            case ZSTD -> new ZstdOutputStreamNoFinalizer(bytes);
            default -> bytes;
        }) {
            byte[] zeros = new byte[MIB];
            for (int i = 0; i < mebibytes; i++) {
                out.write(zeros);
            }
        }
        return compression == Compression.SNAPPY ? Snappy.compress(bytes.toByteArray()) : bytes.toByteArray();
    }

    private static byte[] lz4Frame(int flags, int blocks, byte[] rest, byte[] data) {
        byte[] header = new byte[2 + rest.length];
        header[0] = (byte) flags;
        header[1] = (byte) blocks;
        System.arraycopy(rest, 0, header, 2, rest.length);
        int hash = net.jpountz.xxhash.XXHashFactory.safeInstance().hash32().hash(header, 0, header.length, 0);
        return ByteBuffer.allocate(4 + header.length + 1 + data.length)
                .put(new byte[] {4, 0x22, 0x4d, 0x18})
                .put(header)
                .put((byte) (hash >> 8))
                .put(data)
                .array();
    }

    private static byte[] text(int length) {
        Random random = new Random(length);
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
            text[i] = (byte) (i % 40 < 30 ? "the quick brown fox jumps over".charAt(i % 40) : 'a' + random.nextInt(26));
        }
        return text;
    }

    private static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(length).nextBytes(noise);
        return noise;
    }
}
