package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.call;
import static io.millrace.broker.api.Requests.at;
import static io.millrace.broker.api.Requests.batch;
import static io.millrace.broker.api.Requests.fetch;
import static io.millrace.broker.api.Requests.from;
import static io.millrace.broker.api.Requests.produce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.millrace.broker.Await;
import io.millrace.broker.net.RawClient;
import io.millrace.broker.replica.TopicSettings;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Fetch.Response.PartitionData;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.message.Produce.Response.PartitionProduceResponse;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.storage.LogConfig;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records go in and come out again, through sockets, in every version that has record batches. */
class ProduceFetchTest {
    private static final String TOPIC = "t";

    /** Where Linux shows what this process has open. */
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");

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
        client.close();
        node.close();
    }

    @Test
    void producesInEveryVersionWithBatches() throws IOException {
        long offset = 0;
        for (int version = 3; version <= ApiKey.PRODUCE.highestVersion(); version++) {
            for (int acks : new int[] {1, -1}) {
                PartitionProduceResponse answer = only(call(client, request(acks, version, batch("a", "b")), version));
                assertThat(answer.errorCode).as("version %s", version).isZero();
                assertThat(answer.baseOffset).isEqualTo(offset);
                assertThat(answer.logAppendTimeMs).isEqualTo(-1);
                assertThat(answer.logStartOffset).isEqualTo(version >= 5 ? 0 : -1);
                offset += 2;
            }
        }
        assertThat(log().logEndOffset()).isEqualTo(offset);
        assertThat(log().highWatermark()).isEqualTo(offset);
    }

    @Test
    void fetchesInEveryVersionWithBatches() throws IOException {
        call(client, produce(-1, TOPIC, 0, batch("a", "b")), 9);
        call(client, produce(-1, TOPIC, 0, batch(Compression.ZSTD, "c")), 9);
        for (int version = 4; version <= ApiKey.FETCH.highestVersion(); version++) {
            Uuid id = version >= 13 ? node.topicId(TOPIC) : Uuid.ZERO;
            Fetch.Response response =
                    call(client, fetch(0, 1, from(version >= 13 ? "" : TOPIC, id, at(0, 0))), version);
            assertThat(response.errorCode).isZero();
            PartitionData answer = only(response);
            assertThat(answer.errorCode).as("version %s", version).isZero();
            assertThat(answer.highWatermark).isEqualTo(3);
            assertThat(answer.lastStableOffset).isEqualTo(3);
            assertThat(answer.logStartOffset).isEqualTo(version >= 5 ? 0 : -1);
            assertThat(answer.abortedTransactions).isNull();
            assertThat(values(answer)).containsExactly("a", "b", "c");
            assertThat(response.responses.get(0).topicId).isEqualTo(id);
        }
    }

    @Test
    void givesTheWholeBatchThatHoldsTheOffset() throws IOException {
        call(client, produce(1, TOPIC, 0, batch("a", "b", "c")), 9);
        call(client, produce(1, TOPIC, 0, batch("d")), 9);
        PartitionData answer = only(call(client, fetch(0, 1, from(TOPIC, 0, 2)), 12));
        assertThat(BatchHeader.baseOffset(answer.records, 0)).isZero();
        assertThat(values(answer)).containsExactly("a", "b", "c", "d");
        assertThat(values(only(call(client, fetch(0, 1, from(TOPIC, 0, 3)), 12))))
                .containsExactly("d");
        PartitionData atEnd = only(call(client, fetch(0, 1, from(TOPIC, 0, 4)), 12));
        assertThat(atEnd.errorCode).isZero();
        assertThat(values(atEnd)).isEmpty();
        assertThat(atEnd.highWatermark).isEqualTo(4);
    }

    @Test
    void sendsSmallAndLargePiecesOfLogsInOneAnswer() throws IOException {
        String large = "x".repeat(200_000);
        call(client, produce(1, TOPIC, 0, batch("small-0", "small-1")), 9);
        call(client, produce(1, TOPIC, 1, batch(large, large)), 9);
        node.lead("other", 2);
        call(client, produce(1, "other", 0, batch("last")), 9);
        call(client, produce(1, "other", 1, batch(large)), 9);
        for (int repeat = 0; repeat < 3; repeat++) {
            Fetch.Request request = fetch(
                    0, 1, from(TOPIC, Uuid.ZERO, at(0, 0), at(1, 0)), from("other", Uuid.ZERO, at(0, 0), at(1, 0)));
            Fetch.Response response = call(client, request, 12);
            assertThat(response.responses).extracting(topic -> topic.topic).containsExactly(TOPIC, "other");
            assertThat(values(response.responses.get(0).partitions.get(0))).containsExactly("small-0", "small-1");
            assertThat(values(response.responses.get(0).partitions.get(1))).containsExactly(large, large);
            assertThat(values(response.responses.get(1).partitions.get(0))).containsExactly("last");
            assertThat(values(response.responses.get(1).partitions.get(1))).containsExactly(large);
        }
    }

    @Test
    void letsGoOfTheFilesThatItSent() throws IOException {
        assumeThat(Files.isDirectory(OPEN_FILES)).isTrue();
        node.settings(
                "gone",
                new TopicSettings(
                        LogConfig.DEFAULT.toBuilder().fileDeleteDelayMs(0).build(), 1));
        node.lead("gone", 1);
        call(client, produce(1, "gone", 0, batch("x".repeat(200_000))), 9);
        call(client, produce(1, "gone", 0, batch("small")), 9);
        for (long offset : new long[] {0, 1, 0}) {
            assertThat(values(only(call(client, fetch(0, 1, from("gone", 0, offset)), 12))))
                    .isNotEmpty();
        }
        node.stop("gone", 0, true);
        Await.await("no file of the deleted topic is open", () -> openFilesOf("gone-0") == 0);
    }

    private static long openFilesOf(String partition) throws IOException {
        try (Stream<Path> open = Files.list(OPEN_FILES)) {
            return open.filter(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString().contains(partition);
                        } catch (IOException e) {
                            // Closed since it was listed.
                            return false;
                        }
                    })
                    .count();
        }
    }

    @Test
    void keepsToTheLimitsButAlwaysGivesTheFirstBatch() throws IOException {
        String value = "y".repeat(10_000);
        for (int i = 0; i < 4; i++) {
            call(client, produce(1, TOPIC, 0, batch(value)), 9);
            call(client, produce(1, TOPIC, 1, batch(value)), 9);
        }
        Fetch.Request small = fetch(0, 1, from(TOPIC, Uuid.ZERO, at(0, 0), at(1, 0)));
        small.maxBytes = 100;
        Fetch.Response first = call(client, small, 12);
        assertThat(values(first.responses.get(0).partitions.get(0)))
                .as("the first batch of the answer, though it is too large")
                .containsExactly(value);
        assertThat(first.responses.get(0).partitions.get(1).records.remaining()).isZero();

        Fetch.Request twenty = fetch(0, 1, from(TOPIC, Uuid.ZERO, at(0, 0), at(1, 0)));
        twenty.topics.get(0).partitions.get(0).partitionMaxBytes = 25_000;
        twenty.maxBytes = 36_000;
        Fetch.Response both = call(client, twenty, 12);
        assertThat(both.responses.get(0).partitions.get(0).records.remaining()).isLessThanOrEqualTo(25_000);
        assertThat(values(both.responses.get(0).partitions.get(0))).hasSize(2);
        int total = both.responses.get(0).partitions.stream()
                .mapToInt(partition -> partition.records.remaining())
                .sum();
        assertThat(total).isLessThanOrEqualTo(36_000);
        assertThat(values(both.responses.get(0).partitions.get(1))).hasSize(1);
    }

    @Test
    void givesNoPartOfABatchAlone() throws IOException {
        String value = "y".repeat(10_000);
        for (int i = 0; i < 3; i++) {
            call(client, produce(1, TOPIC, 0, batch(value)), 9);
            call(client, produce(1, TOPIC, 1, batch(value)), 9);
        }
        // What is there is as much as is wanted, so there is no reason to wait.
        Fetch.Request request = fetch(60_000, 30_000, from(TOPIC, Uuid.ZERO, at(0, 0), at(1, 0)));
        request.topics.get(0).partitions.get(0).partitionMaxBytes = 25_000;
        request.maxBytes = 30_000;
        Fetch.Response response = call(client, request, 12);
        assertThat(values(response.responses.get(0).partitions.get(0))).hasSize(2);
        assertThat(response.responses.get(0).partitions.get(1).records.remaining())
                .as("bytes of a batch that does not fit, which consumers take for an error")
                .isZero();
    }

    @Test
    void answersPipelinedRequestsInOrderThoughOneWaits() throws IOException {
        call(client, produce(1, TOPIC, 0, batch("a")), 9);
        client.send(DataNode.frame(fetch(300, 1, from(TOPIC, 0, 1)), 12, 1));
        client.send(DataNode.frame(produce(1, TOPIC, 1, batch("b")), 9, 2));
        client.send(DataNode.frame(fetch(0, 1, from(TOPIC, 1, 0)), 12, 3));
        Fetch.Response waited = DataNode.answer(client, ApiKey.FETCH, 12, 1);
        assertThat(values(only(waited))).isEmpty();
        Produce.Response produced = DataNode.answer(client, ApiKey.PRODUCE, 9, 2);
        assertThat(only(produced).baseOffset).isZero();
        Fetch.Response fetched = DataNode.answer(client, ApiKey.FETCH, 12, 3);
        assertThat(values(only(fetched))).containsExactly("b");
    }

    @Test
    void producesToManyPartitionsWithEachItsOwnOutcome() throws IOException {
        Produce.Request request = new Produce.Request();
        request.acks = -1;
        request.timeoutMs = 1_000;
        ByteBuffer corrupt = batch("x");
        corrupt.put(corrupt.limit() - 1, (byte) (corrupt.get(corrupt.limit() - 1) ^ 1));
        request.topicData = List.of(
                Requests.topicData(TOPIC, Uuid.ZERO, 1, batch("a")),
                Requests.topicData("nope", Uuid.ZERO, 0, batch("b")),
                Requests.topicData(TOPIC, Uuid.ZERO, 7, batch("c")),
                Requests.topicData(TOPIC, Uuid.ZERO, 0, corrupt),
                Requests.topicData(TOPIC, Uuid.ZERO, 0, batch("d")),
                Requests.topicData(TOPIC, Uuid.ZERO, -1, batch("e")));
        Produce.Response response = call(client, request, 11);
        List<ErrorCode> errors = new ArrayList<>();
        response.responses.forEach(
                topic -> topic.partitionResponses.forEach(p -> errors.add(ErrorCode.of(p.errorCode))));
        assertThat(errors)
                .containsExactly(
                        ErrorCode.NONE,
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                        ErrorCode.CORRUPT_MESSAGE,
                        ErrorCode.NONE,
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(values(only(call(client, fetch(0, 1, from(TOPIC, 0, 0)), 12))))
                .containsExactly("d");
    }

    @Test
    void tellsWhoLeadsInstead() throws IOException {
        node.elect(TOPIC, 0, 2, 5, new int[] {2}, new int[] {1, 2});
        node.tellMetadata("elsewhere", 0, 3, 8, new int[] {3}, new int[] {3});

        PartitionProduceResponse produced = only(call(client, produce(1, TOPIC, 0, batch("a")), 10));
        assertThat(ErrorCode.of(produced.errorCode)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(produced.currentLeader.leaderId).isEqualTo(2);
        assertThat(produced.currentLeader.leaderEpoch).isEqualTo(5);

        Produce.Response other = call(client, produce(1, "elsewhere", 0, batch("a")), 10);
        assertThat(only(other).currentLeader.leaderId).isEqualTo(3);
        assertThat(only(other).currentLeader.leaderEpoch).isEqualTo(8);
        assertThat(other.nodeEndpoints)
                .extracting(endpoint -> endpoint.nodeId + "@" + endpoint.host + ":" + endpoint.port)
                .containsExactly("3@host-3:9093");
        assertThat(only(call(client, produce(1, TOPIC, 0, batch("a")), 9)).errorCode)
                .isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER.code());

        Fetch.Response fetched = call(client, fetch(0, 1, from("", node.topicId("elsewhere"), at(0, 0))), 16);
        assertThat(ErrorCode.of(only(fetched).errorCode)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(only(fetched).currentLeader.leaderId).isEqualTo(3);
        assertThat(fetched.nodeEndpoints).extracting(endpoint -> endpoint.host).containsExactly("host-3");
    }

    @Test
    void letsConsumersReadFromAFollowerUpToTheHighWatermark() throws IOException {
        call(client, produce(1, TOPIC, 0, batch("a")), 9);
        node.elect(TOPIC, 0, 2, 1, new int[] {1, 2}, new int[] {1, 2});
        assertThat(values(only(call(client, fetch(0, 1, from(TOPIC, 0, 0)), 12))))
                .containsExactly("a");
        assertThat(ErrorCode.of(only(call(client, fetch(0, 1, from(TOPIC, 0, 0)), 10)).errorCode))
                .as("versions before 11 cannot cope with it")
                .isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void givesCommittedReadersTheAbortedTransactionsTheyAskFor() throws IOException {
        call(client, produce(1, TOPIC, 0, batch("a")), 9);
        Fetch.Request committed = fetch(0, 1, from(TOPIC, 0, 0));
        committed.isolationLevel = 1;
        PartitionData answer = only(call(client, committed, 12));
        assertThat(values(answer)).containsExactly("a");
        assertThat(answer.abortedTransactions).isEmpty();
    }

    private Produce.Request request(int acks, int version, ByteBuffer records) {
        Produce.Request request = produce(acks, TOPIC, 0, records);
        if (version >= 13) {
            request.topicData = List.of(Requests.topicData("", node.topicId(TOPIC), 0, records));
        }
        return request;
    }

    private PartitionLog log() {
        return node.replicas.partition(TOPIC, 0).log();
    }

    private static PartitionProduceResponse only(Produce.Response response) {
        assertThat(response.responses).hasSize(1);
        assertThat(response.responses.get(0).partitionResponses).hasSize(1);
        return response.responses.get(0).partitionResponses.get(0);
    }

    private static PartitionData only(Fetch.Response response) {
        assertThat(response.responses).hasSize(1);
        assertThat(response.responses.get(0).partitions).hasSize(1);
        return response.responses.get(0).partitions.get(0);
    }

    /** The values of all whole batches. */
    static List<String> values(PartitionData data) {
        List<String> values = new ArrayList<>();
        ByteBuffer records = data.records.slice();
        RecordCursor cursor = new RecordCursor();
        int index = 0;
        while (records.limit() - index >= BatchHeader.RECORDS
                && BatchHeader.sizeInBytes(records, index) <= records.limit() - index) {
            assertThat(BatchHeader.crcIsValid(records, index)).isTrue();
            cursor.wrap(records, index);
            while (cursor.next()) {
                values.add(StandardCharsets.UTF_8.decode(cursor.value()).toString());
            }
            index += BatchHeader.sizeInBytes(records, index);
        }
        return values;
    }
}
