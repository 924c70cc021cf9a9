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

/** Answers OffsetFetch, group by group, in the shape of version 8. Group thread. */
final class OffsetReads {
    private static final long NO_OFFSET = -1;

    private final Shards shards;

    OffsetReads(Shards shards) {
        this.shards = shards;
    }

    /**
     * Reads the offsets of one group.
     *
     * @param request with the names of all topics filled in; null topics for all that the group has
     * @param requireStable whether a partition with a commit under way is answered with UNSTABLE_OFFSET_COMMIT
     */
    OffsetFetchResponseGroup fetch(OffsetFetchRequestGroup request, boolean requireStable) {
        OffsetFetchResponseGroup response = new OffsetFetchResponseGroup();
        response.groupId = request.groupId;
        ErrorCode unavailable = shards.availability(request.groupId, true);
        if (unavailable != ErrorCode.NONE) {
            response.errorCode = unavailable.code();
            return response;
        }
        Group group = shards.group(request.groupId);
        GroupOffsets offsets = group == null || group.isDead() ? new GroupOffsets() : group.offsets;
        response.topics =
                request.topics == null ? all(offsets, requireStable) : asked(offsets, request.topics, requireStable);
        return response;
    }

    private static List<OffsetFetchResponseTopics> all(GroupOffsets offsets, boolean requireStable) {
        Map<String, OffsetFetchResponseTopics> topics = new LinkedHashMap<>();
        for (TopicPartition partition : offsets.stored().keySet()) {
            topics.computeIfAbsent(partition.topic(), OffsetReads::newTopic)
                    .partitions
                    .add(partition(partition, offsets, requireStable));
        }
        return new ArrayList<>(topics.values());
    }

    private static List<OffsetFetchResponseTopics> asked(
            GroupOffsets offsets, List<OffsetFetchRequestTopics> requested, boolean requireStable) {
        List<OffsetFetchResponseTopics> topics = new ArrayList<>(requested.size());
        for (OffsetFetchRequestTopics topic : requested) {
            OffsetFetchResponseTopics answered = newTopic(topic.name);
            answered.topicId = topic.topicId;
            for (int partition : topic.partitionIndexes) {
                answered.partitions.add(partition(new TopicPartition(topic.name, partition), offsets, requireStable));
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

    private static OffsetFetchResponsePartitions partition(
            TopicPartition asked, GroupOffsets offsets, boolean requireStable) {
        boolean unstable = requireStable && offsets.isUnderWay(asked);
        CommittedOffset offset = unstable ? null : offsets.stored(asked);
        OffsetFetchResponsePartitions partition = new OffsetFetchResponsePartitions();
        partition.partitionIndex = asked.partition();
        partition.committedOffset = offset == null ? NO_OFFSET : offset.offset();
        partition.committedLeaderEpoch = offset == null ? -1 : offset.leaderEpoch();
        partition.metadata = offset == null ? "" : offset.metadata();
        partition.errorCode = (unstable ? ErrorCode.UNSTABLE_OFFSET_COMMIT : ErrorCode.NONE).code();
        return partition;
    }
}
