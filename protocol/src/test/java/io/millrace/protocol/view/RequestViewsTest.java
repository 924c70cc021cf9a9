package io.millrace.protocol.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Codec;
import io.millrace.protocol.RandomMessages;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.wire.Varint;
import io.millrace.protocol.wire.Wire;
import io.millrace.protocol.wire.WireException;
import io.millrace.protocol.wire.WireReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The request views against the symmetric codec. */
class RequestViewsTest {
    private static final int ROUNDS = 200;
    private static final int SHIFT = 7;

    private final TopicInterner interner = new TopicInterner();
    private final ProduceRequestView produceView = new ProduceRequestView(interner);
    private final FetchRequestView fetchView = new FetchRequestView(interner);

    static IntStream produceVersions() {
        return IntStream.rangeClosed(ApiKey.PRODUCE.lowestVersion(), ApiKey.PRODUCE.highestVersion());
    }

    static IntStream fetchVersions() {
        return IntStream.rangeClosed(ApiKey.FETCH.lowestVersion(), ApiKey.FETCH.highestVersion());
    }

    @ParameterizedTest
    @MethodSource("produceVersions")
    void readsTheProduceRequestsThatTheCodecWrites(int version) {
        RandomMessages messages = new RandomMessages(version);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = messages.fill(new Produce.Request(), version);
            ByteBuffer body = placed(bytes);
            Produce.Request seen = read(produceView.wrap(body, version), body);
            assertThat(Codec.encode(seen, version)).isEqualTo(bytes);
            produceView.rewind();
            assertThat(Codec.encode(read(produceView, body), version)).isEqualTo(bytes);
            assertThat(body.position()).isEqualTo(SHIFT);
            assertThat(body.limit()).isEqualTo(SHIFT + bytes.length);
        }
    }

    @ParameterizedTest
    @MethodSource("fetchVersions")
    void readsTheFetchRequestsThatTheCodecWrites(int version) {
        RandomMessages messages = new RandomMessages(version);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = messages.fill(new Fetch.Request(), version);
            ByteBuffer body = placed(bytes);
            Fetch.Request seen = read(fetchView.wrap(body, version));
            assertThat(Codec.encode(seen, version)).isEqualTo(bytes);
            fetchView.rewind();
            assertThat(Codec.encode(read(fetchView), version)).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @MethodSource("produceVersions")
    void refusesTheProduceRequestsThatTheCodecRefuses(int version) {
        refusesWhatTheCodecRefuses(ApiKey.PRODUCE, version);
    }

    @ParameterizedTest
    @MethodSource("fetchVersions")
    void refusesTheFetchRequestsThatTheCodecRefuses(int version) {
        refusesWhatTheCodecRefuses(ApiKey.FETCH, version);
    }

    private void refusesWhatTheCodecRefuses(ApiKey key, int version) {
        RandomMessages messages = new RandomMessages(version);
        Random random = new Random(version);
        int refused = 0;
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = messages.fill(Messages.newRequest(key), version);
            if (random.nextInt(3) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? -1 : random.nextInt());
            }
            byte[] codec = byCodec(key, version, bytes);
            byte[] view = byView(key, version, bytes);
            assertThat(view)
                    .as("version %s: %s", version, HexFormat.of().formatHex(bytes))
                    .isEqualTo(codec);
            refused += codec == null ? 1 : 0;
        }
        assertThat(refused).isGreaterThan(200);
    }

    private byte[] byCodec(ApiKey key, int version, byte[] bytes) {
        Message message = Messages.newRequest(key);
        try {
            message.wire(new WireReader(ByteBuffer.wrap(bytes), version, key.isFlexible(version)));
        } catch (WireException e) {
            return null;
        }
        return Codec.encode(message, version);
    }

    private byte[] byView(ApiKey key, int version, byte[] bytes) {
        ByteBuffer body = placed(bytes);
        try {
            return Codec.encode(
                    key == ApiKey.PRODUCE
                            ? read(produceView.wrap(body, version), body)
                            : read(fetchView.wrap(body, version)),
                    version);
        } catch (WireException e) {
            return null;
        }
    }

    @Test
    void walksOnWhenTheCallerLeavesATopicEarly() {
        Produce.Request request = new Produce.Request();
        request.topicData = List.of(produceTopic("a", 3), produceTopic("b", 0), produceTopic("c", 1));
        produceView.wrap(ByteBuffer.wrap(Codec.encode(request, 9)), 9);
        assertThat(produceView.topicCount()).isEqualTo(3);
        assertThat(produceView.partitionCount()).isEqualTo(4);
        List<String> names = new ArrayList<>();
        while (produceView.nextTopic()) {
            names.add(produceView.topic() + produceView.partitionsInTopic());
            produceView.nextPartition();
        }
        assertThat(names).containsExactly("a3", "b0", "c1");
        assertThat(produceView.nextPartition()).isFalse();
    }

    @Test
    void forgottenTopicsCanBeWalkedWithoutTheOthers() {
        Fetch.Request request = new Fetch.Request();
        Fetch.Request.FetchTopic topic = new Fetch.Request.FetchTopic();
        topic.topicId = new Uuid(1, 2);
        topic.partitions = List.of(new Fetch.Request.FetchPartition(), new Fetch.Request.FetchPartition());
        request.topics = List.of(topic);
        Fetch.Request.ForgottenTopic forgotten = new Fetch.Request.ForgottenTopic();
        forgotten.topicId = new Uuid(3, 4);
        forgotten.partitions = new int[] {5, 6};
        request.forgottenTopicsData = List.of(forgotten);
        fetchView.wrap(ByteBuffer.wrap(Codec.encode(request, 15)), 15);
        assertThat(fetchView.nextTopic()).isTrue();
        assertThat(fetchView.nextForgottenTopic()).isTrue();
        assertThat(fetchView.topicId()).isEqualTo(new Uuid(3, 4));
        assertThat(fetchView.nextForgottenPartition()).isTrue();
        assertThat(fetchView.nextForgottenPartition()).isTrue();
        assertThat(fetchView.partition()).isEqualTo(6);
        assertThat(fetchView.nextForgottenPartition()).isFalse();
        assertThat(fetchView.nextForgottenTopic()).isFalse();
        assertThat(fetchView.nextPartition()).isFalse();
    }

    @Test
    void refusesStringsLongerThanTheCodecAllows() {
        for (int length : new int[] {Wire.MAX_STRING_BYTES, Wire.MAX_STRING_BYTES + 1}) {
            ByteBuffer body = ByteBuffer.allocate(40_000);
            body.put((byte) 0).putShort((short) 1).putInt(1_000).put((byte) 2);
            Varint.writeUnsigned(body, length + 1);
            body.position(body.position() + length).put(new byte[] {1, 0, 0});
            byte[] bytes = Arrays.copyOf(body.array(), body.position());
            if (length == Wire.MAX_STRING_BYTES) {
                Codec.decode(new Produce.Request(), 9, bytes);
                produceView.wrap(ByteBuffer.wrap(bytes), 9);
            } else {
                assertThatThrownBy(() -> Codec.decode(new Produce.Request(), 9, bytes))
                        .isInstanceOf(WireException.class);
                assertThatThrownBy(() -> produceView.wrap(ByteBuffer.wrap(bytes), 9))
                        .isInstanceOf(WireException.class);
            }
        }
    }

    @Test
    void refusesAVersionThatDoesNotExist() {
        ByteBuffer body = ByteBuffer.allocate(100);
        assertThatThrownBy(() -> produceView.wrap(body, 14)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fetchView.wrap(body, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Produce.Request.TopicProduceData produceTopic(String name, int partitions) {
        Produce.Request.TopicProduceData topic = new Produce.Request.TopicProduceData();
        topic.name = name;
        topic.partitionData = IntStream.range(0, partitions)
                .mapToObj(i -> {
                    var partition = new Produce.Request.PartitionProduceData();
                    partition.index = i;
                    return partition;
                })
                .toList();
        return topic;
    }

    /** A direct buffer with bytes of something else on both sides. */
    private static ByteBuffer placed(byte[] bytes) {
        return ByteBuffer.allocateDirect(SHIFT + bytes.length + SHIFT)
                .position(SHIFT)
                .put(bytes)
                .flip()
                .position(SHIFT);
    }

    private static Produce.Request read(ProduceRequestView view, ByteBuffer body) {
        Produce.Request request = new Produce.Request();
        request.transactionalId = view.transactionalId();
        request.acks = view.acks();
        request.timeoutMs = view.timeoutMs();
        request.topicData = new ArrayList<>();
        int partitions = 0;
        while (view.nextTopic()) {
            var topic = new Produce.Request.TopicProduceData();
            topic.name = view.topic();
            topic.topicId = view.topicId();
            topic.partitionData = new ArrayList<>();
            request.topicData.add(topic);
            while (view.nextPartition()) {
                var partition = new Produce.Request.PartitionProduceData();
                partition.index = view.partition();
                partition.records = slice(body, view.recordsIndex(), view.recordsLength());
                topic.partitionData.add(partition);
                partitions++;
            }
            assertThat(topic.partitionData).hasSize(view.partitionsInTopic());
        }
        assertThat(request.topicData).hasSize(view.topicCount());
        assertThat(partitions).isEqualTo(view.partitionCount());
        return request;
    }

    private static Fetch.Request read(FetchRequestView view) {
        Fetch.Request request = new Fetch.Request();
        if (view.version() < 15) {
            request.replicaId = view.replicaId();
        } else {
            request.replicaState.replicaId = view.replicaId();
            request.replicaState.replicaEpoch = view.replicaEpoch();
        }
        request.maxWaitMs = view.maxWaitMs();
        request.minBytes = view.minBytes();
        request.maxBytes = view.maxBytes();
        request.isolationLevel = view.isolationLevel();
        request.sessionId = view.sessionId();
        request.sessionEpoch = view.sessionEpoch();
        request.rackId = view.rackId();
        request.clusterId = view.clusterId();
        request.topics = new ArrayList<>();
        int partitions = 0;
        while (view.nextTopic()) {
            var topic = new Fetch.Request.FetchTopic();
            topic.topic = view.topic();
            topic.topicId = view.topicId();
            topic.partitions = new ArrayList<>();
            request.topics.add(topic);
            while (view.nextPartition()) {
                topic.partitions.add(partition(view));
                partitions++;
            }
            assertThat(topic.partitions).hasSize(view.partitionsInTopic());
        }
        assertThat(request.topics).hasSize(view.topicCount());
        assertThat(partitions).isEqualTo(view.partitionCount());
        request.forgottenTopicsData = new ArrayList<>();
        while (view.nextForgottenTopic()) {
            var topic = new Fetch.Request.ForgottenTopic();
            topic.topic = view.topic();
            topic.topicId = view.topicId();
            topic.partitions = new int[view.partitionsInTopic()];
            for (int i = 0; view.nextForgottenPartition(); i++) {
                topic.partitions[i] = view.partition();
            }
            request.forgottenTopicsData.add(topic);
        }
        assertThat(request.forgottenTopicsData).hasSize(view.forgottenTopicCount());
        return request;
    }

    private static Fetch.Request.FetchPartition partition(FetchRequestView view) {
        var partition = new Fetch.Request.FetchPartition();
        partition.partition = view.partition();
        partition.currentLeaderEpoch = view.currentLeaderEpoch();
        partition.fetchOffset = view.fetchOffset();
        partition.lastFetchedEpoch = view.lastFetchedEpoch();
        partition.logStartOffset = view.logStartOffset();
        partition.partitionMaxBytes = view.partitionMaxBytes();
        partition.highWatermark = view.highWatermark();
        partition.replicaDirectoryId = view.replicaDirectoryId();
        return partition;
    }

    private static ByteBuffer slice(ByteBuffer body, int index, int length) {
        return length < 0 ? null : body.slice(index, length);
    }
}
