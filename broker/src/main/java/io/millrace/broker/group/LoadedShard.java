package io.millrace.broker.group;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.GroupRecords.GroupMetadataValue;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a partition of {@code __consumer_offsets} says once all of it has been read: the last word on every group and offset.
 *
 * @param groups by group id
 */
record LoadedShard(Map<String, LoadedGroup> groups) {

    LoadedShard() {
        this(new LinkedHashMap<>());
    }

    LoadedGroup group(String id) {
        return groups.computeIfAbsent(id, key -> new LoadedGroup());
    }

    /** One group as the log has it; {@link #metadata} is null if it only ever stored offsets, or was deleted. */
    static final class LoadedGroup {
        @Nullable
        GroupMetadataValue metadata;

        final Map<TopicPartition, CommittedOffset> offsets = new LinkedHashMap<>();

        boolean isEmpty() {
            return metadata == null && offsets.isEmpty();
        }
    }
}
