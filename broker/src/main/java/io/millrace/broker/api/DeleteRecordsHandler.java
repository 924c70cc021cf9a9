package io.millrace.broker.api;

import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.DeleteRecords;
import io.millrace.protocol.message.DeleteRecords.Request.DeleteRecordsPartition;
import io.millrace.protocol.message.DeleteRecords.Request.DeleteRecordsTopic;
import io.millrace.protocol.message.DeleteRecords.Response.DeleteRecordsPartitionResult;
import io.millrace.protocol.message.DeleteRecords.Response.DeleteRecordsTopicResult;
import io.millrace.storage.StorageException;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** Answers DeleteRecords: moves the start of logs, as their leader. Files go away later. */
public final class DeleteRecordsHandler extends MessageHandler<DeleteRecords.Request> {
    private static final long NONE = -1;

    private final ReplicaManager replicas;

    public DeleteRecordsHandler(ReplicaManager replicas) {
        super(ApiKey.DELETE_RECORDS, DeleteRecords.Request::new);
        this.replicas = replicas;
    }

    @Override
    protected void handle(DeleteRecords.Request request, RequestContext context) {
        DeleteRecords.Response response = new DeleteRecords.Response();
        response.topics = new ArrayList<>(request.topics.size());
        for (DeleteRecordsTopic topic : request.topics) {
            DeleteRecordsTopicResult ofTopic = new DeleteRecordsTopicResult();
            ofTopic.name = topic.name;
            ofTopic.partitions = new ArrayList<>(topic.partitions.size());
            for (DeleteRecordsPartition wanted : topic.partitions) {
                ofTopic.partitions.add(delete(topic.name, wanted));
            }
            response.topics.add(ofTopic);
        }
        context.respond(response);
    }

    private DeleteRecordsPartitionResult delete(String topic, DeleteRecordsPartition wanted) {
        DeleteRecordsPartitionResult result = new DeleteRecordsPartitionResult();
        result.partitionIndex = wanted.partitionIndex;
        result.lowWatermark = NONE;
        Partition partition = replicas.partition(topic, wanted.partitionIndex);
        ErrorCode refusal = refusal(topic, wanted, partition);
        if (partition == null || refusal != ErrorCode.NONE) {
            result.errorCode = refusal.code();
            return result;
        }
        try {
            result.lowWatermark = partition.deleteRecords(wanted.offset);
        } catch (StorageException e) {
            result.errorCode = e.error().code();
        }
        return result;
    }

    private ErrorCode refusal(String topic, DeleteRecordsPartition wanted, @Nullable Partition partition) {
        if (InternalTopics.contains(topic)) {
            return ErrorCode.INVALID_TOPIC_EXCEPTION;
        }
        if (partition == null) {
            return replicas.absence(topic, wanted.partitionIndex);
        }
        if (!partition.log().config().delete()) {
            return ErrorCode.POLICY_VIOLATION;
        }
        return wanted.offset < NONE ? ErrorCode.OFFSET_OUT_OF_RANGE : ErrorCode.NONE;
    }
}
