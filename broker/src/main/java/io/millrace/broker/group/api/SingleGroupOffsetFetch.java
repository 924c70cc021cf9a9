package io.millrace.broker.group.api;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.OffsetFetch;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestTopic;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponsePartition;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponsePartitions;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseTopic;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseTopics;
import java.util.ArrayList;
import java.util.List;

/** OffsetFetch before version 8, in terms of version 8. */
final class SingleGroupOffsetFetch {
    private static final int FIRST_WITH_GROUP_ERROR = 2;

    private SingleGroupOffsetFetch() {}

    static OffsetFetchRequestGroup group(OffsetFetch.Request request) {
        OffsetFetchRequestGroup group = new OffsetFetchRequestGroup();
        group.groupId = request.groupId;
        group.topics = null;
        if (request.topics != null) {
            List<OffsetFetchRequestTopics> topics = new ArrayList<>(request.topics.size());
            for (OffsetFetchRequestTopic topic : request.topics) {
                OffsetFetchRequestTopics asked = new OffsetFetchRequestTopics();
                asked.name = topic.name;
                asked.partitionIndexes = topic.partitionIndexes;
                topics.add(asked);
            }
            group.topics = topics;
        }
        return group;
    }

    static OffsetFetch.Response response(OffsetFetch.Request request, OffsetFetchResponseGroup group, int version) {
        OffsetFetch.Response response = new OffsetFetch.Response();
        response.errorCode = group.errorCode;
        List<OffsetFetchResponseTopic> topics = new ArrayList<>(group.topics.size());
        for (OffsetFetchResponseTopics topic : group.topics) {
            topics.add(topic(topic));
        }
        if (version < FIRST_WITH_GROUP_ERROR && group.errorCode != ErrorCode.NONE.code()) {
            // No room for the error of the group: every partition carries it.
            topics = refused(request, group.errorCode);
        }
        response.topics = topics;
        return response;
    }

    private static OffsetFetchResponseTopic topic(OffsetFetchResponseTopics topic) {
        OffsetFetchResponseTopic answer = new OffsetFetchResponseTopic();
        answer.name = topic.name;
        answer.partitions = new ArrayList<>(topic.partitions.size());
        for (OffsetFetchResponsePartitions partition : topic.partitions) {
            OffsetFetchResponsePartition answerPartition = new OffsetFetchResponsePartition();
            answerPartition.partitionIndex = partition.partitionIndex;
            answerPartition.committedOffset = partition.committedOffset;
            answerPartition.committedLeaderEpoch = partition.committedLeaderEpoch;
            answerPartition.metadata = partition.metadata;
            answerPartition.errorCode = partition.errorCode;
            answer.partitions.add(answerPartition);
        }
        return answer;
    }

    private static List<OffsetFetchResponseTopic> refused(OffsetFetch.Request request, short errorCode) {
        List<OffsetFetchRequestTopic> asked = request.topics == null ? List.of() : request.topics;
        List<OffsetFetchResponseTopic> topics = new ArrayList<>(asked.size());
        for (OffsetFetchRequestTopic topic : asked) {
            OffsetFetchResponseTopic answer = new OffsetFetchResponseTopic();
            answer.name = topic.name;
            answer.partitions = new ArrayList<>(topic.partitionIndexes.length);
            for (int partition : topic.partitionIndexes) {
                OffsetFetchResponsePartition answerPartition = new OffsetFetchResponsePartition();
                answerPartition.partitionIndex = partition;
                answerPartition.committedOffset = -1;
                answerPartition.errorCode = errorCode;
                answer.partitions.add(answerPartition);
            }
            topics.add(answer);
        }
        return topics;
    }
}
