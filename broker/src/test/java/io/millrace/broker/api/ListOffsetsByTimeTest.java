package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.call;
import static io.millrace.broker.api.Requests.TIMESTAMP;
import static io.millrace.broker.api.Requests.batch;
import static io.millrace.broker.api.Requests.fetch;
import static io.millrace.broker.api.Requests.from;
import static io.millrace.broker.api.Requests.produce;
import static io.millrace.protocol.ErrorCode.LEADER_NOT_AVAILABLE;
import static io.millrace.protocol.ErrorCode.NONE;
import static io.millrace.protocol.ErrorCode.OFFSET_NOT_AVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.net.RawClient;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.ListOffsets;
import io.millrace.protocol.message.ListOffsets.Request.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsets.Request.ListOffsetsTopic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ListOffsets has to look up on disk keeps no event loop waiting. */
class ListOffsetsByTimeTest {
    private static final String TOPIC = "t";
    private static final int VERSION = 7;
    private static final long LATEST = -1;
    private static final long EARLIEST = -2;
    private static final long MAX_TIMESTAMP = -3;

    @TempDir
    Path dir;

    private final Queue<Runnable> background = new ArrayDeque<>();
    private DataNode node;
    private ListOffsetsHandler handler;

    @BeforeEach
    void start() throws IOException {
        node = new DataNode(dir);
        node.lead(TOPIC, 1);
        try (RawClient client = new RawClient(node.port)) {
            call(client, produce(1, TOPIC, 0, batch("a", "b", "c")), 9);
        }
        handler = new ListOffsetsHandler(node.replicas, background::add);
    }

    @AfterEach
    void close() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {TIMESTAMP + 2, MAX_TIMESTAMP})
    void looksUpATimeInTheBackground(long timestamp) throws IOException {
        RecordedContext context = ask(LATEST, timestamp);
        assertThat(context.isAnswered()).as("answered on the event loop").isFalse();
        assertThat(background).hasSize(1);
        background.remove().run();
        assertThat(offsets(context)).containsExactly(3L, 2L);
    }

    @Test
    void answersAtOnceWhatItKnows() throws IOException {
        RecordedContext context = ask(LATEST, EARLIEST);
        assertThat(background).isEmpty();
        assertThat(offsets(context)).containsExactly(3L, 0L);
    }

    @Test
    void theEndDoesNotGoBackAfterAnElection() throws IOException {
        node.elect(TOPIC, 0, 1, 1, new int[] {1, 2}, new int[] {1, 2});
        try (RawClient client = new RawClient(node.port)) {
            call(client, produce(1, TOPIC, 0, batch("d", "e")), 9);
            node.elect(TOPIC, 0, 1, 2, new int[] {1, 2}, new int[] {1, 2});

            assertThat(errors(ask(VERSION, -1, LATEST, EARLIEST))).containsExactly(OFFSET_NOT_AVAILABLE, NONE);
            assertThat(errors(ask(4, -1, LATEST))).as("of old").containsExactly(LEADER_NOT_AVAILABLE);
            assertThat(offsets(ask(VERSION, 2, LATEST))).as("a follower").containsExactly(5L);
            RecordedContext committed = ask(VERSION, -1, TIMESTAMP + 1);
            RecordedContext later = ask(VERSION, -1, TIMESTAMP + 100);
            background.forEach(Runnable::run);
            assertThat(offsets(committed)).as("what is known to be committed").containsExactly(1L);
            assertThat(errors(later)).as("nothing as late as that").containsExactly(OFFSET_NOT_AVAILABLE);

            Fetch.Request follow = fetch(0, 1, from(TOPIC, 0, 5));
            follow.replicaId = 2;
            call(client, follow, 12);
        }
        assertThat(offsets(ask(VERSION, -1, LATEST))).containsExactly(5L);
    }

    private RecordedContext ask(long... timestamps) {
        return ask(VERSION, -1, timestamps);
    }

    private RecordedContext ask(int version, int replicaId, long... timestamps) {
        ListOffsetsTopic topic = new ListOffsetsTopic();
        topic.name = TOPIC;
        topic.partitions = LongStream.of(timestamps)
                .mapToObj(ListOffsetsByTimeTest::partition)
                .toList();
        ListOffsets.Request request = new ListOffsets.Request();
        request.replicaId = replicaId;
        request.topics = List.of(topic);
        RecordedContext context = new RecordedContext(request, version);
        handler.handle(context);
        return context;
    }

    private static ListOffsetsPartition partition(long timestamp) {
        ListOffsetsPartition partition = new ListOffsetsPartition();
        partition.timestamp = timestamp;
        partition.currentLeaderEpoch = -1;
        return partition;
    }

    private static List<ErrorCode> errors(RecordedContext context) throws IOException {
        ListOffsets.Response response = context.answer();
        return response.topics.get(0).partitions.stream()
                .map(partition -> ErrorCode.of(partition.errorCode))
                .toList();
    }

    private static List<Long> offsets(RecordedContext context) throws IOException {
        ListOffsets.Response response = context.answer();
        return response.topics.get(0).partitions.stream()
                .map(partition -> partition.offset)
                .toList();
    }
}
