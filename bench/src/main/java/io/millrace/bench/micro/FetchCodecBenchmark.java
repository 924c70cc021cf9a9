package io.millrace.bench.micro;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.view.FetchRequestView;
import io.millrace.protocol.view.FetchResponseWriter;
import io.millrace.protocol.view.TopicInterner;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.MemoryRecords;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Decoding a Fetch request and encoding everything of the response but the records, which come from files. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FetchCodecBenchmark {
    static final short VERSION = 16;
    private static final Uuid TOPIC_ID = new Uuid(0x0123456789abcdefL, 0x76543210fedcba98L);

    @Param({"1", "100"})
    public int partitions = 1;

    private final FetchRequestView view = new FetchRequestView(new TopicInterner());
    private final FetchResponseWriter writer = new FetchResponseWriter();
    private final ByteBuffer out = ByteBuffer.allocateDirect(64 * 1024);
    private ByteBuffer request = ByteBuffer.allocate(0);

    @Setup
    public void setUp() {
        var topic = new Fetch.Request.FetchTopic();
        topic.topicId = TOPIC_ID;
        topic.partitions = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            var partition = new Fetch.Request.FetchPartition();
            partition.partition = i;
            partition.fetchOffset = 1000L * i;
            partition.partitionMaxBytes = 1024 * 1024;
            topic.partitions.add(partition);
        }
        var message = new Fetch.Request();
        message.maxWaitMs = 500;
        message.minBytes = 1;
        message.topics = List.of(topic);
        WireWriter wire = new WireWriter(VERSION, ApiKey.FETCH.isFlexible(VERSION));
        message.wire(wire);
        request = Batches.direct(wire.written());
    }

    /** What the broker does: a walk in place. */
    @Benchmark
    public long millraceDecodeView() {
        view.wrap(request, VERSION);
        long sum = 0;
        while (view.nextTopic()) {
            while (view.nextPartition()) {
                sum += view.partition() + view.fetchOffset() + view.partitionMaxBytes();
            }
        }
        return sum;
    }

    /** What clients and tests do. */
    @Benchmark
    public long millraceDecodeMessage() {
        var message = new Fetch.Request();
        message.wire(new WireReader(request.duplicate(), VERSION, true));
        long sum = 0;
        for (var topic : message.topics) {
            for (var partition : topic.partitions) {
                sum += partition.partition + partition.fetchOffset + partition.partitionMaxBytes;
            }
        }
        return sum;
    }

    @Benchmark
    public long kafkaDecode() {
        var message = new FetchRequestData(new ByteBufferAccessor(request.duplicate()), VERSION);
        long sum = 0;
        for (var topic : message.topics()) {
            for (var partition : topic.partitions()) {
                sum += partition.partition() + partition.fetchOffset() + partition.partitionMaxBytes();
            }
        }
        return sum;
    }

    @Benchmark
    public ByteBuffer millraceEncodeWriter() {
        out.clear();
        writer.measure(VERSION);
        writeResponse();
        writer.write(out, VERSION);
        writeResponse();
        return out.flip();
    }

    private void writeResponse() {
        writer.begin(0, (short) 0, 42, 1);
        writer.topic("", TOPIC_ID, partitions);
        for (int i = 0; i < partitions; i++) {
            writer.partition(i, (short) 0, 1000, 1000, 0);
            writer.abortedTransactions(-1);
            writer.records(-1, 0);
            writer.endPartition();
        }
        writer.end(List.of());
    }

    @Benchmark
    public ByteBuffer kafkaEncode() {
        var topic = new FetchResponseData.FetchableTopicResponse()
                .setTopicId(new org.apache.kafka.common.Uuid(
                        TOPIC_ID.mostSignificantBits(), TOPIC_ID.leastSignificantBits()));
        for (int i = 0; i < partitions; i++) {
            topic.partitions()
                    .add(new FetchResponseData.PartitionData()
                            .setPartitionIndex(i)
                            .setHighWatermark(1000)
                            .setLastStableOffset(1000)
                            .setLogStartOffset(0)
                            .setAbortedTransactions(null)
                            .setRecords(MemoryRecords.EMPTY));
        }
        var message = new FetchResponseData().setSessionId(42).setResponses(List.of(topic));
        var cache = new ObjectSerializationCache();
        message.size(cache, VERSION);
        out.clear();
        message.write(new ByteBufferAccessor(out), cache, VERSION);
        return out.flip();
    }
}
