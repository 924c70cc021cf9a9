package io.millrace.broker.group;

import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The committed offsets of a group: what the log holds, and which partitions have a commit on its way there. A commit is
 * visible once it is stored, so that nobody sees an offset that a change of leader could take back.
 */
final class GroupOffsets {
    private final Map<TopicPartition, CommittedOffset> stored = new LinkedHashMap<>();
    private final Map<TopicPartition, Integer> underWay = new HashMap<>();

    @Nullable
    CommittedOffset stored(TopicPartition partition) {
        return stored.get(partition);
    }

    boolean isUnderWay(TopicPartition partition) {
        return underWay.containsKey(partition);
    }

    Map<TopicPartition, CommittedOffset> stored() {
        return stored;
    }

    /** A commit is on its way into the log. */
    void begin(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> underWay.merge(partition, 1, Integer::sum));
    }

    /** The commit is not on its way any more, stored or not. */
    void end(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> underWay.computeIfPresent(partition, (key, n) -> n == 1 ? null : n - 1));
    }

    /** The log has it, and has it after everything that was put or removed before. */
    void put(TopicPartition partition, CommittedOffset offset) {
        stored.put(partition, offset);
    }

    void remove(Collection<TopicPartition> partitions) {
        stored.keySet().removeAll(Set.copyOf(partitions));
    }

    /** All partitions that have an offset in the log, or will have. */
    Set<TopicPartition> known() {
        Set<TopicPartition> known = new LinkedHashSet<>(stored.keySet());
        known.addAll(underWay.keySet());
        return known;
    }

    /** Those whose stored offset is to go; one that is about to be replaced stays. */
    List<TopicPartition> matching(BiPredicate<TopicPartition, CommittedOffset> condition) {
        List<TopicPartition> matching = new ArrayList<>();
        stored.forEach((partition, offset) -> {
            if (!isUnderWay(partition) && condition.test(partition, offset)) {
                matching.add(partition);
            }
        });
        return matching;
    }
}
