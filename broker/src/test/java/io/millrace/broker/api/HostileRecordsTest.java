package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.call;
import static io.millrace.broker.api.Requests.batch;
import static io.millrace.broker.api.Requests.fetch;
import static io.millrace.broker.api.Requests.from;
import static io.millrace.broker.api.Requests.idempotent;
import static io.millrace.broker.api.Requests.produce;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Await;
import io.millrace.broker.LogLines;
import io.millrace.broker.net.RawClient;
import io.millrace.broker.net.SocketServer;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients do wrong with records gets the error it deserves, at once, and nobody else notices. */
class HostileRecordsTest {
    private static final String TOPIC = "t";

    @TempDir
    Path dir;

    private DataNode node;
    private RawClient client;

    @BeforeEach
    void start() throws IOException {
        node = new DataNode(dir);
        node.lead(TOPIC, 2);
        client = new RawClient(node.port);
    }

    @AfterEach
    void close() throws IOException {
        assertThat(offsetAfterAppend()).as("good records are taken as before").isNotNegative();
        client.close();
        node.close();
    }

    @Test
    void refusesBrokenBatchesAsCorrupt() throws IOException {
        ByteBuffer payload = batch("value");
        payload.put(payload.limit() - 2, (byte) (payload.get(payload.limit() - 2) ^ 4));
        ByteBuffer crc = batch("value");
        crc.putInt(BatchHeader.CRC, crc.getInt(BatchHeader.CRC) ^ 1);
        ByteBuffer magic = batch("value");
        magic.put(BatchHeader.MAGIC, (byte) 3);
        ByteBuffer shortLength = batch("value");
        shortLength.putInt(BatchHeader.BATCH_LENGTH, 13);
        ByteBuffer negativeLength = batch("value");
        negativeLength.putInt(BatchHeader.BATCH_LENGTH, -1);
        ByteBuffer hugeLength = batch("value");
        hugeLength.putInt(BatchHeader.BATCH_LENGTH, Integer.MAX_VALUE);
        ByteBuffer cutOff = batch("value");
        cutOff.limit(cutOff.limit() - 5);
        for (ByteBuffer records :
                new ByteBuffer[] {payload, crc, magic, shortLength, negativeLength, hugeLength, cutOff}) {
            assertThat(error(records)).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
        }
        assertNothingAppended();
    }

    @Test
    void refusesBatchesThatBreakTheRulesAsInvalid() throws IOException {
        ByteBuffer two =
                ByteBuffer.allocate(1_000).put(batch("a")).put(batch("b")).flip();
        ByteBuffer counts = repaired(batch("a", "b"), records -> records.putInt(BatchHeader.RECORD_COUNT, 3));
        ByteBuffer noCount = repaired(batch("a", "b"), records -> records.putInt(BatchHeader.RECORD_COUNT, 0));
        ByteBuffer minusCount = repaired(batch("a"), records -> records.putInt(BatchHeader.RECORD_COUNT, -1));
        ByteBuffer hugeCount =
                repaired(batch("a"), records -> records.putInt(BatchHeader.RECORD_COUNT, Integer.MAX_VALUE));
        ByteBuffer delta = repaired(batch("a", "b"), records -> records.putInt(BatchHeader.LAST_OFFSET_DELTA, 7));
        ByteBuffer control = repaired(batch("a"), records -> records.putShort(BatchHeader.ATTRIBUTES, (short) 0x20));
        ByteBuffer empty = ByteBuffer.allocate(0);
        for (ByteBuffer records :
                new ByteBuffer[] {two, counts, noCount, minusCount, hugeCount, delta, control, empty, null}) {
            assertThat(error(records)).isEqualTo(ErrorCode.INVALID_RECORD);
        }
        assertNothingAppended();
    }

    @Test
    void refusesCodecsAndCompressedGarbage() throws IOException {
        assertThat(error(repaired(batch("a"), records -> records.putShort(BatchHeader.ATTRIBUTES, (short) 7))))
                .isIn(ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
        for (Compression codec :
                new Compression[] {Compression.GZIP, Compression.SNAPPY, Compression.LZ4, Compression.ZSTD}) {
            ByteBuffer garbage = repaired(batch(codec, "a".repeat(500)), records -> {
                for (int i = BatchHeader.RECORDS; i < records.limit(); i++) {
                    records.put(i, (byte) (i * 37));
                }
            });
            assertThat(error(garbage)).as("%s", codec).isIn(ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD);
        }
        assertThat(ErrorCode.of(first(call(client, produce(1, TOPIC, 0, batch(Compression.ZSTD, "a")), 6)).errorCode))
                .isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
        assertNothingAppended();
    }

    @Test
    void doesNotUnpackBombs() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 512; i++) {
                gzip.write(zeros);
            }
        }
        byte[] bomb = packed.toByteArray();
        ByteBuffer header = batch(Compression.GZIP, "a");
        ByteBuffer records = ByteBuffer.allocate(BatchHeader.RECORDS + bomb.length)
                .put(header.slice(0, BatchHeader.RECORDS))
                .put(bomb)
                .flip();
        records.putInt(BatchHeader.BATCH_LENGTH, records.limit() - BatchHeader.LOG_OVERHEAD);
        BatchHeader.updateCrc(records, 0);
        assertThat(error(records)).isIn(ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.INVALID_RECORD);
        assertNothingAppended();
    }

    @Test
    void refusesWhatIsTooLargeOrTooOldOrNotForClients() throws IOException {
        assertThat(error(batch("x".repeat(1_100_000)))).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
        node.lead("__consumer_offsets", 1);
        assertThat(ErrorCode.of(first(call(client, produce(1, "__consumer_offsets", 0, batch("a")), 9)).errorCode))
                .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        for (String topic : new String[] {"", ".", "..", "../../etc", "nope", "x".repeat(250), "a\0b"}) {
            assertThat(ErrorCode.of(first(call(client, produce(1, topic, 0, batch("a")), 9)).errorCode))
                    .as("'%s'", topic)
                    .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        for (int partition : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 2}) {
            assertThat(ErrorCode.of(first(call(client, produce(1, TOPIC, partition, batch("a")), 9)).errorCode))
                    .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        Produce.Request unknownId = produce(1, "", 0, batch("a"));
        unknownId.topicData.get(0).topicId = new Uuid(1, 2);
        assertThat(ErrorCode.of(first(call(client, unknownId, 13)).errorCode)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    @Test
    void refusesTransactionalRecordsAsLongAsThereAreNoTransactions() throws IOException {
        BatchBuilder builder = new BatchBuilder()
                .begin(Compression.NONE)
                .producer(5, (short) 0, 0)
                .transactional(true)
                .append(1, null, "a".getBytes(StandardCharsets.UTF_8));
        ByteBuffer records = Requests.copy(builder.finish());
        assertThat(error(records)).isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        Produce.Request request = produce(-1, TOPIC, 0, records);
        request.transactionalId = "mine";
        assertThat(ErrorCode.of(first(call(client, request, 9)).errorCode)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertNothingAppended();
    }

    @Test
    void keepsTheSequenceOfProducers() throws IOException {
        assertThat(first(call(client, produce(-1, TOPIC, 0, idempotent(9, 0, 0, "a", "b")), 9)).baseOffset)
                .isZero();
        assertThat(first(call(client, produce(-1, TOPIC, 0, idempotent(9, 0, 2, "c")), 9)).baseOffset)
                .isEqualTo(2);
        assertThat(first(call(client, produce(-1, TOPIC, 0, idempotent(9, 0, 0, "a", "b")), 9)).baseOffset)
                .as("a repeated batch has its first offset")
                .isZero();
        assertThat(error(idempotent(9, 0, 9, "d"))).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(error(idempotent(9, 1, 5, "d"))).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(first(call(client, produce(-1, TOPIC, 0, idempotent(9, 1, 0, "d")), 9)).baseOffset)
                .isEqualTo(3);
        assertThat(error(idempotent(9, 0, 3, "e"))).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(error(idempotent(10, 0, 7, "f")))
                .as("an unknown producer may begin anywhere")
                .isEqualTo(ErrorCode.NONE);
        assertThat(error(idempotent(11, 0, -1, "g"))).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(node.replicas.partition(TOPIC, 0).log().logEndOffset()).isEqualTo(5);
    }

    @Test
    void answersABatchThatIsRepeatedLongAfterwardsByWhatClientsTakeForASuccess() throws IOException {
        for (int i = 0; i < 8; i++) {
            call(client, produce(-1, TOPIC, 0, idempotent(9, 0, i, "v" + i)), 9);
        }
        Produce.Response.PartitionProduceResponse again =
                first(call(client, produce(-1, TOPIC, 0, idempotent(9, 0, 1, "v1")), 9));
        assertThat(ErrorCode.of(again.errorCode)).isEqualTo(ErrorCode.DUPLICATE_SEQUENCE_NUMBER);
        assertThat(again.baseOffset).isEqualTo(-1);
        assertThat(node.replicas.partition(TOPIC, 0).log().logEndOffset()).isEqualTo(8);
    }

    @Test
    void saysInTheLogWhoSendsWhatCannotBeTaken() throws IOException {
        List<String> said;
        try (LogLines log = new LogLines(SocketServer.class)) {
            ByteBuffer records = batch("value");
            records.putInt(BatchHeader.CRC, records.getInt(BatchHeader.CRC) ^ 1);
            assertThat(error(records)).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
            assertThat(error(idempotent(9, 0, 0, "a"))).isEqualTo(ErrorCode.NONE);
            assertThat(error(idempotent(9, 0, 9, "b"))).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
            said = log.lines();
        }
        assertThat(said)
                .filteredOn(line -> line.contains("records for"))
                .singleElement()
                .asString()
                .startsWith("WARN Refused what a client sent remote=/127.0.0.1:")
                .contains("records for " + TOPIC + "-0 that are refused with CORRUPT_MESSAGE: ");
    }

    @Test
    void refusesWrongAcks() throws IOException {
        for (int acks : new int[] {2, -2, Short.MAX_VALUE}) {
            assertThat(ErrorCode.of(first(call(client, produce(acks, TOPIC, 0, batch("a")), 9)).errorCode))
                    .isEqualTo(ErrorCode.INVALID_REQUIRED_ACKS);
        }
        assertNothingAppended();
    }

    @Test
    void answersAcksZeroWithNothingAndItsErrorsWithAClosedConnection() throws IOException {
        client.send(DataNode.frame(produce(0, TOPIC, 0, batch("a")), 9, 1));
        client.send(DataNode.frame(fetch(5_000, 1, from(TOPIC, 0, 0)), 12, 2));
        Fetch.Response response = DataNode.answer(client, ApiKey.FETCH, 12, 2);
        assertThat(ProduceFetchTest.values(response.responses.get(0).partitions.get(0)))
                .containsExactly("a");
        try (RawClient wrong = new RawClient(node.port)) {
            ByteBuffer corrupt = batch("a");
            corrupt.putInt(BatchHeader.CRC, 0);
            wrong.send(DataNode.frame(produce(0, TOPIC, 0, corrupt), 9, 1));
            assertThat(wrong.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void refusesFetchesThatCannotBe() throws IOException {
        call(client, produce(1, TOPIC, 0, batch("a")), 9);
        assertThat(fetchError(from(TOPIC, 0, -1), -1, 12)).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(fetchError(from(TOPIC, 0, 2), -1, 12)).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(fetchError(from(TOPIC, 0, 0), 5, 12)).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
        assertThat(fetchError(from("nope", 0, 0), -1, 12)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(fetchError(from("", new Uuid(3, 4), Requests.at(0, 0)), -1, 13))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        Fetch.Request negative = fetch(0, 1, from(TOPIC, 0, 0));
        negative.topics.get(0).partitions.get(0).partitionMaxBytes = -1;
        assertThat(ErrorCode.of(
                        call(client, negative, 12).responses.get(0).partitions.get(0).errorCode))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        node.elect(TOPIC, 0, 1, 3, new int[] {1}, new int[] {1});
        assertThat(fetchError(from(TOPIC, 0, 0), 2, 12)).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
    }

    @Test
    void survivesMutatedRequestsOfEveryKind() throws IOException {
        Random random = new Random(20_261_120);
        call(client, produce(1, TOPIC, 0, batch("a", "b", "c")), 9);
        for (int i = 0; i < 1_500; i++) {
            ByteBuffer frame = i % 3 == 0
                    ? DataNode.frame(produce(1, TOPIC, 1, batch("value-" + i)), 3 + random.nextInt(11), i)
                    : i % 3 == 1
                            ? DataNode.frame(fetch(0, 1, from(TOPIC, 0, 0)), 4 + random.nextInt(9), i)
                            : defaultRequest(random, i);
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                int at = 12 + random.nextInt(frame.limit() - 12);
                frame.put(at, (byte) random.nextInt());
            }
            try (RawClient one = new RawClient(node.port)) {
                one.send(frame);
                one.shutdownOutput();
                one.drain();
            }
        }
        Await.await("no request holds memory", () -> node.queuedRequestBytes() == 0);
    }

    private static ByteBuffer defaultRequest(Random random, int correlationId) {
        ApiKey[] keys = {
            ApiKey.LIST_OFFSETS,
            ApiKey.OFFSET_FOR_LEADER_EPOCH,
            ApiKey.DELETE_RECORDS,
            ApiKey.DESCRIBE_PRODUCERS,
            ApiKey.DESCRIBE_LOG_DIRS,
            ApiKey.STOP_REPLICA,
            ApiKey.LEADER_AND_ISR,
            ApiKey.API_VERSIONS
        };
        ApiKey key = keys[random.nextInt(keys.length)];
        Message request = Messages.newRequest(key);
        return DataNode.frame(request, key.highestVersion(), correlationId);
    }

    private ErrorCode fetchError(Fetch.Request.FetchTopic topic, int leaderEpoch, int version) throws IOException {
        topic.partitions.get(0).currentLeaderEpoch = leaderEpoch;
        Fetch.Response response = call(client, fetch(60_000, 1_000, topic), version);
        return ErrorCode.of(response.responses.get(0).partitions.get(0).errorCode);
    }

    private ErrorCode error(@Nullable ByteBuffer records) throws IOException {
        return ErrorCode.of(first(call(client, produce(-1, TOPIC, 0, records), 9)).errorCode);
    }

    private void assertNothingAppended() {
        assertThat(node.replicas.partition(TOPIC, 0).log().logEndOffset()).isZero();
    }

    private long offsetAfterAppend() throws IOException {
        try (RawClient other = new RawClient(node.port)) {
            return first(call(other, produce(-1, TOPIC, 1, batch("still here")), 9)).baseOffset;
        }
    }

    private static Produce.Response.PartitionProduceResponse first(Produce.Response response) {
        return response.responses.get(0).partitionResponses.get(0);
    }

    private static ByteBuffer repaired(ByteBuffer records, Consumer<ByteBuffer> change) {
        change.accept(records);
        BatchHeader.updateCrc(records, 0);
        return records;
    }
}
