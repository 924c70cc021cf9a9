package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.OffsetDelete;
import io.millrace.protocol.message.OffsetDelete.Request.OffsetDeleteRequestPartition;
import io.millrace.protocol.message.OffsetDelete.Request.OffsetDeleteRequestTopic;
import io.millrace.protocol.message.OffsetDelete.Response.OffsetDeleteResponsePartition;
import io.millrace.protocol.message.OffsetDelete.Response.OffsetDeleteResponseTopic;
import java.util.ArrayList;
import java.util.List;

/** OffsetDelete: partitions that do not exist are answered here. */
final class OffsetDeleteHandler extends MessageHandler<OffsetDelete.Request> {
    private final GroupCoordinator coordinator;
    private final MetadataCache metadata;

    OffsetDeleteHandler(GroupCoordinator coordinator, MetadataCache metadata) {
        super(ApiKey.OFFSET_DELETE, OffsetDelete.Request::new);
        this.coordinator = coordinator;
        this.metadata = metadata;
    }

    @Override
    protected void handle(OffsetDelete.Request request, RequestContext context) {
        List<OffsetDeleteResponseTopic> unknown = new ArrayList<>();
        request.topics = known(request.topics, unknown);
        coordinator.deleteOffsets(
                request,
                Answer.of(
                        response -> {
                            if (response.errorCode == ErrorCode.NONE.code() && !unknown.isEmpty()) {
                                List<OffsetDeleteResponseTopic> topics = new ArrayList<>(response.topics);
                                topics.addAll(unknown);
                                response.topics = topics;
                            }
                            context.respond(response);
                        },
                        context::fail));
    }

    /** What there is of the topics; the answer for the rest goes into {@code unknown}. */
    private List<OffsetDeleteRequestTopic> known(
            List<OffsetDeleteRequestTopic> topics, List<OffsetDeleteResponseTopic> unknown) {
        ClusterSnapshot snapshot = metadata.snapshot();
        List<OffsetDeleteRequestTopic> known = new ArrayList<>(topics.size());
        for (OffsetDeleteRequestTopic topic : topics) {
            List<OffsetDeleteRequestPartition> knownPartitions = new ArrayList<>(topic.partitions.size());
            List<OffsetDeleteResponsePartition> unknownPartitions = new ArrayList<>();
            for (OffsetDeleteRequestPartition partition : topic.partitions) {
                if (snapshot.partition(topic.name, partition.partitionIndex) != null) {
                    knownPartitions.add(partition);
                } else {
                    OffsetDeleteResponsePartition answer = new OffsetDeleteResponsePartition();
                    answer.partitionIndex = partition.partitionIndex;
                    answer.errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code();
                    unknownPartitions.add(answer);
                }
            }
            if (!knownPartitions.isEmpty()) {
                topic.partitions = knownPartitions;
                known.add(topic);
            }
            if (!unknownPartitions.isEmpty()) {
                OffsetDeleteResponseTopic answer = new OffsetDeleteResponseTopic();
                answer.name = topic.name;
                answer.partitions = unknownPartitions;
                unknown.add(answer);
            }
        }
        return known;
    }
}
