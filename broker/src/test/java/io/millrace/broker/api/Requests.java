package io.millrace.broker.api;

import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.Fetch.Request.FetchPartition;
import io.millrace.protocol.message.Fetch.Request.FetchTopic;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.message.Produce.Request.PartitionProduceData;
import io.millrace.protocol.message.Produce.Request.TopicProduceData;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.Compression;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Produce and Fetch requests as tests need them. */
final class Requests {
    static final long TIMESTAMP = 1_700_000_000_000L;

    private Requests() {}

    static ByteBuffer batch(String... values) {
        return batch(Compression.NONE, values);
    }

    static ByteBuffer batch(Compression compression, String... values) {
        return idempotent(compression, -1, (short) -1, -1, values);
    }

    static ByteBuffer idempotent(long producerId, int epoch, int sequence, String... values) {
        return idempotent(Compression.NONE, producerId, (short) epoch, sequence, values);
    }

    private static ByteBuffer idempotent(
            Compression compression, long producerId, short epoch, int sequence, String... values) {
        BatchBuilder builder = new BatchBuilder().begin(compression).producer(producerId, epoch, sequence);
        for (int i = 0; i < values.length; i++) {
            builder.append(TIMESTAMP + i, null, values[i].getBytes(StandardCharsets.UTF_8));
        }
        return copy(builder.finish());
    }

    static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }

    static Produce.Request produce(int acks, String topic, int partition, @Nullable ByteBuffer records) {
        Produce.Request request = new Produce.Request();
        request.acks = (short) acks;
        request.timeoutMs = 10_000;
        request.topicData = List.of(topicData(topic, Uuid.ZERO, partition, records));
        return request;
    }

    static TopicProduceData topicData(String topic, Uuid id, int partition, @Nullable ByteBuffer records) {
        PartitionProduceData data = new PartitionProduceData();
        data.index = partition;
        data.records = records;
        TopicProduceData ofTopic = new TopicProduceData();
        ofTopic.name = topic;
        ofTopic.topicId = id;
        ofTopic.partitionData = List.of(data);
        return ofTopic;
    }

    static Fetch.Request fetch(int maxWaitMs, int minBytes, FetchTopic... topics) {
        Fetch.Request request = new Fetch.Request();
        request.maxWaitMs = maxWaitMs;
        request.minBytes = minBytes;
        request.maxBytes = 50 * 1024 * 1024;
        request.topics = new ArrayList<>(List.of(topics));
        return request;
    }

    static FetchTopic from(String topic, Uuid id, FetchPartition... partitions) {
        FetchTopic ofTopic = new FetchTopic();
        ofTopic.topic = topic;
        ofTopic.topicId = id;
        ofTopic.partitions = List.of(partitions);
        return ofTopic;
    }

    static FetchTopic from(String topic, int partition, long offset) {
        return from(topic, Uuid.ZERO, at(partition, offset));
    }

    static FetchPartition at(int partition, long offset) {
        FetchPartition ofPartition = new FetchPartition();
        ofPartition.partition = partition;
        ofPartition.fetchOffset = offset;
        ofPartition.partitionMaxBytes = 1024 * 1024;
        return ofPartition;
    }
}
