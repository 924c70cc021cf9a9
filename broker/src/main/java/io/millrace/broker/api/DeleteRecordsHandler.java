package io.millrace.broker.api;

import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.replica.DelayedDeletion;
import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.broker.replica.Timer;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.DeleteRecords;
import io.millrace.protocol.message.DeleteRecords.Request.DeleteRecordsPartition;
import io.millrace.protocol.message.DeleteRecords.Request.DeleteRecordsTopic;
import io.millrace.protocol.message.DeleteRecords.Response.DeleteRecordsPartitionResult;
import io.millrace.protocol.message.DeleteRecords.Response.DeleteRecordsTopicResult;
import io.millrace.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers DeleteRecords: moves the start of logs, as their leader, and waits until the live replicas have followed, since until
 * then the records may come back with another leader. Files go away later.
 */
public final class DeleteRecordsHandler extends MessageHandler<DeleteRecords.Request> {
    private static final long NONE = -1;

    private final ReplicaManager replicas;

    public DeleteRecordsHandler(ReplicaManager replicas) {
        super(ApiKey.DELETE_RECORDS, DeleteRecords.Request::new);
        this.replicas = replicas;
    }

    /** The request while it waits. */
    private static final class Waiting extends DelayedDeletion {
        private final RequestContext context;
        private final DeleteRecords.Response response = new DeleteRecords.Response();
        private final List<Partition> partitions = new ArrayList<>();
        private final List<DeleteRecordsPartitionResult> results = new ArrayList<>();

        Waiting(Timer timer, RequestContext context) {
            super(timer);
            this.context = context;
        }

        void add(Partition partition, long requiredOffset, DeleteRecordsPartitionResult result) {
            add(partition, requiredOffset, results.size());
            partitions.add(partition);
            results.add(result);
        }

        @Override
        protected void onOutcome(int slot, ErrorCode error) {
            DeleteRecordsPartitionResult result = results.get(slot);
            result.errorCode = error.code();
            result.lowWatermark = error == ErrorCode.NONE ? partitions.get(slot).lowWatermark() : NONE;
        }

        @Override
        protected void onComplete() {
            context.respond(response);
        }
    }

    @Override
    protected void handle(DeleteRecords.Request request, RequestContext context) {
        Waiting waiting = new Waiting(replicas.timer(), context);
        waiting.response.topics = new ArrayList<>(request.topics.size());
        for (DeleteRecordsTopic topic : request.topics) {
            DeleteRecordsTopicResult ofTopic = new DeleteRecordsTopicResult();
            ofTopic.name = topic.name;
            ofTopic.partitions = new ArrayList<>(topic.partitions.size());
            for (DeleteRecordsPartition wanted : topic.partitions) {
                ofTopic.partitions.add(delete(topic.name, wanted, waiting));
            }
            waiting.response.topics.add(ofTopic);
        }
        context.whenClosed(waiting::giveUp);
        waiting.start(request.timeoutMs);
    }

    private DeleteRecordsPartitionResult delete(String topic, DeleteRecordsPartition wanted, Waiting waiting) {
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
            long logStartOffset = partition.deleteRecords(wanted.offset);
            waiting.add(
                    partition,
                    wanted.offset == NONE ? logStartOffset : Math.min(wanted.offset, logStartOffset),
                    result);
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
