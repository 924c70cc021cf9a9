package io.millrace.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Codec;
import io.millrace.protocol.RandomMessages;
import io.millrace.protocol.RequestHeader;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.message.Metadata;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes: only a WireException comes out, and what is allocated stays in proportion to the frame. */
class HostileBytesTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Reader, message, exception. */
    private static final int BASE_BYTES = 32 << 10;

    /** An array of one-letter strings: two bytes on the wire; a reference, a String and its bytes on the heap. */
    private static final int BYTES_PER_BYTE = 32;

    private static final int BOMB_BYTES = 32 << 10;
    private static final int HUGE_BYTES = 40_000_000;

    @ParameterizedTest
    @EnumSource(ApiKey.class)
    void truncatedAndMutatedFramesAreRefusedOrRead(ApiKey key) {
        Random random = new Random(key.id());
        int refused = 0;
        for (boolean request : new boolean[] {true, false}) {
            for (int version = key.lowestVersion(); version <= key.highestVersion(); version++) {
                RandomMessages messages = new RandomMessages(version);
                for (int round = 0; round < 100; round++) {
                    byte[] valid = messages.fill(newMessage(key, request), version);
                    refused += decodes(key, request, version, mutated(valid, random)) ? 0 : 1;
                    if (valid.length > 0) {
                        byte[] cut = Arrays.copyOf(valid, random.nextInt(valid.length));
                        assertThat(decodes(key, request, version, cut))
                                .as(
                                        "%s v%s cut %s",
                                        key, version, HexFormat.of().formatHex(cut))
                                .isFalse();
                    }
                }
            }
        }
        assertThat(refused).isPositive();
    }

    /** Anywhere in a valid message the largest count that fits, followed by as many of the smallest elements. */
    @ParameterizedTest
    @EnumSource(ApiKey.class)
    void aCountAsLargeAsTheFrameCostsNoMoreThanItsElements(ApiKey key) {
        for (boolean request : new boolean[] {true, false}) {
            for (int version = key.lowestVersion(); version <= key.highestVersion(); version++) {
                byte[] valid = new RandomMessages(version).fill(newMessage(key, request), version);
                for (int position = 0; position < Math.min(valid.length, 80); position++) {
                    for (int fill = 0; fill < 3; fill++) {
                        decodes(key, request, version, bomb(key.isFlexible(version), valid, position, fill));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void hugeFramesFullOfElementsAreRefusedBeforeTheyCostTwiceTheirSize(int fill) {
        for (ApiKey key : ApiKey.values()) {
            for (int version : new int[] {key.lowestVersion(), key.highestVersion()}) {
                byte[] valid = Codec.encode(Messages.newRequest(key), version);
                byte[] bytes = new byte[HUGE_BYTES];
                Arrays.fill(bytes, (byte) fill);
                for (int position = 0; position < valid.length; position += 3) {
                    System.arraycopy(valid, 0, bytes, 0, position);
                    ByteBuffer at = ByteBuffer.wrap(bytes).position(position);
                    length(at, key.isFlexible(version), HUGE_BYTES / 2 - 1_000);
                    long before = THREADS.getCurrentThreadAllocatedBytes();
                    try {
                        read(key, true, version, ByteBuffer.wrap(bytes));
                    } catch (WireException e) {
                        // refused is what we expect, but read to the end is as good
                    }
                    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
                            .as("%s v%s position %s", key, version, position)
                            .isLessThan(2L * HUGE_BYTES);
                }
            }
        }
    }

    @Test
    void countsOfTaggedFieldsAreCapped() {
        assertThat(decodes(ApiKey.HEARTBEAT, true, 4, heartbeatWithTags(Wire.MAX_TAGGED_FIELDS)))
                .isTrue();
        assertThat(decodes(ApiKey.HEARTBEAT, true, 4, heartbeatWithTags(Wire.MAX_TAGGED_FIELDS + 1)))
                .isFalse();
        assertThat(decodes(ApiKey.HEARTBEAT, true, 4, heartbeatWithTags(100_000)))
                .isFalse();
    }

    @Test
    void taggedFieldsMustRiseAndFillTheSizeTheyAnnounce() {
        Fetch.Request request = new Fetch.Request();
        byte[] noTags = Codec.encode(request, 15);
        assertThat(noTags[noTags.length - 1]).isZero();

        assertThat(fetchWithTags("02 00 02 02 61 01 0d 00000001 0000000000000002 00"))
                .satisfies(r -> {
                    assertThat(r.clusterId).isEqualTo("a");
                    assertThat(r.replicaState.replicaId).isEqualTo(1);
                    assertThat(r.replicaState.replicaEpoch).isEqualTo(2);
                });
        assertThat(fetchWithTags("03 00 02 02 61 05 03 010203 09 00").clusterId).isEqualTo("a");
        String[] broken = {
            "02 01 0d 00000001 0000000000000002 00 00 02 02 61", // falling
            "02 00 02 02 61 00 02 02 61", // twice
            "01 00 03 02 61 00", // the value is shorter than its size
            "01 00 01 02 61", // the value is longer than its size
            "01 00 05 02 61", // the size is beyond the end
            "01 00 ff ff ff ff 0f 02 61", // a size of 2^32-1
            "01 ff ff ff ff 0f 02 02 61", // a tag of 2^32-1
            "ff ff ff ff 0f", // that many
            "ff ff ff ff ff ff 01", // an endless varint
            "01 01 0c 00000001 0000000000000002 00", // a structure longer than its size
        };
        for (String tags : broken) {
            assertThatThrownBy(() -> fetchWithTags(tags)).as(tags).isInstanceOf(WireException.class);
        }
    }

    @Test
    void aNegativeCountIsNullWhereNullMayBe() {
        ByteBuffer body = ByteBuffer.allocate(4).putInt(-5).flip();
        Metadata.Request request = new Metadata.Request();
        request.wire(new WireReader(body.duplicate(), 1, false));
        assertThat(request.topics).isNull();
        assertThat(decodes(ApiKey.FIND_COORDINATOR, true, 4, new byte[] {0, 0, 0}))
                .isFalse();
        assertThat(decodes(ApiKey.CREATE_TOPICS, true, 0, body.array())).isFalse();
    }

    @Test
    void stringsEndAt32767Bytes() {
        WireWriter out = new WireWriter(9, true);
        assertThatThrownBy(() -> out.string("x".repeat(Wire.MAX_STRING_BYTES + 1)))
                .isInstanceOf(WireException.class);
        ByteBuffer in = ByteBuffer.allocate(40_000);
        Varint.writeUnsigned(in, Wire.MAX_STRING_BYTES + 2);
        in.clear();
        assertThatThrownBy(() -> new WireReader(in, 9, true).string("")).isInstanceOf(WireException.class);
        Varint.writeUnsigned(in.clear(), Wire.MAX_STRING_BYTES + 1);
        in.clear();
        assertThat(new WireReader(in, 9, true).string("")).hasSize(Wire.MAX_STRING_BYTES);
    }

    @Test
    void clientIdsThatAreOddAreReadAndImpossibleOnesRefused() {
        assertThat(header("0012 0003 00000001 ffff 00").clientId).isNull();
        assertThat(header("0012 0003 00000001 0002 c328 00").clientId).isEqualTo("\ufffd(");
        assertThat(header("0012 0003 00000001 0000 01 07 01 09").clientId).isEmpty();
        for (String broken : new String[] {
            "0012 0003 00000001 fffe 00", "0012 0003 00000001 7fff 61 00", "0012 0003 00000001", "0012 0003 0000", ""
        }) {
            assertThatThrownBy(() -> header(broken)).as(broken).isInstanceOf(WireException.class);
        }
    }

    private static RequestHeader header(String hex) {
        RequestHeader header = new RequestHeader();
        header.wire(new WireReader(hex(hex), 2, true));
        return header;
    }

    private static Fetch.Request fetchWithTags(String hex) {
        byte[] noTags = Codec.encode(new Fetch.Request(), 15);
        ByteBuffer tags = hex(hex);
        byte[] bytes = Arrays.copyOf(noTags, noTags.length - 1 + tags.remaining());
        tags.get(bytes, noTags.length - 1, tags.remaining());
        return Codec.decode(new Fetch.Request(), 15, bytes);
    }

    private static ByteBuffer hex(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static byte[] heartbeatWithTags(int count) {
        byte[] noTags = Codec.encode(Messages.newRequest(ApiKey.HEARTBEAT), 4);
        ByteBuffer out =
                ByteBuffer.allocate(noTags.length + 5 + 4 * count).put(noTags).position(noTags.length - 1);
        Varint.writeUnsigned(out, count);
        for (int tag = 0; tag < count; tag++) {
            Varint.writeUnsigned(out, tag);
            Varint.writeUnsigned(out, 0);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] mutated(byte[] valid, Random random) {
        byte[] bytes = valid.clone();
        for (int i = 1 + random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte)
                    switch (random.nextInt(3)) {
                        case 0 -> -1;
                        case 1 -> 0x7f;
                        default -> random.nextInt();
                    };
        }
        return bytes;
    }

    private static byte[] bomb(boolean flexible, byte[] valid, int position, int fill) {
        byte[] bytes = new byte[BOMB_BYTES];
        Arrays.fill(bytes, (byte) fill);
        System.arraycopy(valid, 0, bytes, 0, position);
        length(ByteBuffer.wrap(bytes).position(position), flexible, BOMB_BYTES - position - Varint.MAX_BYTES);
        return bytes;
    }

    private static void length(ByteBuffer out, boolean flexible, int length) {
        if (flexible) {
            Varint.writeUnsigned(out, length + 1);
        } else {
            out.putInt(length);
        }
    }

    /** Whether the frame could be read; heap and direct buffers agree, and neither allocates out of proportion. */
    private static boolean decodes(ApiKey key, boolean request, int version, byte[] bytes) {
        ByteBuffer heap = ByteBuffer.wrap(bytes);
        boolean read = readsInProportion(key, request, version, heap);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length + 4)
                .position(4)
                .put(bytes)
                .position(4)
                .slice();
        assertThat(readsInProportion(key, request, version, direct)).isEqualTo(read);
        return read;
    }

    private static boolean readsInProportion(ApiKey key, boolean request, int version, ByteBuffer in) {
        int size = in.remaining();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        boolean read = true;
        try {
            read(key, request, version, in);
        } catch (WireException e) {
            read = false;
        }
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
                .as("%s %s v%s of %s bytes", key, request ? "request" : "response", version, size)
                .isLessThan(BASE_BYTES + (long) BYTES_PER_BYTE * size);
        return read;
    }

    private static void read(ApiKey key, boolean request, int version, ByteBuffer in) {
        newMessage(key, request).wire(new WireReader(in, version, key.isFlexible(version)));
    }

    private static Message newMessage(ApiKey key, boolean request) {
        return request ? Messages.newRequest(key) : Messages.newResponse(key);
    }
}
