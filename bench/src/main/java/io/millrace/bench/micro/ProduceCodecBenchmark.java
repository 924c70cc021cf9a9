package io.millrace.bench.micro;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.view.ProduceRequestView;
import io.millrace.protocol.view.ProduceResponseWriter;
import io.millrace.protocol.view.TopicInterner;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Decoding a Produce request of one partition and one 16 KiB batch, and encoding the response to it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ProduceCodecBenchmark {
    static final short VERSION = 11;
    private static final String TOPIC = "page-views";
    private static final int BATCH_BYTES = 16 * 1024;

    private final ProduceRequestView view = new ProduceRequestView(new TopicInterner());
    private final ProduceResponseWriter writer = new ProduceResponseWriter();
    private final ByteBuffer out = ByteBuffer.allocateDirect(1024);
    private ByteBuffer request = ByteBuffer.allocate(0);

    @Setup
    public void setUp() {
        var partition = new Produce.Request.PartitionProduceData();
        partition.index = 7;
        partition.records = Batches.uncompressed(BATCH_BYTES);
        var topic = new Produce.Request.TopicProduceData();
        topic.name = TOPIC;
        topic.partitionData = List.of(partition);
        var message = new Produce.Request();
        message.acks = -1;
        message.timeoutMs = 30_000;
        message.topicData = List.of(topic);
        WireWriter wire = new WireWriter(VERSION, ApiKey.PRODUCE.isFlexible(VERSION));
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
                sum += view.partition() + view.recordsLength();
            }
        }
        return sum;
    }

    /** What clients and tests do. */
    @Benchmark
    public long millraceDecodeMessage() {
        var message = new Produce.Request();
        message.wire(new WireReader(request.duplicate(), VERSION, true));
        long sum = 0;
        for (var topic : message.topicData) {
            for (var partition : topic.partitionData) {
                sum += partition.index + (partition.records == null ? 0 : partition.records.remaining());
            }
        }
        return sum;
    }

    @Benchmark
    public long kafkaDecode() {
        var message = new ProduceRequestData(new ByteBufferAccessor(request.duplicate()), VERSION);
        long sum = 0;
        for (var topic : message.topicData()) {
            for (var partition : topic.partitionData()) {
                sum += partition.index() + partition.records().sizeInBytes();
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
        writer.begin(1);
        writer.topic(TOPIC, Uuid.ZERO, 1);
        writer.partition(7, (short) 0, 4711, -1, 0);
        writer.end(0, List.of());
    }

    @Benchmark
    public ByteBuffer kafkaEncode() {
        var message = new ProduceResponseData();
        var topic = new ProduceResponseData.TopicProduceResponse().setName(TOPIC);
        topic.partitionResponses()
                .add(new ProduceResponseData.PartitionProduceResponse()
                        .setIndex(7)
                        .setBaseOffset(4711)
                        .setLogStartOffset(0));
        message.responses().add(topic);
        var cache = new ObjectSerializationCache();
        message.size(cache, VERSION);
        out.clear();
        message.write(new ByteBufferAccessor(out), cache, VERSION);
        return out.flip();
    }
}
