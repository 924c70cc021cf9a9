package io.millrace.broker.group;

import io.millrace.broker.group.GroupState.Dead;
import io.millrace.broker.group.GroupState.Empty;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.DeleteGroups.Response.DeletableGroupResult;
import io.millrace.protocol.message.OffsetDelete;
import io.millrace.protocol.message.OffsetDelete.Request.OffsetDeleteRequestPartition;
import io.millrace.protocol.message.OffsetDelete.Request.OffsetDeleteRequestTopic;
import io.millrace.protocol.message.OffsetDelete.Response.OffsetDeleteResponsePartition;
import io.millrace.protocol.message.OffsetDelete.Response.OffsetDeleteResponseTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes groups and offsets: those somebody asks to delete, and those of topics that are gone. Group thread. */
final class Deletions {
    private static final Logger LOG = LoggerFactory.getLogger(Deletions.class);

    private final Shards shards;
    private final GroupStore store;

    Deletions(Shards shards, GroupStore store) {
        this.shards = shards;
        this.store = store;
    }

    /** Deletes a group that has no members, with its offsets. */
    void deleteGroup(String groupId, Consumer<DeletableGroupResult> answer) {
        ErrorCode error = shards.availability(groupId, true);
        Group group = error == ErrorCode.NONE ? shards.group(groupId) : null;
        if (error == ErrorCode.NONE && (group == null || group.isDead())) {
            error = ErrorCode.GROUP_ID_NOT_FOUND;
        } else if (group != null && !group.is(Empty.class)) {
            error = ErrorCode.NON_EMPTY_GROUP;
        }
        if (error != ErrorCode.NONE || group == null) {
            answer.accept(result(groupId, error));
        } else {
            delete(group, outcome -> answer.accept(result(groupId, outcome)));
        }
    }

    /** Deletes an empty group; while that is under way it is dead, and alive again if it fails. */
    void delete(Group group, Consumer<ErrorCode> onDeleted) {
        group.become(new Dead());
        List.copyOf(group.pendingMembers.keySet()).forEach(group::forgetPending);
        boolean hasMetadata = group.generation() > 0;
        store.storeDeletion(group, group.offsets.known(), hasMetadata, error -> {
            if (error == ErrorCode.NONE) {
                group.shard.groups.remove(group.id, group);
                LOG.info("Deleted group={}", group.id);
            } else if (group.shard.groups.get(group.id) == group) {
                LOG.warn("Could not delete group={} error={}", group.id, error);
                group.become(new Empty());
            }
            onDeleted.accept(error);
        });
    }

    private static DeletableGroupResult result(String groupId, ErrorCode error) {
        DeletableGroupResult result = new DeletableGroupResult();
        result.groupId = groupId;
        result.errorCode = error.code();
        return result;
    }

    /** Deletes offsets of topics that no member of the group reads. */
    void deleteOffsets(OffsetDelete.Request request, Answer<OffsetDelete.Response> answer) {
        ErrorCode error = shards.availability(request.groupId, false);
        Group group = error == ErrorCode.NONE ? shards.group(request.groupId) : null;
        if (error == ErrorCode.NONE) {
            error = refusal(group);
        }
        if (error != ErrorCode.NONE || group == null) {
            OffsetDelete.Response response = new OffsetDelete.Response();
            response.errorCode = error.code();
            answer.accept(response);
            return;
        }
        Predicate<String> isRead = topic -> group.size() > 0 && group.isSubscribedTo(topic);
        List<TopicPartition> unread = new ArrayList<>();
        for (OffsetDeleteRequestTopic topic : request.topics) {
            if (!isRead.test(topic.name)) {
                topic.partitions.forEach(
                        partition -> unread.add(new TopicPartition(topic.name, partition.partitionIndex)));
            }
        }
        unread.retainAll(group.offsets.known());
        OffsetDelete.Response response = deleted(request, isRead);
        delete(group, unread, answer.step(outcome -> {
            if (outcome == ErrorCode.NONE) {
                answer.accept(response);
            } else {
                OffsetDelete.Response failed = new OffsetDelete.Response();
                failed.errorCode = outcome.code();
                answer.accept(failed);
            }
        }));
    }

    private static ErrorCode refusal(@Nullable Group group) {
        if (group == null || group.isDead()) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }
        // Only consumers say what they read.
        return group.size() == 0 || group.isConsumerGroup() ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP;
    }

    private static OffsetDelete.Response deleted(OffsetDelete.Request request, Predicate<String> isRead) {
        List<OffsetDeleteResponseTopic> topics = new ArrayList<>(request.topics.size());
        for (OffsetDeleteRequestTopic topic : request.topics) {
            OffsetDeleteResponseTopic answered = new OffsetDeleteResponseTopic();
            answered.name = topic.name;
            answered.partitions = new ArrayList<>(topic.partitions.size());
            ErrorCode error = isRead.test(topic.name) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE;
            for (OffsetDeleteRequestPartition partition : topic.partitions) {
                OffsetDeleteResponsePartition answeredPartition = new OffsetDeleteResponsePartition();
                answeredPartition.partitionIndex = partition.partitionIndex;
                answeredPartition.errorCode = error.code();
                answered.partitions.add(answeredPartition);
            }
            topics.add(answered);
        }
        OffsetDelete.Response response = new OffsetDelete.Response();
        response.topics = topics;
        return response;
    }

    /** Topics are gone: what groups had committed in them would be wrong if they were created again. */
    void deleteOffsetsOf(Predicate<String> goneTopics) {
        for (Shard shard : shards.all()) {
            if (shard.loading) {
                shard.onceLoaded.add(() -> deleteOffsetsOf(shard, goneTopics));
            } else {
                deleteOffsetsOf(shard, goneTopics);
            }
        }
    }

    private void deleteOffsetsOf(Shard shard, Predicate<String> goneTopics) {
        for (Group group : List.copyOf(shard.groups.values())) {
            List<TopicPartition> gone = new ArrayList<>(group.offsets.known());
            gone.removeIf(partition -> !goneTopics.test(partition.topic()));
            if (!gone.isEmpty() && !group.isDead()) {
                forget(group, gone);
            }
        }
    }

    /** Deletes offsets that nobody asked to delete, so that nobody is answered. */
    void forget(Group group, List<TopicPartition> partitions) {
        delete(group, partitions, error -> {
            if (error == ErrorCode.NONE) {
                LOG.info("Forgot offsets group={} count={}", group.id, partitions.size());
            } else {
                LOG.warn("Could not forget offsets group={} count={} error={}", group.id, partitions.size(), error);
            }
        });
    }

    /** Deletes offsets that the group has, and the group with them if nothing is left of it. */
    private void delete(Group group, List<TopicPartition> partitions, Consumer<ErrorCode> onDeleted) {
        if (group.isForgettableWithout(partitions)) {
            delete(group, onDeleted);
            return;
        }
        store.storeDeletion(group, partitions, false, error -> {
            if (error == ErrorCode.NONE) {
                group.offsets.remove(partitions);
            }
            onDeleted.accept(error);
        });
    }
}
