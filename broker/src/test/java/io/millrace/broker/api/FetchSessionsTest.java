package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.call;
import static io.millrace.broker.api.Requests.at;
import static io.millrace.broker.api.Requests.batch;
import static io.millrace.broker.api.Requests.fetch;
import static io.millrace.broker.api.Requests.from;
import static io.millrace.broker.api.Requests.produce;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.net.RawClient;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Fetch.Request.FetchPartition;
import io.millrace.protocol.message.Fetch.Request.ForgottenTopic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Incremental fetch sessions (KIP-227): a request names what it changes, an answer what is new. */
class FetchSessionsTest {
    private static final String TOPIC = "t";
    private static final int PARTITIONS = 5;
    private static final int VERSION = 12;

    @TempDir
    Path dir;

    private DataNode node;
    private RawClient client;

    @BeforeEach
    void start() throws IOException {
        node = new DataNode(dir, 2);
        node.lead(TOPIC, PARTITIONS);
        client = new RawClient(node.port);
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        node.close();
    }

    @Test
    void answersEverythingOnceAndThenOnlyWhatIsNew() throws IOException {
        append(2, "a");
        Fetch.Response first = call(client, full(0, 0), VERSION);
        assertThat(first.sessionId).isPositive();
        assertThat(partitions(first)).containsExactly(0, 1, 2, 3, 4);

        Fetch.Response second = call(client, next(first.sessionId, 1, at(2, 1)), VERSION);
        assertThat(second.errorCode).isZero();
        assertThat(second.sessionId).isEqualTo(first.sessionId);
        assertThat(partitions(second)).isEmpty();

        append(4, "b");
        append(1, "c");
        Fetch.Response third = call(client, next(first.sessionId, 2), VERSION);
        assertThat(partitions(third)).containsExactlyInAnyOrder(1, 4);

        Fetch.Response fourth = call(client, next(first.sessionId, 3, at(1, 1), at(4, 1)), VERSION);
        assertThat(partitions(fourth)).isEmpty();
    }

    @Test
    void givesRecordsAgainUntilTheClientMovesOn() throws IOException {
        append(0, "a");
        int session = call(client, full(0, 0), VERSION).sessionId;
        Fetch.Response again = call(client, next(session, 1), VERSION);
        assertThat(partitions(again)).containsExactly(0);
        assertThat(ProduceFetchTest.values(again.responses.get(0).partitions.get(0)))
                .containsExactly("a");
    }

    @Test
    void wakesAWaitingFetchOfTheSession() throws IOException {
        int session = call(client, full(0, 0), VERSION).sessionId;
        for (int i = 0; i < 20; i++) {
            Fetch.Request request = i == 0 ? next(session, 1) : next(session, i + 1, at(3, i));
            request.maxWaitMs = 60_000;
            client.send(DataNode.frame(request, VERSION, i));
            if (i % 2 == 0) {
                assertThat(client.hearsNothingFor(5)).isTrue();
            }
            append(3, "v" + i);
            Fetch.Response response = DataNode.answer(client, ApiKey.FETCH, VERSION, i);
            assertThat(partitions(response)).containsExactly(3);
            assertThat(ProduceFetchTest.values(
                            response.responses.get(0).partitions.get(0)))
                    .containsExactly("v" + i);
        }
    }

    @Test
    void givesAllPartitionsTheirTurnWhenTheAnswerIsLimited() throws IOException {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            append(partition, "x".repeat(1_000));
        }
        Fetch.Request first = full(0, 0);
        first.maxBytes = 1_500;
        Fetch.Response response = call(client, first, VERSION);
        long[] offsets = new long[PARTITIONS];
        int epoch = 1;
        for (int turn = 0; turn < PARTITIONS; turn++) {
            FetchPartition[] moved = response.responses.stream()
                    .flatMap(topic -> topic.partitions.stream())
                    .filter(partition -> !ProduceFetchTest.values(partition).isEmpty())
                    .map(partition -> at(partition.partitionIndex, ++offsets[partition.partitionIndex]))
                    .toArray(FetchPartition[]::new);
            Fetch.Request request = next(response.sessionId, epoch++, moved);
            request.maxBytes = 1_500;
            response = call(client, request, VERSION);
        }
        assertThat(offsets).containsOnly(1);
    }

    @Test
    void forgetsPartitions() throws IOException {
        int session = call(client, full(0, 0), VERSION).sessionId;
        ForgottenTopic forgotten = new ForgottenTopic();
        forgotten.topic = TOPIC;
        forgotten.partitions = new int[] {0, 1};
        Fetch.Request request = next(session, 1);
        request.forgottenTopicsData = List.of(forgotten);
        call(client, request, VERSION);
        append(0, "a");
        append(2, "b");
        assertThat(partitions(call(client, next(session, 2), VERSION))).containsExactly(2);
    }

    @Test
    void tellsErrorsUntilTheyAreOver() throws IOException {
        Fetch.Request request = fetch(0, 1, from("later", 0, 0));
        request.sessionEpoch = 0;
        Fetch.Response first = call(client, request, VERSION);
        assertThat(first.responses.get(0).partitions.get(0).errorCode)
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        Fetch.Response second = call(client, next(first.sessionId, 1), VERSION);
        assertThat(second.responses.get(0).partitions.get(0).errorCode)
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        node.lead("later", 1);
        assertThat(call(client, next(first.sessionId, 2), VERSION)
                        .responses
                        .get(0)
                        .partitions
                        .get(0)
                        .errorCode)
                .as("that there is no error any more is news")
                .isZero();
        Fetch.Request waits = next(first.sessionId, 3);
        waits.maxWaitMs = 60_000;
        client.send(DataNode.frame(waits, VERSION, 9));
        assertThat(client.hearsNothingFor(20)).isTrue();
        try (RawClient writer = new RawClient(node.port)) {
            call(writer, produce(1, "later", 0, batch("a")), 9);
        }
        Fetch.Response last = DataNode.answer(client, ApiKey.FETCH, VERSION, 9);
        assertThat(ProduceFetchTest.values(last.responses.get(0).partitions.get(0)))
                .containsExactly("a");
    }

    @Test
    void tellsWhenThePartitionGoesAway() throws IOException {
        int session = call(client, full(0, 0), VERSION).sessionId;
        Fetch.Request waits = next(session, 1);
        waits.maxWaitMs = 60_000;
        client.send(DataNode.frame(waits, VERSION, 9));
        assertThat(client.hearsNothingFor(20)).isTrue();
        node.stop(TOPIC, 1, true);
        Fetch.Response response = DataNode.answer(client, ApiKey.FETCH, VERSION, 9);
        assertThat(partitions(response)).containsExactly(1);
        assertThat(response.responses.get(0).partitions.get(0).errorCode).isNotZero();
    }

    /** Who cuts its log off takes no high watermark over, so it has to hear of it once more though it has not moved. */
    @Test
    void tellsTheHighWatermarkAgainAfterAnAnswerThatFoundTheLogsParted() throws IOException {
        append(0, "a");
        FetchPartition tooFar = at(0, 5);
        tooFar.lastFetchedEpoch = 0;
        Fetch.Request request = fetch(0, 1, from(TOPIC, Uuid.ZERO, tooFar));
        request.sessionEpoch = 0;
        Fetch.Response parted = call(client, request, VERSION);
        assertThat(parted.responses.get(0).partitions.get(0).divergingEpoch.endOffset)
                .isEqualTo(1);

        FetchPartition cutOff = at(0, 1);
        cutOff.lastFetchedEpoch = 0;
        Fetch.Response agreed = call(client, next(parted.sessionId, 1, cutOff), VERSION);
        assertThat(partitions(agreed)).containsExactly(0);
        assertThat(agreed.responses.get(0).partitions.get(0).highWatermark).isEqualTo(1);
        assertThat(partitions(call(client, next(parted.sessionId, 2), VERSION)))
                .as("once is enough")
                .isEmpty();
    }

    @Test
    void refusesSessionsItDoesNotKnowAndEpochsOutOfTurn() throws IOException {
        int session = call(client, full(0, 0), VERSION).sessionId;
        assertThat(error(next(session + 1, 1))).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
        assertThat(error(next(session, 7))).isEqualTo(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
        assertThat(error(next(session, 1))).as("the session itself is unharmed").isEqualTo(ErrorCode.NONE);
        Fetch.Request byId = next(session, 2);
        assertThat(ErrorCode.of(call(client, byId, 13).errorCode)).isEqualTo(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    }

    @Test
    void endsASessionForTheClientThatOpensAnotherOrWantsNone() throws IOException {
        int first = call(client, full(0, 0), VERSION).sessionId;
        int second = call(client, full(first, 0), VERSION).sessionId;
        assertThat(second).isNotEqualTo(first);
        assertThat(error(next(first, 1))).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);

        Fetch.Request last = full(second, -1);
        Fetch.Response answer = call(client, last, VERSION);
        assertThat(answer.sessionId).isZero();
        assertThat(partitions(answer)).hasSize(PARTITIONS);
        assertThat(error(next(second, 1))).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    }

    @Test
    void goesOnWithoutASessionWhenAllPlacesAreTaken() throws IOException {
        int first = call(client, full(0, 0), VERSION).sessionId;
        int second = call(client, full(0, 0), VERSION).sessionId;
        Fetch.Response third = call(client, full(0, 0), VERSION);
        assertThat(third.errorCode).isZero();
        assertThat(third.sessionId).isZero();
        assertThat(partitions(third)).hasSize(PARTITIONS);
        assertThat(error(next(first, 1))).isEqualTo(ErrorCode.NONE);
        assertThat(error(next(second, 1))).isEqualTo(ErrorCode.NONE);

        Fetch.Request follower = full(0, 0);
        follower.replicaId = 2;
        assertThat(call(client, follower, VERSION).sessionId)
                .as("followers come first")
                .isPositive();
    }

    @Test
    void keepsNoSessionOfMorePartitionsThanAllMayHave() throws IOException {
        FetchPartition[] many = IntStream.range(0, 250_001)
                .mapToObj(partition -> at(partition, 0))
                .toArray(FetchPartition[]::new);
        Fetch.Request request = fetch(0, 1, from("none", Uuid.ZERO, many));
        request.sessionEpoch = 0;
        Fetch.Response response = call(client, request, VERSION);
        assertThat(partitions(response)).hasSize(many.length);
        assertThat(response.sessionId).isZero();
        assertThat(call(client, full(0, 0), VERSION).sessionId).isPositive();
    }

    private ErrorCode error(Fetch.Request request) throws IOException {
        return ErrorCode.of(call(client, request, VERSION).errorCode);
    }

    private void append(int partition, String value) throws IOException {
        try (RawClient writer = new RawClient(node.port)) {
            call(writer, produce(1, TOPIC, partition, batch(value)), 9);
        }
    }

    private static Fetch.Request full(int sessionId, int epoch) {
        FetchPartition[] all = IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> at(partition, 0))
                .toArray(FetchPartition[]::new);
        Fetch.Request request = fetch(0, 1, from(TOPIC, Uuid.ZERO, all));
        request.sessionId = sessionId;
        request.sessionEpoch = epoch;
        return request;
    }

    private static Fetch.Request next(int sessionId, int epoch, FetchPartition... changed) {
        Fetch.Request request = changed.length == 0 ? fetch(0, 1) : fetch(0, 1, from(TOPIC, Uuid.ZERO, changed));
        request.sessionId = sessionId;
        request.sessionEpoch = epoch;
        return request;
    }

    private static List<Integer> partitions(Fetch.Response response) {
        return response.responses.stream()
                .flatMap(topic -> topic.partitions.stream())
                .map(partition -> partition.partitionIndex)
                .toList();
    }
}
