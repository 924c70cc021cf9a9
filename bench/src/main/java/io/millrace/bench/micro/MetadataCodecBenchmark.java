package io.millrace.bench.micro;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Metadata;
import io.millrace.protocol.message.Metadata.Response.MetadataResponseBroker;
import io.millrace.protocol.message.Metadata.Response.MetadataResponsePartition;
import io.millrace.protocol.message.Metadata.Response.MetadataResponseTopic;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
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

/** Metadata of one topic and of many, each with three partitions: encoding an answer that is there as objects, and decoding it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MetadataCodecBenchmark {
    private static final short VERSION = 12;
    private static final int PARTITIONS = 3;
    private static final int[] REPLICAS = {1, 2, 3};

    @Param({"1", "1000"})
    public int topics = 1;

    private Metadata.Response response = new Metadata.Response();
    private MetadataResponseData kafkaResponse = new MetadataResponseData();
    private ByteBuffer encoded = ByteBuffer.allocate(0);

    @Setup
    public void setUp() {
        response = new Metadata.Response();
        response.clusterId = "cluster";
        response.controllerId = 1;
        MetadataResponseBroker broker = new MetadataResponseBroker();
        broker.nodeId = 1;
        broker.host = "broker-1.example.com";
        broker.port = 9092;
        response.brokers = List.of(broker);
        response.topics = new ArrayList<>();
        for (int i = 0; i < topics; i++) {
            response.topics.add(topic(i));
        }
        encoded = millraceEncode();
        kafkaResponse = kafkaDecode();
    }

    private static MetadataResponseTopic topic(int number) {
        MetadataResponseTopic topic = new MetadataResponseTopic();
        topic.name = "topic-" + number;
        topic.topicId = new Uuid(1, number);
        topic.partitions = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            MetadataResponsePartition partition = new MetadataResponsePartition();
            partition.partitionIndex = i;
            partition.leaderId = 1;
            partition.leaderEpoch = 5;
            partition.replicaNodes = REPLICAS;
            partition.isrNodes = REPLICAS;
            topic.partitions.add(partition);
        }
        return topic;
    }

    @Benchmark
    public ByteBuffer millraceEncode() {
        WireWriter wire = new WireWriter(VERSION, ApiKey.METADATA.isFlexible(VERSION));
        response.wire(wire);
        return wire.written();
    }

    @Benchmark
    public ByteBuffer kafkaEncode() {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer out = ByteBuffer.allocate(kafkaResponse.size(cache, VERSION));
        kafkaResponse.write(new ByteBufferAccessor(out), cache, VERSION);
        return out.flip();
    }

    @Benchmark
    public Metadata.Response millraceDecode() {
        Metadata.Response decoded = new Metadata.Response();
        decoded.wire(new WireReader(encoded.duplicate(), VERSION, true));
        return decoded;
    }

    @Benchmark
    public MetadataResponseData kafkaDecode() {
        return new MetadataResponseData(new ByteBufferAccessor(encoded.duplicate()), VERSION);
    }
}
