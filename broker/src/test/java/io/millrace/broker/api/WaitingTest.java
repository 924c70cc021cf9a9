package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.call;
import static io.millrace.broker.api.Requests.at;
import static io.millrace.broker.api.Requests.batch;
import static io.millrace.broker.api.Requests.fetch;
import static io.millrace.broker.api.Requests.from;
import static io.millrace.broker.api.Requests.produce;
import static org.assertj.core.api.Assertions.assertThat;

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
import io.millrace.storage.LogConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that cannot be answered yet: fetches that wait for records, appends that wait for replicas. */
class WaitingTest {
    private static final String TOPIC = "t";
    private static final int LONG_MS = 60_000;

    @TempDir
    Path dir;

    private DataNode node;
    private RawClient reader;
    private RawClient writer;

    @BeforeEach
    void start() throws IOException {
        node = new DataNode(dir);
        node.lead(TOPIC, 2);
        reader = new RawClient(node.port);
        writer = new RawClient(node.port);
    }

    @AfterEach
    void close() throws IOException {
        reader.close();
        writer.close();
        node.close();
    }

    @Test
    void answersAFetchAsSoonAsThereIsARecord() throws IOException {
        for (int i = 0; i < 50; i++) {
            reader.send(DataNode.frame(fetch(LONG_MS, 1, from(TOPIC, 0, i)), 12, i));
            if (i % 2 == 0) {
                assertThat(reader.hearsNothingFor(5)).isTrue();
            }
            call(writer, produce(1, TOPIC, 0, batch("v" + i)), 9);
            Fetch.Response response = DataNode.answer(reader, ApiKey.FETCH, 12, i);
            assertThat(ProduceFetchTest.values(only(response))).containsExactly("v" + i);
        }
    }

    @Test
    void answersAFetchWithWhatThereIsWhenItsTimeIsUp() throws IOException {
        call(writer, produce(1, TOPIC, 0, batch("a")), 9);
        long begin = System.nanoTime();
        PartitionData answer = only(call(reader, fetch(200, 10_000, from(TOPIC, 0, 0)), 12));
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isGreaterThanOrEqualTo(200);
        assertThat(ProduceFetchTest.values(answer)).containsExactly("a");
    }

    @Test
    void waitsForAsManyBytesAsWereAskedForInAllPartitionsTogether() throws IOException {
        Fetch.Request request = fetch(LONG_MS, 3_000, from(TOPIC, Uuid.ZERO, at(0, 0), at(1, 0)));
        reader.send(DataNode.frame(request, 12, 1));
        call(writer, produce(1, TOPIC, 0, batch("x".repeat(1_000))), 9);
        call(writer, produce(1, TOPIC, 1, batch("y".repeat(1_000))), 9);
        assertThat(reader.hearsNothingFor(100)).isTrue();
        call(writer, produce(1, TOPIC, 0, batch("z".repeat(1_000))), 9);
        Fetch.Response response = DataNode.answer(reader, ApiKey.FETCH, 12, 1);
        assertThat(ProduceFetchTest.values(response.responses.get(0).partitions.get(0)))
                .hasSize(2);
        assertThat(ProduceFetchTest.values(response.responses.get(0).partitions.get(1)))
                .hasSize(1);
    }

    @Test
    void answersInTheOrderOfTheRequestWhicheverPartitionChangesWhileItLooks() throws IOException {
        String value = "v".repeat(100);
        long offset = 0;
        for (int i = 0; i < 300; i++) {
            Fetch.Request request = fetch(LONG_MS, 500, from(TOPIC, Uuid.ZERO, at(0, offset), at(1, offset)));
            reader.send(DataNode.frame(request, 12, i));
            for (int record = 0; record < 4; record++) {
                writer.send(DataNode.frame(produce(1, TOPIC, 1, batch(value)), 9, i));
                writer.send(DataNode.frame(produce(1, TOPIC, 0, batch(value)), 9, i));
            }
            Fetch.Response response = DataNode.answer(reader, ApiKey.FETCH, 12, i);
            assertThat(response.responses.get(0).partitions)
                    .extracting(partition -> partition.partitionIndex)
                    .as("round %d", i)
                    .containsExactly(0, 1);
            for (int record = 0; record < 8; record++) {
                DataNode.answer(writer, ApiKey.PRODUCE, 9, i);
            }
            offset += 4;
        }
    }

    @Test
    void endsTheWaitOfFetchesWhenTheLeaderChanges() throws IOException {
        reader.send(DataNode.frame(fetch(LONG_MS, 1, from(TOPIC, 0, 0)), 9, 1));
        assertThat(reader.hearsNothingFor(50)).isTrue();
        node.elect(TOPIC, 0, 2, 1, new int[] {2}, new int[] {1, 2});
        Fetch.Response response = DataNode.answer(reader, ApiKey.FETCH, 9, 1);
        assertThat(ErrorCode.of(only(response).errorCode)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void acknowledgesToAllOnlyWhatEveryReplicaInSyncHas() throws IOException {
        node.elect(TOPIC, 0, 1, 1, new int[] {1, 2, 3}, new int[] {1, 2, 3});
        writer.send(DataNode.frame(produce(-1, TOPIC, 0, batch("a", "b")), 9, 7));
        // Before that a follower cannot have it.
        Await.await(
                "it is appended", () -> node.replicas.partition(TOPIC, 0).log().logEndOffset() == 2);
        assertThat(writer.hearsNothingFor(50)).isTrue();
        assertThat(ProduceFetchTest.values(only(call(reader, fetch(0, 1, from(TOPIC, 0, 0)), 12))))
                .as("what is not committed is not given to consumers")
                .isEmpty();

        follow(2, 0, 0);
        follow(3, 2, 0);
        assertThat(writer.hearsNothingFor(50)).as("one replica still lacks it").isTrue();
        follow(2, 1, 0);
        assertThat(writer.hearsNothingFor(50))
                .as("one replica still lacks a part")
                .isTrue();
        follow(2, 2, 0);
        Produce.Response response = DataNode.answer(writer, ApiKey.PRODUCE, 9, 7);
        assertThat(only(response).errorCode).isZero();
        assertThat(only(response).baseOffset).isZero();
        assertThat(ProduceFetchTest.values(only(call(reader, fetch(0, 1, from(TOPIC, 0, 0)), 12))))
                .containsExactly("a", "b");
    }

    @Test
    void wakesWaitingConsumersWhenTheHighWatermarkMovesAndFollowersWhenTheLogGrows() throws IOException {
        node.elect(TOPIC, 0, 1, 1, new int[] {1, 2}, new int[] {1, 2});
        // In the moment after an election followers do not wait for long.
        node.loop.advance(1_000);
        reader.send(DataNode.frame(fetch(LONG_MS, 1, from(TOPIC, 0, 0)), 12, 1));
        try (RawClient follower = new RawClient(node.port)) {
            follower.send(DataNode.frame(asFollower(2, fetch(LONG_MS, 1, from(TOPIC, 0, 0)), 1), 12, 2));
            assertThat(follower.hearsNothingFor(50)).isTrue();
            call(writer, produce(1, TOPIC, 0, batch("a")), 9);
            Fetch.Response followed = DataNode.answer(follower, ApiKey.FETCH, 12, 2);
            assertThat(ProduceFetchTest.values(only(followed))).containsExactly("a");
            assertThat(reader.hearsNothingFor(50)).isTrue();
            follower.send(DataNode.frame(asFollower(2, fetch(0, 1, from(TOPIC, 0, 1)), 1), 12, 3));
            DataNode.answer(follower, ApiKey.FETCH, 12, 3);
            Fetch.Response consumed = DataNode.answer(reader, ApiKey.FETCH, 12, 1);
            assertThat(ProduceFetchTest.values(only(consumed))).containsExactly("a");
        }
    }

    @Test
    void answersAppendsThatTheReplicasDoNotTakeInTime() throws IOException {
        node.elect(TOPIC, 0, 1, 1, new int[] {1, 2}, new int[] {1, 2});
        Produce.Request request = produce(-1, TOPIC, 0, batch("a"));
        request.timeoutMs = 100;
        assertThat(ErrorCode.of(only(call(writer, request, 9)).errorCode)).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
    }

    @Test
    void waitsForNobodyWhoIsGone() throws IOException {
        node.elect(TOPIC, 0, 1, 1, new int[] {1, 2}, new int[] {1, 2});
        try (RawClient gone = new RawClient(node.port)) {
            Produce.Request request = produce(-1, TOPIC, 0, batch("a"));
            request.timeoutMs = Integer.MAX_VALUE;
            gone.send(DataNode.frame(request, 9, 1));
            gone.send(DataNode.frame(fetch(Integer.MAX_VALUE, 1, from(TOPIC, 1, 0)), 12, 2));
            Await.await("both are taken on", () -> node.queuedRequestBytes() > 150);
        }
        Await.await("nothing is held for them", () -> node.queuedRequestBytes() == 0);
    }

    @Test
    void tellsProducersThatWaitWhenTheLeaderChanges() throws IOException {
        node.elect(TOPIC, 0, 1, 1, new int[] {1, 2}, new int[] {1, 2});
        writer.send(DataNode.frame(produce(-1, TOPIC, 0, batch("a")), 10, 7));
        Await.await(
                "it is appended", () -> node.replicas.partition(TOPIC, 0).log().logEndOffset() == 1);
        node.elect(TOPIC, 0, 2, 2, new int[] {2}, new int[] {1, 2});
        Produce.Response response = DataNode.answer(writer, ApiKey.PRODUCE, 10, 7);
        assertThat(ErrorCode.of(only(response).errorCode)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        assertThat(only(response).currentLeader.leaderId).isEqualTo(2);
        assertThat(only(response).currentLeader.leaderEpoch).isEqualTo(2);
    }

    @Test
    void refusesAcksAllWhileTooFewReplicasAreInSync() throws IOException {
        node.settings("strict", new TopicSettings(LogConfig.DEFAULT, 2));
        node.elect("strict", 0, 1, 0, new int[] {1}, new int[] {1, 2});
        assertThat(ErrorCode.of(only(call(writer, produce(-1, "strict", 0, batch("a")), 9)).errorCode))
                .isEqualTo(ErrorCode.NOT_ENOUGH_REPLICAS);
        assertThat(only(call(writer, produce(1, "strict", 0, batch("b")), 9)).errorCode)
                .as("acks=1 does not ask for them")
                .isZero();
        assertThat(node.replicas.partition("strict", 0).log().highWatermark())
                .as("what too few replicas have is not committed")
                .isZero();
        node.elect("strict", 1, 1, 0, new int[] {1}, new int[] {1});
        assertThat(only(call(writer, produce(-1, "strict", 1, batch("a")), 9)).errorCode)
                .as("a topic cannot have more replicas in sync than it has")
                .isZero();
    }

    @Test
    void looksAgainWhetherEnoughReplicasAreInSyncWhenItAcknowledges() throws IOException {
        node.settings("strict", new TopicSettings(LogConfig.DEFAULT, 2));
        node.elect("strict", 0, 1, 0, new int[] {1, 2}, new int[] {1, 2});
        writer.send(DataNode.frame(produce(-1, "strict", 0, batch("a")), 9, 7));
        Await.await(
                "it is appended",
                () -> node.replicas.partition("strict", 0).log().logEndOffset() == 1);
        try (RawClient follower = new RawClient(node.port)) {
            call(follower, asFollower(2, fetch(0, 1, from("strict", 0, 1)), 0), 12);
        }
        Produce.Response response = DataNode.answer(writer, ApiKey.PRODUCE, 9, 7);
        assertThat(only(response).errorCode).isZero();

        writer.send(DataNode.frame(produce(-1, "strict", 0, batch("b")), 9, 8));
        Await.await(
                "it is appended",
                () -> node.replicas.partition("strict", 0).log().logEndOffset() == 2);
        node.elect("strict", 0, 1, 1, new int[] {1}, new int[] {1, 2});
        assertThat(writer.hearsNothingFor(50))
                .as("fewer than enough commit nothing")
                .isTrue();
    }

    @Test
    void letsOnlyReplicasOfThePartitionFollowAndOnlyAtTheListenerForBrokers() throws IOException {
        try (RawClient stranger = new RawClient(node.port)) {
            PartitionData answer = only(call(stranger, asFollower(77, fetch(0, 1, from(TOPIC, 0, 0)), -1), 12));
            assertThat(ErrorCode.of(answer.errorCode)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        }
        try (RawClient client = new RawClient(node.clientsPort)) {
            client.send(DataNode.frame(asFollower(2, fetch(0, 1, from(TOPIC, 0, 0)), -1), 12, 1));
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void doesNotTakeTheWordOfAFollowerWhoseLogHasParted() throws IOException {
        node.elect(TOPIC, 0, 1, 1, new int[] {1, 2}, new int[] {1, 2});
        call(writer, produce(1, TOPIC, 0, batch("a", "b")), 9);
        node.elect(TOPIC, 0, 1, 3, new int[] {1, 2}, new int[] {1, 2});
        call(writer, produce(1, TOPIC, 0, batch("c")), 9);
        try (RawClient follower = new RawClient(node.port)) {
            Fetch.Request diverged = asFollower(2, fetch(0, 1, from(TOPIC, 0, 3)), 3);
            diverged.topics.get(0).partitions.get(0).lastFetchedEpoch = 2;
            PartitionData answer = only(call(follower, diverged, 12));
            assertThat(answer.errorCode).isZero();
            assertThat(answer.divergingEpoch.epoch).isEqualTo(1);
            assertThat(answer.divergingEpoch.endOffset).isEqualTo(2);
            assertThat(answer.records.remaining()).isZero();
            assertThat(node.replicas.partition(TOPIC, 0).log().highWatermark()).isZero();

            Fetch.Request agreed = asFollower(2, fetch(0, 1, from(TOPIC, 0, 2)), 3);
            agreed.topics.get(0).partitions.get(0).lastFetchedEpoch = 1;
            assertThat(ProduceFetchTest.values(only(call(follower, agreed, 12))))
                    .containsExactly("c");
            assertThat(node.replicas.partition(TOPIC, 0).log().highWatermark()).isEqualTo(2);
        }
    }

    private void follow(int replica, long offset, int maxWaitMs) throws IOException {
        try (RawClient follower = new RawClient(node.port)) {
            Fetch.Response response =
                    call(follower, asFollower(replica, fetch(maxWaitMs, 1, from(TOPIC, 0, offset)), 1), 12);
            assertThat(only(response).errorCode).isZero();
        }
    }

    private static Fetch.Request asFollower(int replica, Fetch.Request request, int leaderEpoch) {
        request.replicaId = replica;
        request.topics.get(0).partitions.get(0).currentLeaderEpoch = leaderEpoch;
        return request;
    }

    private static PartitionData only(Fetch.Response response) {
        assertThat(response.responses).hasSize(1);
        return response.responses.get(0).partitions.get(0);
    }

    private static PartitionProduceResponse only(Produce.Response response) {
        return response.responses.get(0).partitionResponses.get(0);
    }
}
