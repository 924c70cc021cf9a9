package io.millrace.broker.api;

import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.OffsetForLeaderEpoch;
import io.millrace.protocol.message.OffsetForLeaderEpoch.Request.OffsetForLeaderPartition;
import io.millrace.protocol.message.OffsetForLeaderEpoch.Request.OffsetForLeaderTopic;
import io.millrace.protocol.message.OffsetForLeaderEpoch.Response.EpochEndOffset;
import io.millrace.protocol.message.OffsetForLeaderEpoch.Response.OffsetForLeaderTopicResult;
import io.millrace.storage.StorageException;
import java.util.ArrayList;

/** Answers OffsetForLeaderEpoch: where an epoch ended in the leader's log, by which others find out where theirs departs. */
public final class OffsetForLeaderEpochHandler extends MessageHandler<OffsetForLeaderEpoch.Request> {
    private final ReplicaManager replicas;

    public OffsetForLeaderEpochHandler(ReplicaManager replicas) {
        super(ApiKey.OFFSET_FOR_LEADER_EPOCH, OffsetForLeaderEpoch.Request::new);
        this.replicas = replicas;
    }

    @Override
    protected void handle(OffsetForLeaderEpoch.Request request, RequestContext context) {
        OffsetForLeaderEpoch.Response response = new OffsetForLeaderEpoch.Response();
        response.topics = new ArrayList<>(request.topics.size());
        for (OffsetForLeaderTopic topic : request.topics) {
            OffsetForLeaderTopicResult ofTopic = new OffsetForLeaderTopicResult();
            ofTopic.topic = topic.topic;
            ofTopic.partitions = new ArrayList<>(topic.partitions.size());
            for (OffsetForLeaderPartition wanted : topic.partitions) {
                ofTopic.partitions.add(answer(topic.topic, wanted));
            }
            response.topics.add(ofTopic);
        }
        context.respond(response);
    }

    private EpochEndOffset answer(String topic, OffsetForLeaderPartition wanted) {
        EpochEndOffset answer = new EpochEndOffset();
        answer.partition = wanted.partition;
        Partition partition = replicas.partition(topic, wanted.partition);
        if (partition == null) {
            answer.errorCode = replicas.absence(topic, wanted.partition).code();
            return answer;
        }
        try {
            var end = partition.endOffsetFor(wanted.currentLeaderEpoch, wanted.leaderEpoch, true);
            answer.leaderEpoch = end.leaderEpoch();
            answer.endOffset = end.endOffset();
        } catch (StorageException e) {
            answer.errorCode = e.error().code();
        }
        return answer;
    }
}
