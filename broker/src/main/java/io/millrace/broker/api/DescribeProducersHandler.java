package io.millrace.broker.api;

import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.DescribeProducers;
import io.millrace.protocol.message.DescribeProducers.Request.TopicRequest;
import io.millrace.protocol.message.DescribeProducers.Response.PartitionResponse;
import io.millrace.protocol.message.DescribeProducers.Response.ProducerState;
import io.millrace.protocol.message.DescribeProducers.Response.TopicResponse;
import io.millrace.storage.log.ProducerView;
import java.util.ArrayList;

/** Answers DescribeProducers: the idempotent producers that a leader keeps state of. */
public final class DescribeProducersHandler extends MessageHandler<DescribeProducers.Request> {
    private final ReplicaManager replicas;

    public DescribeProducersHandler(ReplicaManager replicas) {
        super(ApiKey.DESCRIBE_PRODUCERS, DescribeProducers.Request::new);
        this.replicas = replicas;
    }

    @Override
    protected void handle(DescribeProducers.Request request, RequestContext context) {
        DescribeProducers.Response response = new DescribeProducers.Response();
        response.topics = new ArrayList<>(request.topics.size());
        for (TopicRequest topic : request.topics) {
            TopicResponse ofTopic = new TopicResponse();
            ofTopic.name = topic.name;
            ofTopic.partitions = new ArrayList<>(topic.partitionIndexes.length);
            for (int partition : topic.partitionIndexes) {
                ofTopic.partitions.add(describe(topic.name, partition));
            }
            response.topics.add(ofTopic);
        }
        context.respond(response);
    }

    private PartitionResponse describe(String topic, int number) {
        PartitionResponse response = new PartitionResponse();
        response.partitionIndex = number;
        Partition partition = replicas.partition(topic, number);
        ErrorCode error = partition == null ? replicas.absence(topic, number) : partition.check(-1, true);
        response.errorCode = error.code();
        if (partition == null || error != ErrorCode.NONE) {
            return response;
        }
        response.activeProducers = new ArrayList<>();
        for (ProducerView producer : partition.log().activeProducers()) {
            response.activeProducers.add(state(producer));
        }
        return response;
    }

    private static ProducerState state(ProducerView producer) {
        ProducerState state = new ProducerState();
        state.producerId = producer.producerId();
        state.producerEpoch = producer.producerEpoch();
        state.lastSequence = producer.lastSequence();
        state.lastTimestamp = producer.lastTimestamp();
        state.coordinatorEpoch = producer.coordinatorEpoch();
        state.currentTxnStartOffset = producer.currentTxnFirstOffset();
        return state;
    }
}
