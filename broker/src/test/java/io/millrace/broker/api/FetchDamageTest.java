package io.millrace.broker.api;

import static io.millrace.broker.api.DataNode.call;
import static io.millrace.broker.api.Requests.at;
import static io.millrace.broker.api.Requests.batch;
import static io.millrace.broker.api.Requests.fetch;
import static io.millrace.broker.api.Requests.from;
import static io.millrace.broker.api.Requests.produce;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.net.RawClient;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Fetch.Response.PartitionData;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fetches of a log whose batches are found by their headers, but cannot be read to the end. */
class FetchDamageTest {
    private static final String TOPIC = "t";
    private static final int LARGE = 0;
    private static final int CUT = 1;
    private static final int WHOLE = 2;
    private static final int ALSO_CUT = 3;
    private static final int PARTITIONS = 4;

    private static final String SMALL_VALUE = "s".repeat(20_000);
    private static final String LARGE_VALUE = "l".repeat(100_000);

    @TempDir
    Path dir;

    private DataNode node;

    @BeforeEach
    void cutLogsUnderARunningBroker() throws IOException {
        Uuid topicId;
        try (DataNode before = new DataNode(dir);
                RawClient client = new RawClient(before.port)) {
            before.lead(TOPIC, PARTITIONS);
            topicId = before.topicId(TOPIC);
            for (int partition = 0; partition < PARTITIONS; partition++) {
                String value = partition == LARGE ? LARGE_VALUE : SMALL_VALUE;
                call(client, produce(1, TOPIC, partition, batch(value)), 9);
            }
        }
        node = new DataNode(dir);
        node.topicIds.put(TOPIC, topicId);
        node.lead(TOPIC, PARTITIONS);
        cut(CUT);
        cut(ALSO_CUT);
    }

    @AfterEach
    void close() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 12})
    void answersTheOtherPartitionsAndLetsGoOfAllMemoryAndFiles(int version) throws IOException {
        RecordedContext context = new RecordedContext(request(), version);
        new FetchHandler(node.replicas, node.metadata).handle(context);

        Fetch.Response response = context.answer();
        List<PartitionData> partitions = response.responses.get(0).partitions;
        assertThat(partitions).extracting(partition -> partition.partitionIndex).containsExactly(0, 1, 2, 3);
        assertThat(partitions)
                .extracting(partition -> ErrorCode.of(partition.errorCode))
                .containsExactly(
                        ErrorCode.NONE, ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NONE, ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(partitions.get(LARGE).records.remaining()).isGreaterThan(LARGE_VALUE.length());
        assertThat(partitions.get(WHOLE).records.remaining()).isGreaterThan(SMALL_VALUE.length());
        assertThat(partitions.get(CUT).records.remaining()).isZero();
        assertThat(context.pieces())
                .as("file regions are sent unless converted")
                .hasSize(version < 4 ? 1 : 3);
        assertThat(context.held()).as("buffers and regions still held").isEmpty();
    }

    private static Fetch.Request request() {
        return fetch(0, 1, from(TOPIC, Uuid.ZERO, at(LARGE, 0), at(CUT, 0), at(WHOLE, 0), at(ALSO_CUT, 0)));
    }

    private void cut(int partition) throws IOException {
        try (Stream<Path> files = Files.list(dir.resolve(TOPIC + "-" + partition))) {
            Path log = files.filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
            try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() - 1);
            }
        }
    }
}
