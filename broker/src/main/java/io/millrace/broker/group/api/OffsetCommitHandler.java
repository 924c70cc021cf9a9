package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetCommit.Response.OffsetCommitResponsePartition;
import io.millrace.protocol.message.OffsetCommit.Response.OffsetCommitResponseTopic;
import java.util.ArrayList;
import java.util.List;

/**
 * OffsetCommit: partitions that do not exist are answered here. From version 10 on topics go by their ids. Version 0, which
 * knows no generation, commits as a client does that is in no group; Kafka 3 keeps such offsets in ZooKeeper.
 */
final class OffsetCommitHandler extends MessageHandler<OffsetCommit.Request> {
    private static final int FIRST_WITH_TOPIC_IDS = 10;

    private final GroupCoordinator coordinator;
    private final MetadataCache metadata;

    OffsetCommitHandler(GroupCoordinator coordinator, MetadataCache metadata) {
        super(ApiKey.OFFSET_COMMIT, OffsetCommit.Request::new);
        this.coordinator = coordinator;
        this.metadata = metadata;
    }

    @Override
    protected void handle(OffsetCommit.Request request, RequestContext context) {
        boolean byId = context.apiVersion() >= FIRST_WITH_TOPIC_IDS;
        List<OffsetCommitResponseTopic> unknown = new ArrayList<>();
        request.topics = known(request.topics, byId, unknown);
        if (request.topics.isEmpty()) {
            OffsetCommit.Response response = new OffsetCommit.Response();
            response.topics = unknown;
            context.respond(response);
            return;
        }
        coordinator.commitOffsets(
                request,
                Answer.of(
                        response -> {
                            if (!unknown.isEmpty()) {
                                List<OffsetCommitResponseTopic> topics = new ArrayList<>(response.topics);
                                topics.addAll(unknown);
                                response.topics = topics;
                            }
                            context.respond(response);
                        },
                        context::fail));
    }

    /** What there is of the topics, with names; the answer for the rest goes into {@code unknown}. */
    private List<OffsetCommitRequestTopic> known(
            List<OffsetCommitRequestTopic> topics, boolean byId, List<OffsetCommitResponseTopic> unknown) {
        ClusterSnapshot snapshot = metadata.snapshot();
        List<OffsetCommitRequestTopic> known = new ArrayList<>(topics.size());
        for (OffsetCommitRequestTopic topic : topics) {
            String name = byId ? snapshot.topicName(topic.topicId) : topic.name;
            List<OffsetCommitRequestPartition> knownPartitions = new ArrayList<>(topic.partitions.size());
            List<OffsetCommitResponsePartition> unknownPartitions = new ArrayList<>();
            for (OffsetCommitRequestPartition partition : topic.partitions) {
                if (name != null && snapshot.partition(name, partition.partitionIndex) != null) {
                    knownPartitions.add(partition);
                } else {
                    ErrorCode error = name == null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
                    unknownPartitions.add(unknown(partition.partitionIndex, error));
                }
            }
            if (!unknownPartitions.isEmpty()) {
                OffsetCommitResponseTopic answer = new OffsetCommitResponseTopic();
                answer.topicId = topic.topicId;
                answer.name = topic.name;
                answer.partitions = unknownPartitions;
                unknown.add(answer);
            }
            if (name != null && !knownPartitions.isEmpty()) {
                topic.name = name;
                topic.partitions = knownPartitions;
                known.add(topic);
            }
        }
        return known;
    }

    private static OffsetCommitResponsePartition unknown(int partition, ErrorCode error) {
        OffsetCommitResponsePartition answer = new OffsetCommitResponsePartition();
        answer.partitionIndex = partition;
        answer.errorCode = error.code();
        return answer;
    }
}
