package io.millrace.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Codec;
import io.millrace.protocol.RequestHeader;
import io.millrace.protocol.ResponseHeader;
import io.millrace.protocol.StructJson;
import io.millrace.protocol.Vectors;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.WireException;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Bytes that Kafka's classes wrote, and frames that went between real clients and real brokers. */
class VectorsTest {

    @Test
    @SuppressWarnings("unchecked")
    void readsAndWritesBackEveryMessageVector() {
        Map<ApiKey, Set<Integer>> seen = new EnumMap<>(ApiKey.class);
        for (var vector : Vectors.read("messages.jsonl.gz")) {
            ApiKey key = ApiKey.of((short) number(vector, "api"));
            int version = number(vector, "v");
            boolean request = vector.get("kind").equals("request");
            boolean unknownTag = vector.get("case").equals("unknown-tag");
            String where = key + " " + vector.get("kind") + " v" + version + " " + vector.get("case");

            byte[] headerBytes = bytes(vector, "header");
            int headerVersion = request ? key.requestHeaderVersion(version) : key.responseHeaderVersion(version);
            assertThat(headerVersion).as(where).isEqualTo(number(vector, "hv"));
            Struct header = request ? new RequestHeader() : new ResponseHeader();
            boolean flexibleHeader = headerVersion == (request ? 2 : 1);
            read(header, headerVersion, flexibleHeader, headerBytes);
            assertThat(header instanceof RequestHeader r ? r.correlationId : ((ResponseHeader) header).correlationId)
                    .as(where)
                    .isEqualTo(number(vector, "corr"));

            byte[] body = bytes(vector, "body");
            Message message = Codec.decode(newMessage(key, request), version, body);
            StructJson.assertSame(message, (Map<String, Object>) vector.get("json"), where);
            if (!unknownTag) {
                assertThat(Codec.encode(message, version)).as(where).isEqualTo(body);
                assertThat(write(header, headerVersion, flexibleHeader))
                        .as(where)
                        .isEqualTo(headerBytes);
            }
            seen.computeIfAbsent(key, k -> new TreeSet<>()).add(request ? version : 1000 + version);
        }
        for (ApiKey key : ApiKey.values()) {
            for (int version = key.lowestVersion(); version <= key.highestVersion(); version++) {
                assertThat(seen.get(key)).as(key.name()).contains(version, 1000 + version);
            }
        }
    }

    @Test
    void readsAndWritesBackEveryCapturedFrame() {
        var captures = Vectors.read("captures.jsonl.gz");
        assertThat(captures).hasSizeGreaterThan(250);
        for (var capture : captures) {
            ApiKey key = ApiKey.of((short) number(capture, "api"));
            int version = number(capture, "v");
            String where = capture.get("from") + " " + key + " v" + version;
            if (key.hasVersion(version)) {
                requestFrame(key, version, bytes(capture, "req"), where);
            }
            if (capture.get("resp") != null) {
                int answered = capture.containsKey("rv") ? number(capture, "rv") : version;
                responseFrame(key, answered, bytes(capture, "resp"), where);
            }
        }
    }

    private static void requestFrame(ApiKey key, int version, byte[] frame, String where) {
        ByteBuffer in = ByteBuffer.wrap(frame);
        int headerVersion = key.requestHeaderVersion(version);
        RequestHeader header = new RequestHeader();
        header.wire(new WireReader(in, headerVersion, headerVersion == 2));
        assertThat(header.requestApiKey).as(where).isEqualTo(key.id());
        assertThat(header.requestApiVersion).as(where).isEqualTo((short) version);
        byte[] body = rest(in);
        Message message = Codec.decode(Messages.newRequest(key), version, body);
        assertThat(Codec.encode(message, version)).as(where).isEqualTo(body);
    }

    private static void responseFrame(ApiKey key, int version, byte[] frame, String where) {
        ByteBuffer in = ByteBuffer.wrap(frame);
        int headerVersion = key.responseHeaderVersion(version);
        new ResponseHeader().wire(new WireReader(in, headerVersion, headerVersion == 1));
        byte[] body = rest(in);
        Message message = Codec.decode(Messages.newResponse(key), version, body);
        assertThat(Codec.encode(message, version)).as(where).isEqualTo(body);
    }

    @Test
    @SuppressWarnings("unchecked")
    void readsAndWritesBackTheEmbeddedSchemas() {
        var vectors = Vectors.read("embedded.jsonl.gz");
        assertThat(vectors).hasSizeGreaterThan(100);
        for (var vector : vectors) {
            int version = number(vector, "v");
            byte[] fields = bytes(vector, "body");
            ByteBuffer in = ByteBuffer.allocate(2 + fields.length)
                    .putShort((short) version)
                    .put(fields)
                    .flip();
            String name = (String) vector.get("name");
            VersionedStruct struct = parse(name, in);
            String where = name + " v" + version + " " + vector.get("case");
            assertThat(in.position()).isZero();
            StructJson.assertSame(struct, (Map<String, Object>) vector.get("json"), where);
            if (!vector.get("case").equals("unknown-tag")) {
                assertThat(struct.toBytes(version)).as(where).isEqualTo(in.array());
            }
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void readsTheGroupRecordsOfARealBroker() {
        for (var vector : Vectors.read("group-records.jsonl.gz")) {
            byte[] key = bytes(vector, "key");
            boolean offset = GroupRecords.keyType(ByteBuffer.wrap(key)) == GroupRecords.OFFSET_COMMIT_KEY;
            String where = "key " + HexFormat.of().formatHex(key);
            VersionedStruct parsedKey = parse(offset ? "OffsetCommitKey" : "GroupMetadataKey", ByteBuffer.wrap(key));
            StructJson.assertSame(parsedKey, (Map<String, Object>) vector.get("keyJson"), where);
            assertThat(parsedKey.toBytes(number(vector, "keyType"))).isEqualTo(key);
            if (vector.get("value") != null) {
                byte[] value = bytes(vector, "value");
                VersionedStruct parsed =
                        parse(offset ? "OffsetCommitValue" : "GroupMetadataValue", ByteBuffer.wrap(value));
                StructJson.assertSame(parsed, (Map<String, Object>) vector.get("valueJson"), where);
                assertThat(parsed.toBytes(number(vector, "valueVersion"))).isEqualTo(value);
            }
        }
    }

    @Test
    void groupBytesOfNewerVersionsAreReadAndBrokenOnesRefused() {
        var subscription = new ConsumerProtocol.Subscription();
        subscription.topics = List.of("a", "b");
        subscription.rackId = "r";
        byte[] bytes = subscription.toBytes(3);
        ByteBuffer newer =
                ByteBuffer.allocate(bytes.length + 4).put(bytes).clear().putShort(0, (short) 9);
        assertThat(ConsumerProtocol.Subscription.parse(newer))
                .usingRecursiveComparison()
                .isEqualTo(subscription);
        assertThat(ConsumerProtocol.Assignment.parse(ByteBuffer.allocate(0)).assignedPartitions)
                .isEmpty();
        for (int length = 0; length < bytes.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length);
            assertThatThrownBy(() -> ConsumerProtocol.Subscription.parse(cut)).isInstanceOf(WireException.class);
        }
        newer.putShort(0, (short) -1);
        assertThatThrownBy(() -> ConsumerProtocol.Subscription.parse(newer)).isInstanceOf(WireException.class);
        newer.putShort(0, (short) 5);
        assertThatThrownBy(() -> GroupRecords.OffsetCommitValue.parse(newer)).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> GroupRecords.GroupMetadataValue.parse(newer)).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> GroupRecords.OffsetCommitKey.parse(newer)).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> GroupRecords.GroupMetadataKey.parse(newer)).isInstanceOf(WireException.class);
    }

    private static VersionedStruct parse(String name, ByteBuffer in) {
        return switch (name) {
            case "ConsumerProtocolSubscription" -> ConsumerProtocol.Subscription.parse(in);
            case "ConsumerProtocolAssignment" -> ConsumerProtocol.Assignment.parse(in);
            case "OffsetCommitKey" -> GroupRecords.OffsetCommitKey.parse(in);
            case "OffsetCommitValue" -> GroupRecords.OffsetCommitValue.parse(in);
            case "GroupMetadataKey" -> GroupRecords.GroupMetadataKey.parse(in);
            case "GroupMetadataValue" -> GroupRecords.GroupMetadataValue.parse(in);
            default -> throw new AssertionError(name);
        };
    }

    private static Message newMessage(ApiKey key, boolean request) {
        return request ? Messages.newRequest(key) : Messages.newResponse(key);
    }

    private static void read(Struct struct, int version, boolean flexible, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        struct.wire(new WireReader(in, version, flexible));
        assertThat(in.remaining()).isZero();
    }

    private static byte[] write(Struct struct, int version, boolean flexible) {
        WireWriter out = new WireWriter(version, flexible);
        struct.wire(out);
        return rest(out.written());
    }

    private static byte[] rest(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static int number(Map<String, Object> vector, String name) {
        return ((Long) vector.get(name)).intValue();
    }

    private static byte[] bytes(Map<String, Object> vector, String name) {
        return HexFormat.of().parseHex((String) vector.get(name));
    }
}
