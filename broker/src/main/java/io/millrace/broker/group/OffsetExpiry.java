package io.millrace.broker.group;

import io.millrace.broker.config.GroupConfig;
import io.millrace.broker.group.GroupState.Empty;
import io.millrace.broker.group.GroupState.Stable;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.List;

/**
 * Forgets offsets that nobody has come back for, and groups of which nothing is left. Looks every now and then, as long as
 * there is a group at all. Group thread.
 */
final class OffsetExpiry {
    private final GroupLoop loop;
    private final GroupConfig.Offsets config;
    private final Shards shards;
    private final Deletions deletions;
    private final Deadline nextLook;

    OffsetExpiry(GroupLoop loop, GroupConfig.Offsets config, Shards shards, Deletions deletions) {
        this.loop = loop;
        this.config = config;
        this.shards = shards;
        this.deletions = deletions;
        this.nextLook = loop.deadline(this::look);
    }

    /** Something may be there to forget one day. */
    void wake() {
        if (nextLook.atMs() == Deadline.NEVER) {
            nextLook.set(loop.nowMs() + config.retentionCheckIntervalMs());
        }
    }

    void stop() {
        nextLook.cancel();
    }

    private void look() {
        long now = loop.wallClockMs();
        boolean anyGroup = false;
        for (Shard shard : shards.all()) {
            anyGroup |= shard.loading || !shard.groups.isEmpty();
            for (Group group : List.copyOf(shard.groups.values())) {
                look(group, now);
            }
        }
        if (anyGroup) {
            wake();
        }
    }

    private void look(Group group, long now) {
        if (group.isDead()) {
            return;
        }
        List<TopicPartition> expired = expired(group, now);
        if (!expired.isEmpty() || group.isForgettableWithout(expired)) {
            deletions.forget(group, expired);
        }
    }

    /**
     * Offsets of a group without members count from the time when the last one left; those of simple consumers, who never
     * join, and those in topics that a group has ceased to read, from their commit.
     */
    private List<TopicPartition> expired(Group group, long now) {
        long retentionMs = config.retentionMs();
        if (group.protocolType() == null) {
            return group.offsets.matching(
                    (partition, offset) -> offset.isExpired(now, offset.commitTimestampMs(), retentionMs));
        }
        if (group.is(Empty.class)) {
            long emptySinceMs = group.stateSinceMs();
            return group.offsets.matching((partition, offset) ->
                    offset.isExpired(now, emptySinceMs < 0 ? offset.commitTimestampMs() : emptySinceMs, retentionMs));
        }
        if (group.is(Stable.class) && group.isConsumerGroup() && group.knowsSubscriptions()) {
            return group.offsets.matching((partition, offset) -> !group.isSubscribedTo(partition.topic())
                    && offset.isExpired(now, offset.commitTimestampMs(), retentionMs));
        }
        return new ArrayList<>();
    }
}
