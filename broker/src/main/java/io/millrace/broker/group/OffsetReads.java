package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponsePartitions;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseTopics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers OffsetFetch, group by group, in the shape of version 8. Group thread. */
final class OffsetReads {
    private static final long NO_OFFSET = -1;

    private final Shards shards;

    OffsetReads(Shards shards) {
        this.shards = shards;
    }

    /** @param request with the names of all topics filled in; null topics for all that the group has */
    OffsetFetchResponseGroup fetch(OffsetFetchRequestGroup request) {
        OffsetFetchResponseGroup response = new OffsetFetchResponseGroup();
        response.groupId = request.groupId;
        ErrorCode unavailable = shards.availability(request.groupId, true);
        if (unavailable != ErrorCode.NONE) {
            response.errorCode = unavailable.code();
            return response;
        }
        Group group = shards.group(request.groupId);
        response.topics = request.topics == null ? all(group) : asked(group, request.topics);
        return response;
    }

    private static List<OffsetFetchResponseTopics> all(@Nullable Group group) {
        Map<String, OffsetFetchResponseTopics> topics = new LinkedHashMap<>();
        if (group != null && !group.isDead()) {
            group.offsets
                    .stored()
                    .forEach((partition, offset) -> topics.computeIfAbsent(partition.topic(), OffsetReads::newTopic)
                            .partitions
                            .add(partition(partition.partition(), offset)));
        }
        return new ArrayList<>(topics.values());
    }

    private static List<OffsetFetchResponseTopics> asked(
            @Nullable Group group, List<OffsetFetchRequestTopics> requested) {
        List<OffsetFetchResponseTopics> topics = new ArrayList<>(requested.size());
        for (OffsetFetchRequestTopics topic : requested) {
            OffsetFetchResponseTopics answered = newTopic(topic.name);
            answered.topicId = topic.topicId;
            for (int partition : topic.partitionIndexes) {
                CommittedOffset offset = group == null || group.isDead()
                        ? null
                        : group.offsets.stored(new TopicPartition(topic.name, partition));
                answered.partitions.add(partition(partition, offset));
            }
            topics.add(answered);
        }
        return topics;
    }

    private static OffsetFetchResponseTopics newTopic(String name) {
        OffsetFetchResponseTopics topic = new OffsetFetchResponseTopics();
        topic.name = name;
        topic.partitions = new ArrayList<>();
        return topic;
    }

    private static OffsetFetchResponsePartitions partition(int index, @Nullable CommittedOffset offset) {
        OffsetFetchResponsePartitions partition = new OffsetFetchResponsePartitions();
        partition.partitionIndex = index;
        partition.committedOffset = offset == null ? NO_OFFSET : offset.offset();
        partition.committedLeaderEpoch = offset == null ? -1 : offset.leaderEpoch();
        partition.metadata = offset == null ? "" : offset.metadata();
        return partition;
    }
}
