package io.millrace.protocol.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.RandomMessages;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.wire.WireException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The response writers against the symmetric codec. */
class ResponseWritersTest {
    private static final int ROUNDS = 200;

    private final ProduceResponseWriter produce = new ProduceResponseWriter();
    private final FetchResponseWriter fetch = new FetchResponseWriter();

    static IntStream produceVersions() {
        return IntStream.rangeClosed(ApiKey.PRODUCE.lowestVersion(), ApiKey.PRODUCE.highestVersion());
    }

    static IntStream fetchVersions() {
        return IntStream.rangeClosed(ApiKey.FETCH.lowestVersion(), ApiKey.FETCH.highestVersion());
    }

    @ParameterizedTest
    @MethodSource("produceVersions")
    void writesTheProduceResponsesThatTheCodecWrites(int version) {
        RandomMessages messages = new RandomMessages(version);
        for (int round = 0; round < ROUNDS; round++) {
            Produce.Response response = new Produce.Response();
            byte[] bytes = messages.fill(response, version);
            produce.measure(version);
            give(response);
            assertThat(produce.size()).isEqualTo(bytes.length);
            ByteBuffer out = ByteBuffer.allocateDirect(bytes.length + 3).position(3);
            produce.write(out, version);
            give(response);
            assertThat(out.hasRemaining()).isFalse();
            assertThat(produce.size()).isEqualTo(bytes.length);
            assertThat(out.position(3)).isEqualTo(ByteBuffer.wrap(bytes));
        }
    }

    @ParameterizedTest
    @MethodSource("fetchVersions")
    void writesTheFetchResponsesThatTheCodecWritesAroundTheRecords(int version) {
        RandomMessages messages = new RandomMessages(version);
        for (int round = 0; round < ROUNDS; round++) {
            Fetch.Response response = new Fetch.Response();
            byte[] bytes;
            do {
                bytes = messages.fill(response, version);
            } while (bytes.length == 0);
            // Snapshots belong to KRaft's metadata log; no topic has one.
            response.responses.forEach(t -> t.partitions.forEach(p -> p.snapshotId = new Fetch.Response.SnapshotId()));
            bytes = io.millrace.protocol.Codec.encode(response, version);

            fetch.measure(version);
            give(response, new ArrayList<>());
            assertThat(fetch.size() + fetch.recordsSize()).isEqualTo(bytes.length);
            ByteBuffer out = ByteBuffer.allocate(fetch.size());
            List<Cut> cuts = new ArrayList<>();
            fetch.write(out, version);
            give(response, cuts);
            assertThat(out.hasRemaining()).isFalse();
            ByteBuffer frame = ByteBuffer.allocate(bytes.length);
            int from = 0;
            for (Cut cut : cuts) {
                frame.put(out.slice(from, cut.index - from)).put(cut.records.duplicate());
                from = cut.index;
            }
            frame.put(out.slice(from, out.capacity() - from));
            assertThat(frame.array()).isEqualTo(bytes);
        }
    }

    @Test
    void refusesAWrongCount() {
        produce.measure(9);
        produce.begin(1);
        produce.topic("t", Uuid.ZERO, 1);
        assertThatThrownBy(() -> produce.end(0, List.of())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> produce.topic("u", Uuid.ZERO, 1)).isInstanceOf(IllegalStateException.class);
        produce.partition(0, (short) 0, 0, -1, 0);
        assertThatThrownBy(() -> produce.partition(1, (short) 0, 0, -1, 0)).isInstanceOf(IllegalStateException.class);
        produce.end(0, List.of());
        assertThatThrownBy(() -> produce.measure(14)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesANameThatIsTooLong() {
        produce.measure(9);
        produce.begin(1);
        assertThatThrownBy(() -> produce.topic("é".repeat(20_000), Uuid.ZERO, 0))
                .isInstanceOf(WireException.class);
    }

    @Test
    void writesTextAsTheJdkDoes() {
        Random random = new Random(3);
        for (int round = 0; round < 20_000; round++) {
            char[] chars = new char[random.nextInt(6)];
            for (int i = 0; i < chars.length; i++) {
                chars[i] = (char)
                        switch (random.nextInt(4)) {
                            case 0 -> random.nextInt(0x80);
                            case 1 -> random.nextInt(0x800);
                            case 2 -> 0xd800 + random.nextInt(0x800);
                            default -> random.nextInt(0x10000);
                        };
            }
            String text = new String(chars);
            byte[] expected = text.getBytes(StandardCharsets.UTF_8);
            assertThat(Utf8.length(text)).isEqualTo(expected.length);
            ByteBuffer out = ByteBuffer.allocate(expected.length);
            Utf8.write(text, out);
            assertThat(out.array()).isEqualTo(expected);
        }
    }

    private record Cut(int index, ByteBuffer records) {}

    private void give(Produce.Response response) {
        produce.begin(response.responses.size());
        for (var topic : response.responses) {
            produce.topic(topic.name, topic.topicId, topic.partitionResponses.size());
            for (var p : topic.partitionResponses) {
                produce.partition(
                        p.index,
                        p.errorCode,
                        p.baseOffset,
                        p.logAppendTimeMs,
                        p.logStartOffset,
                        p.recordErrors,
                        p.errorMessage,
                        p.currentLeader.leaderId,
                        p.currentLeader.leaderEpoch);
            }
        }
        produce.end(
                response.throttleTimeMs,
                response.nodeEndpoints.stream()
                        .map(e -> new NodeEndpoint(e.nodeId, e.host, e.port, e.rack))
                        .toList());
    }

    private void give(Fetch.Response response, List<Cut> cuts) {
        fetch.begin(response.throttleTimeMs, response.errorCode, response.sessionId, response.responses.size());
        for (var topic : response.responses) {
            fetch.topic(topic.topic, topic.topicId, topic.partitions.size());
            for (var p : topic.partitions) {
                fetch.partition(p.partitionIndex, p.errorCode, p.highWatermark, p.lastStableOffset, p.logStartOffset);
                fetch.abortedTransactions(p.abortedTransactions == null ? -1 : p.abortedTransactions.size());
                if (p.abortedTransactions != null) {
                    p.abortedTransactions.forEach(a -> fetch.abortedTransaction(a.producerId, a.firstOffset));
                }
                fetch.records(p.preferredReadReplica, p.records == null ? -1 : p.records.remaining());
                if (p.records != null) {
                    cuts.add(new Cut(fetch.size(), p.records));
                }
                fetch.endPartition(
                        p.divergingEpoch.epoch,
                        p.divergingEpoch.endOffset,
                        p.currentLeader.leaderId,
                        p.currentLeader.leaderEpoch);
            }
        }
        fetch.end(response.nodeEndpoints.stream()
                .map(e -> new NodeEndpoint(e.nodeId, e.host, e.port, e.rack))
                .toList());
    }
}
