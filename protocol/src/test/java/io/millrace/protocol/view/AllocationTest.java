package io.millrace.protocol.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.millrace.protocol.Codec;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Produce;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Walking a request and writing its answer makes no objects. */
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROUNDS = 2_000;
    private static final int TOPICS = 5;
    private static final int PARTITIONS = 4;
    private static final Uuid ID = new Uuid(7, 8);

    private final TopicInterner interner = new TopicInterner();
    private final ProduceRequestView produceRequest = new ProduceRequestView(interner);
    private final FetchRequestView fetchRequest = new FetchRequestView(interner);
    private final ProduceResponseWriter produceResponse = new ProduceResponseWriter();
    private final FetchResponseWriter fetchResponse = new FetchResponseWriter();
    private long sum;

    @Test
    void produceMakesNoObjects() {
        for (int version : new int[] {3, 8, 11, 13}) {
            ByteBuffer body = direct(Codec.encode(produce(), version));
            ByteBuffer out = ByteBuffer.allocateDirect(4_096);
            assertThat(allocatedBy(() -> produceOnce(body, out, version)))
                    .as("version " + version)
                    .isZero();
        }
        assertThat(sum).isNotZero();
    }

    @Test
    void fetchMakesNoObjects() {
        for (int version : new int[] {4, 11, 12, 17}) {
            ByteBuffer body = direct(Codec.encode(fetch(), version));
            ByteBuffer out = ByteBuffer.allocateDirect(4_096);
            assertThat(allocatedBy(() -> fetchOnce(body, out, version)))
                    .as("version " + version)
                    .isZero();
        }
        assertThat(sum).isNotZero();
    }

    private long allocatedBy(Runnable work) {
        for (int i = 0; i < ROUNDS; i++) {
            work.run();
        }
        // The JIT compiler may replace running code and leave a few objects behind once; a second try must be clean.
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < 3; attempt++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                work.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    private void produceOnce(ByteBuffer body, ByteBuffer out, int version) {
        produceRequest.wrap(body, version);
        produceResponse.measure(version);
        answerProduce();
        produceResponse.write(out.clear(), version);
        produceRequest.rewind();
        answerProduce();
        sum += out.position();
    }

    private void answerProduce() {
        produceResponse.begin(produceRequest.topicCount());
        while (produceRequest.nextTopic()) {
            produceResponse.topic(produceRequest.topic(), produceRequest.topicId(), produceRequest.partitionsInTopic());
            while (produceRequest.nextPartition()) {
                sum += produceRequest.recordsLength();
                produceResponse.partition(produceRequest.partition(), (short) 0, sum, -1, 0);
            }
        }
        produceResponse.end(0, List.of());
    }

    private void fetchOnce(ByteBuffer body, ByteBuffer out, int version) {
        fetchRequest.wrap(body, version);
        fetchResponse.measure(version);
        answerFetch();
        fetchResponse.write(out.clear(), version);
        fetchRequest.rewind();
        answerFetch();
        while (fetchRequest.nextForgottenTopic()) {
            while (fetchRequest.nextForgottenPartition()) {
                sum += fetchRequest.topic().length() + fetchRequest.partition();
            }
        }
        sum += out.position();
    }

    private void answerFetch() {
        fetchResponse.begin(0, (short) 0, fetchRequest.sessionId(), fetchRequest.topicCount());
        while (fetchRequest.nextTopic()) {
            fetchResponse.topic(fetchRequest.topic(), fetchRequest.topicId(), fetchRequest.partitionsInTopic());
            while (fetchRequest.nextPartition()) {
                fetchResponse.partition(fetchRequest.partition(), (short) 0, fetchRequest.fetchOffset(), 5, 0);
                fetchResponse.abortedTransactions(-1);
                fetchResponse.records(-1, 1_000);
                fetchResponse.endPartition();
            }
        }
        fetchResponse.end(List.of());
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static Produce.Request produce() {
        Produce.Request request = new Produce.Request();
        request.acks = -1;
        request.topicData = IntStream.range(0, TOPICS)
                .mapToObj(i -> {
                    var topic = new Produce.Request.TopicProduceData();
                    topic.name = "topic-" + i;
                    topic.topicId = ID;
                    topic.partitionData = IntStream.range(0, PARTITIONS)
                            .mapToObj(j -> {
                                var partition = new Produce.Request.PartitionProduceData();
                                partition.index = j;
                                partition.records = ByteBuffer.allocate(100);
                                return partition;
                            })
                            .toList();
                    return topic;
                })
                .toList();
        return request;
    }

    private static Fetch.Request fetch() {
        Fetch.Request request = new Fetch.Request();
        request.topics = IntStream.range(0, TOPICS)
                .mapToObj(i -> {
                    var topic = new Fetch.Request.FetchTopic();
                    topic.topic = "topic-" + i;
                    topic.topicId = ID;
                    topic.partitions = IntStream.range(0, PARTITIONS)
                            .mapToObj(j -> new Fetch.Request.FetchPartition())
                            .toList();
                    return topic;
                })
                .toList();
        return request;
    }
}
