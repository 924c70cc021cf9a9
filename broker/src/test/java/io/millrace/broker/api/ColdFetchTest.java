package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.answer;
import static io.millrace.broker.api.DataNode.call;
import static io.millrace.broker.api.DataNode.frame;
import static io.millrace.broker.api.Requests.at;
import static io.millrace.broker.api.Requests.batch;
import static io.millrace.broker.api.Requests.fetch;
import static io.millrace.broker.api.Requests.from;
import static io.millrace.broker.api.Requests.produce;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Await;
import io.millrace.broker.net.RawClient;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Fetch.Response.PartitionData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetches of what lies far behind the end of a log, where the disk takes its time. */
class ColdFetchTest {
    private static final String TOPIC = "t";
    private static final int LONG = 0;
    private static final int SHORT = 1;
    private static final int PARTITIONS = 2;
    private static final int VERSION = 12;
    private static final int LAST_FROM_LEADERS_ONLY = 10;

    private static final String VALUE = "v".repeat(500_000);
    private static final int LONG_BATCHES = 12;

    /** Fetches of 1 MB: more than may wait for the disk. */
    private static final int TOO_MANY = 200;

    /** More than there are event loops, so that each of these has connections. */
    private static final int OTHERS = 6;

    @TempDir
    Path dir;

    private final SlowDisk disk = new SlowDisk();
    private DataNode node;

    @BeforeEach
    void fill() throws IOException {
        node = new DataNode(dir, 1000, disk.maps());
        node.lead(TOPIC, PARTITIONS);
        try (RawClient client = new RawClient(node.port)) {
            for (int i = 0; i < LONG_BATCHES; i++) {
                call(client, produce(1, TOPIC, LONG, batch(VALUE)), 9);
            }
            call(client, produce(1, TOPIC, SHORT, batch(VALUE)), 9);
        }
        disk.hold();
    }

    @AfterEach
    void close() {
        disk.release();
        node.close();
    }

    @Test
    void otherConnectionsOfTheLoopAreAnsweredWhileTheDiskReads() throws Exception {
        try (RawClient cold = new RawClient(node.port)) {
            cold.send(frame(fetch(0, 1, from(TOPIC, LONG, 0)), VERSION, 1));
            cold.send(frame(fetch(0, 1, from(TOPIC, SHORT, 0)), VERSION, 2));
            disk.awaitReader();

            for (int i = 0; i < OTHERS; i++) {
                try (RawClient other = new RawClient(node.port)) {
                    Fetch.Response response = call(other, fetch(0, 1, from(TOPIC, LONG, LONG_BATCHES - 1)), VERSION);
                    assertThat(of(response, LONG).records.remaining())
                            .as("bytes from the end of the log")
                            .isGreaterThan(VALUE.length());
                }
            }
            assertThat(cold.hearsNothingFor(50))
                    .as("nothing is answered before it is read, nor out of order")
                    .isTrue();

            disk.release();
            Fetch.Response response = answer(cold, ApiKey.FETCH, VERSION, 1);
            assertThat(of(response, LONG).records.remaining()).isGreaterThan(VALUE.length());
            response = answer(cold, ApiKey.FETCH, VERSION, 2);
            assertThat(of(response, SHORT).records.remaining()).isGreaterThan(VALUE.length());
        }
    }

    @Test
    void whatTheDiskDoesNotGiveInTimeIsLeftOutAndComesLater() throws Exception {
        node.longestWaitMs = 100;
        try (RawClient client = new RawClient(node.port)) {
            Fetch.Request both = fetch(0, 1, from(TOPIC, Uuid.ZERO, at(LONG, 0), at(SHORT, 0)));
            Fetch.Response response = call(client, both, VERSION);
            disk.awaitReader();
            assertThat(ErrorCode.of(of(response, LONG).errorCode)).isEqualTo(ErrorCode.NONE);
            assertThat(of(response, LONG).records.remaining()).isZero();
            assertThat(of(response, SHORT).records.remaining()).isGreaterThan(VALUE.length());

            disk.release();
            node.longestWaitMs = Long.MAX_VALUE;
            response = call(client, both, VERSION);
            assertThat(of(response, LONG).records.remaining()).isGreaterThan(VALUE.length());
            assertThat(of(response, SHORT).records.remaining()).isGreaterThan(VALUE.length());
        }
    }

    @Test
    void aSessionGetsLaterWhatWasLeftOut() throws Exception {
        node.longestWaitMs = 100;
        try (RawClient client = new RawClient(node.port)) {
            Fetch.Request first = fetch(0, 1, from(TOPIC, Uuid.ZERO, at(LONG, 0), at(SHORT, 0)));
            first.sessionEpoch = 0;
            Fetch.Response response = call(client, first, VERSION);
            assertThat(of(response, LONG).records.remaining()).isZero();

            disk.release();
            node.longestWaitMs = Long.MAX_VALUE;
            Fetch.Request next = fetch(0, 1);
            next.sessionId = response.sessionId;
            next.sessionEpoch = 1;
            response = call(client, next, VERSION);
            assertThat(of(response, LONG).records.remaining()).isGreaterThan(VALUE.length());
        }
    }

    @Test
    void whatWasLeftOutTakesNoBytesFromOthersTheNextTime() throws Exception {
        node.longestWaitMs = 100;
        try (RawClient client = new RawClient(node.port)) {
            Fetch.Request first = fetch(0, 1, from(TOPIC, Uuid.ZERO, at(LONG, 0), at(SHORT, 0)));
            first.sessionEpoch = 0;
            first.maxBytes = VALUE.length();
            Fetch.Response response = call(client, first, VERSION);
            assertThat(of(response, SHORT).records.remaining())
                    .as("bytes beside those of the slow disk")
                    .isZero();

            Fetch.Request next = fetch(0, 1);
            next.maxBytes = VALUE.length();
            next.sessionId = response.sessionId;
            next.sessionEpoch = 1;
            response = call(client, next, VERSION);
            assertThat(of(response, SHORT).records.remaining()).isGreaterThan(VALUE.length());
        }
    }

    /** Nobody tells it when there is room again, and the client would wait for minutes for what is there. */
    @Test
    void whatCannotBeReadNowIsAskedForAgainSoon() throws Exception {
        FetchHandler handler = new FetchHandler(node.replicas, node.metadata);
        ExecutorService loop = Executors.newSingleThreadExecutor();
        try {
            List<RecordedContext> fetches = new ArrayList<>();
            for (int i = 0; i < TOO_MANY; i++) {
                RecordedContext fetch = new RecordedContext(fetch(250_000, 1, from(TOPIC, LONG, 0)), VERSION, loop);
                fetches.add(fetch);
                loop.execute(() -> handler.handle(fetch));
            }
            disk.awaitReader();
            RecordedContext refused = fetches.get(TOO_MANY - 1);
            Await.await("the last is answered while the disk still holds", refused::isAnswered);
            Fetch.Response response =
                    loop.submit(() -> refused.<Fetch.Response>answer()).get(10, TimeUnit.SECONDS);
            assertThat(of(response, LONG).records.remaining()).isZero();
            fetches.forEach(fetch -> loop.execute(fetch::close));
        } finally {
            loop.shutdown();
            assertThat(loop.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void looksAgainWhenTheRangeIsRead() throws Exception {
        try (RawClient client = new RawClient(node.port)) {
            client.send(frame(fetch(0, 1, from(TOPIC, LONG, 0)), LAST_FROM_LEADERS_ONLY, 1));
            disk.awaitReader();
            node.elect(TOPIC, LONG, 2, 1, new int[] {2}, new int[] {DataNode.BROKER, 2});
            disk.release();
            Fetch.Response response = answer(client, ApiKey.FETCH, LAST_FROM_LEADERS_ONLY, 1);
            assertThat(ErrorCode.of(of(response, LONG).errorCode)).isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        }
    }

    @Test
    void aConnectionThatClosesMeanwhileHoldsNothing() throws Exception {
        RecordedContext context = new RecordedContext(fetch(0, 1, from(TOPIC, LONG, 0)), VERSION);
        new FetchHandler(node.replicas, node.metadata).handle(context);
        disk.awaitReader();
        context.close();
        assertThat(of(context.answer(), LONG).records.remaining()).isZero();
        assertThat(context.held()).as("buffers and regions still held").isEmpty();
    }

    private static PartitionData of(Fetch.Response response, int partition) {
        return response.responses.stream()
                .flatMap(topic -> topic.partitions.stream())
                .filter(found -> found.partitionIndex == partition)
                .findFirst()
                .orElseThrow(() -> new AssertionError("Nothing of partition " + partition));
    }
}
