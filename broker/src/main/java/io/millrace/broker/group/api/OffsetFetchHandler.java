package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.OffsetFetch;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetch.Request.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseGroup;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponsePartitions;
import io.millrace.protocol.message.OffsetFetch.Response.OffsetFetchResponseTopics;
import java.util.ArrayList;
import java.util.List;

/**
 * OffsetFetch: before version 8 of one group, which {@link SingleGroupOffsetFetch} takes in; from version 10 on topics go by
 * their ids.
 */
final class OffsetFetchHandler extends MessageHandler<OffsetFetch.Request> {
    private static final int FIRST_WITH_GROUPS = 8;
    private static final int FIRST_WITH_TOPIC_IDS = 10;

    private final GroupCoordinator coordinator;
    private final MetadataCache metadata;

    OffsetFetchHandler(GroupCoordinator coordinator, MetadataCache metadata) {
        super(ApiKey.OFFSET_FETCH, OffsetFetch.Request::new);
        this.coordinator = coordinator;
        this.metadata = metadata;
    }

    @Override
    protected void handle(OffsetFetch.Request request, RequestContext context) {
        int version = context.apiVersion();
        if (version < FIRST_WITH_GROUPS) {
            coordinator.fetchOffsets(
                    List.of(SingleGroupOffsetFetch.group(request)),
                    request.requireStable,
                    Answer.of(
                            groups -> context.respond(SingleGroupOffsetFetch.response(request, groups.get(0), version)),
                            context::fail));
        } else if (version < FIRST_WITH_TOPIC_IDS) {
            coordinator.fetchOffsets(
                    request.groups,
                    request.requireStable,
                    Answer.of(groups -> context.respond(response(groups)), context::fail));
        } else {
            fetchById(request, context);
        }
    }

    private static OffsetFetch.Response response(List<OffsetFetchResponseGroup> groups) {
        OffsetFetch.Response response = new OffsetFetch.Response();
        response.groups = groups;
        return response;
    }

    private void fetchById(OffsetFetch.Request request, RequestContext context) {
        ClusterSnapshot snapshot = metadata.snapshot();
        List<List<OffsetFetchResponseTopics>> unknown = new ArrayList<>(request.groups.size());
        for (OffsetFetchRequestGroup group : request.groups) {
            List<OffsetFetchResponseTopics> unknownOfGroup = new ArrayList<>();
            if (group.topics != null) {
                group.topics = named(group.topics, snapshot, unknownOfGroup);
            }
            unknown.add(unknownOfGroup);
        }
        coordinator.fetchOffsets(
                request.groups,
                request.requireStable,
                Answer.of(
                        groups -> {
                            for (int i = 0; i < groups.size(); i++) {
                                OffsetFetchResponseGroup group = groups.get(i);
                                List<OffsetFetchResponseTopics> topics = identified(group.topics, snapshot);
                                if (group.errorCode == ErrorCode.NONE.code()) {
                                    topics.addAll(unknown.get(i));
                                }
                                group.topics = topics;
                            }
                            context.respond(response(groups));
                        },
                        context::fail));
    }

    private static List<OffsetFetchRequestTopics> named(
            List<OffsetFetchRequestTopics> topics, ClusterSnapshot snapshot, List<OffsetFetchResponseTopics> unknown) {
        List<OffsetFetchRequestTopics> named = new ArrayList<>(topics.size());
        for (OffsetFetchRequestTopics topic : topics) {
            String name = snapshot.topicName(topic.topicId);
            if (name == null) {
                unknown.add(unknown(topic));
            } else {
                topic.name = name;
                named.add(topic);
            }
        }
        return named;
    }

    private static OffsetFetchResponseTopics unknown(OffsetFetchRequestTopics topic) {
        OffsetFetchResponseTopics answer = new OffsetFetchResponseTopics();
        answer.topicId = topic.topicId;
        answer.partitions = new ArrayList<>(topic.partitionIndexes.length);
        for (int partition : topic.partitionIndexes) {
            OffsetFetchResponsePartitions answerPartition = new OffsetFetchResponsePartitions();
            answerPartition.partitionIndex = partition;
            answerPartition.committedOffset = -1;
            answerPartition.errorCode = ErrorCode.UNKNOWN_TOPIC_ID.code();
            answer.partitions.add(answerPartition);
        }
        return answer;
    }

    /** With ids for all; a topic that has none cannot be told of, and is left out of what a group has. */
    private static List<OffsetFetchResponseTopics> identified(
            List<OffsetFetchResponseTopics> topics, ClusterSnapshot snapshot) {
        List<OffsetFetchResponseTopics> identified = new ArrayList<>(topics.size());
        for (OffsetFetchResponseTopics topic : topics) {
            if (topic.topicId.equals(Uuid.ZERO)) {
                topic.topicId = snapshot.topicId(topic.name);
            }
            if (!topic.topicId.equals(Uuid.ZERO)) {
                identified.add(topic);
            }
        }
        return identified;
    }
}
