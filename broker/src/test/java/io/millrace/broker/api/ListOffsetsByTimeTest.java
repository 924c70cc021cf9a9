package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.call;
import static io.millrace.broker.api.Requests.TIMESTAMP;
import static io.millrace.broker.api.Requests.batch;
import static io.millrace.broker.api.Requests.produce;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.net.RawClient;
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

    private RecordedContext ask(long... timestamps) {
        ListOffsetsTopic topic = new ListOffsetsTopic();
        topic.name = TOPIC;
        topic.partitions = LongStream.of(timestamps)
                .mapToObj(ListOffsetsByTimeTest::partition)
                .toList();
        ListOffsets.Request request = new ListOffsets.Request();
        request.replicaId = -1;
        request.topics = List.of(topic);
        RecordedContext context = new RecordedContext(request, VERSION);
        handler.handle(context);
        return context;
    }

    private static ListOffsetsPartition partition(long timestamp) {
        ListOffsetsPartition partition = new ListOffsetsPartition();
        partition.timestamp = timestamp;
        partition.currentLeaderEpoch = -1;
        return partition;
    }

    private static List<Long> offsets(RecordedContext context) throws IOException {
        ListOffsets.Response response = context.answer();
        return response.topics.get(0).partitions.stream()
                .map(partition -> partition.offset)
                .toList();
    }
}
