package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.OffsetCommit;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommit.Request.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetCommit.Response.OffsetCommitResponsePartition;
import io.millrace.protocol.message.OffsetCommit.Response.OffsetCommitResponseTopic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers OffsetCommit: offsets count, and are answered for, once the log has them. Group thread. */
final class OffsetCommits {
    /** What a request says that asks for no expiry or timestamp of its own. */
    private static final long UNSET = -1;

    private final GroupLoop loop;
    private final int maxMetadataLength;
    private final Shards shards;
    private final GroupStore store;

    /** @param maxMetadataLength in UTF-16 units, though the setting speaks of bytes: so Kafka counts */
    OffsetCommits(GroupLoop loop, int maxMetadataLength, Shards shards, GroupStore store) {
        this.loop = loop;
        this.maxMetadataLength = maxMetadataLength;
        this.shards = shards;
        this.store = store;
    }

    /** @param request with the names of all topics filled in, known ones only */
    void commit(OffsetCommit.Request request, Answer<OffsetCommit.Response> answer) {
        ErrorCode error = shards.availability(request.groupId, true);
        Group group = error == ErrorCode.NONE ? shards.group(request.groupId) : null;
        if (error == ErrorCode.NONE) {
            error = group == null ? foundingRefusal(request) : refusal(group, request);
        }
        if (error != ErrorCode.NONE) {
            answer.accept(answered(request, Map.of(), error));
            return;
        }
        if (group == null) {
            group = shards.create(request.groupId);
        }
        GroupMember member = group.member(request.memberId);
        if (member != null) {
            member.heard(loop.nowMs());
        }
        store(group, request, answer);
    }

    /** Anybody may found a group by committing to it, but not claim membership of one that is not there. */
    private static ErrorCode foundingRefusal(OffsetCommit.Request request) {
        return request.generationIdOrMemberEpoch < 0 ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
    }

    private static ErrorCode refusal(Group group, OffsetCommit.Request request) {
        ErrorCode fenced =
                Fencing.commit(group, request.memberId, request.groupInstanceId, request.generationIdOrMemberEpoch);
        return fenced == ErrorCode.NONE ? group.state().onCommit() : fenced;
    }

    private void store(Group group, OffsetCommit.Request request, Answer<OffsetCommit.Response> answer) {
        Map<TopicPartition, CommittedOffset> accepted = accepted(request);
        if (accepted.isEmpty()) {
            answer.accept(answered(request, accepted, ErrorCode.NONE));
            return;
        }
        group.offsets.begin(accepted.keySet());
        store.storeOffsets(group, accepted, answer.step(error -> {
            group.offsets.end(accepted.keySet());
            if (error == ErrorCode.NONE) {
                accepted.forEach(group.offsets::put);
            }
            answer.accept(answered(request, accepted, error));
        }));
    }

    private Map<TopicPartition, CommittedOffset> accepted(OffsetCommit.Request request) {
        long now = loop.wallClockMs();
        long expiry =
                request.retentionTimeMs == UNSET ? CommittedOffset.NO_EXPIRY : expiry(now, request.retentionTimeMs);
        Map<TopicPartition, CommittedOffset> accepted = new LinkedHashMap<>();
        for (OffsetCommitRequestTopic topic : request.topics) {
            for (OffsetCommitRequestPartition partition : topic.partitions) {
                if (isTooLong(partition.committedMetadata)) {
                    continue;
                }
                CommittedOffset offset = new CommittedOffset(
                        partition.committedOffset,
                        partition.committedLeaderEpoch,
                        partition.committedMetadata == null ? "" : partition.committedMetadata,
                        partition.commitTimestamp == UNSET ? now : partition.commitTimestamp,
                        expiry);
                accepted.put(new TopicPartition(topic.name, partition.partitionIndex), offset);
            }
        }
        return accepted;
    }

    /** For ever, if that is so long that the sum would come out in the past. */
    private static long expiry(long nowMs, long retentionMs) {
        return retentionMs > Long.MAX_VALUE - nowMs ? Long.MAX_VALUE : nowMs + retentionMs;
    }

    private boolean isTooLong(@Nullable String metadata) {
        return metadata != null && (metadata.length() > maxMetadataLength || GroupRecordEncoder.isTooLong(metadata));
    }

    /** Every partition hears the outcome, but the ones that were not even tried. */
    private OffsetCommit.Response answered(
            OffsetCommit.Request request, Map<TopicPartition, CommittedOffset> accepted, ErrorCode outcome) {
        List<OffsetCommitResponseTopic> topics = new ArrayList<>(request.topics.size());
        for (OffsetCommitRequestTopic topic : request.topics) {
            OffsetCommitResponseTopic answeredTopic = new OffsetCommitResponseTopic();
            answeredTopic.topicId = topic.topicId;
            answeredTopic.name = topic.name;
            answeredTopic.partitions = new ArrayList<>(topic.partitions.size());
            for (OffsetCommitRequestPartition partition : topic.partitions) {
                OffsetCommitResponsePartition answeredPartition = new OffsetCommitResponsePartition();
                answeredPartition.partitionIndex = partition.partitionIndex;
                boolean tooLong = isTooLong(partition.committedMetadata);
                answeredPartition.errorCode = (tooLong && (outcome == ErrorCode.NONE || !accepted.isEmpty())
                                ? ErrorCode.OFFSET_METADATA_TOO_LARGE
                                : outcome)
                        .code();
                answeredTopic.partitions.add(answeredPartition);
            }
            topics.add(answeredTopic);
        }
        OffsetCommit.Response response = new OffsetCommit.Response();
        response.topics = topics;
        return response;
    }
}
