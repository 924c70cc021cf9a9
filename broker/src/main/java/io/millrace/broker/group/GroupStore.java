package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.wire.WireException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stores what groups have decided, and tells the outcome in the error codes that members understand. Group thread. */
final class GroupStore {
    private static final Logger LOG = LoggerFactory.getLogger(GroupStore.class);

    private final GroupLoop loop;

    GroupStore(GroupLoop loop) {
        this.loop = loop;
    }

    /** Stores the group as it is. */
    void storeGroup(Group group, Consumer<ErrorCode> onStored) {
        Map<String, byte[]> assignments = new HashMap<>();
        group.members().forEach(member -> assignments.put(member.id, member.assignment));
        storeGroup(group, assignments, onStored);
    }

    /** Stores the generation of the group with these assignments, by member id. */
    void storeGroup(Group group, Map<String, byte[]> assignments, Consumer<ErrorCode> onStored) {
        List<GroupRecord> records;
        try {
            records = List.of(GroupRecordEncoder.group(group, assignments));
        } catch (WireException e) {
            LOG.warn("Cannot store a group: a name in it is too long group={} reason={}", group.id, e.getMessage());
            loop.execute(() -> onStored.accept(ErrorCode.UNKNOWN_SERVER_ERROR));
            return;
        }
        group.shard.log.append(records, error -> onStored.accept(forMember(error)));
    }

    /** Stores offsets. Texts in them are short enough; the caller has seen to that. */
    void storeOffsets(Group group, Map<TopicPartition, CommittedOffset> offsets, Consumer<ErrorCode> onStored) {
        List<GroupRecord> records = new ArrayList<>(offsets.size());
        offsets.forEach((partition, offset) -> records.add(GroupRecordEncoder.offset(group.id, partition, offset)));
        group.shard.log.append(records, error -> onStored.accept(forCommit(error)));
    }

    /** Deletes offsets, and the group itself too if asked; as many batches as it takes, the first error of them counts. */
    void storeDeletion(
            Group group, Collection<TopicPartition> partitions, boolean groupToo, Consumer<ErrorCode> onStored) {
        List<GroupRecord> records = new ArrayList<>(partitions.size() + 1);
        for (TopicPartition partition : partitions) {
            records.add(GroupRecordEncoder.offsetTombstone(group.id, partition));
        }
        if (groupToo) {
            records.add(GroupRecordEncoder.groupTombstone(group.id));
        }
        if (records.isEmpty()) {
            loop.execute(() -> onStored.accept(ErrorCode.NONE));
            return;
        }
        List<List<GroupRecord>> batches = split(records, group.shard.log.maxBatchBytes());
        AtomicReference<ErrorCode> outcome = new AtomicReference<>(ErrorCode.NONE);
        for (int i = 0; i < batches.size(); i++) {
            boolean last = i == batches.size() - 1;
            group.shard.log.append(batches.get(i), error -> {
                outcome.compareAndSet(ErrorCode.NONE, ofCoordinator(error));
                if (last) {
                    onStored.accept(outcome.get());
                }
            });
        }
    }

    private static List<List<GroupRecord>> split(List<GroupRecord> records, int maxBatchBytes) {
        List<List<GroupRecord>> batches = new ArrayList<>();
        int size = Integer.MAX_VALUE;
        for (GroupRecord record : records) {
            if (size > maxBatchBytes - record.sizeInBytes()) {
                batches.add(new ArrayList<>());
                size = 0;
            }
            batches.get(batches.size() - 1).add(record);
            size += record.sizeInBytes();
        }
        return batches;
    }

    private static ErrorCode forMember(ErrorCode error) {
        return switch (error) {
            case REQUEST_TIMED_OUT -> ErrorCode.REBALANCE_IN_PROGRESS;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_RECORD -> ErrorCode.UNKNOWN_SERVER_ERROR;
            default -> ofCoordinator(error);
        };
    }

    private static ErrorCode forCommit(ErrorCode error) {
        return switch (error) {
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> ErrorCode.INVALID_COMMIT_OFFSET_SIZE;
            default -> ofCoordinator(error);
        };
    }

    /** What befalls the offsets topic befalls the coordinator. */
    private static ErrorCode ofCoordinator(ErrorCode error) {
        return switch (error) {
            case UNKNOWN_TOPIC_OR_PARTITION, NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND, REQUEST_TIMED_OUT ->
                ErrorCode.COORDINATOR_NOT_AVAILABLE;
            case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR -> ErrorCode.NOT_COORDINATOR;
            default -> error;
        };
    }
}
