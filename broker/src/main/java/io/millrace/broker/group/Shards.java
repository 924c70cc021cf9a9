package io.millrace.broker.group;

import io.millrace.broker.group.GroupState.Empty;
import io.millrace.broker.group.GroupState.Stable;
import io.millrace.broker.group.LoadedShard.LoadedGroup;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.GroupRecords.GroupMetadataValue;
import io.millrace.protocol.message.GroupRecords.MemberMetadata;
import io.millrace.protocol.record.Compression;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Knows which partitions of {@code __consumer_offsets} this broker leads, and the groups in them: takes a partition over by
 * reading it, lets it go, and finds groups by id. Group thread.
 */
final class Shards {
    private static final Logger LOG = LoggerFactory.getLogger(Shards.class);

    /** After a partition could not be read: its disk may be on the way to being given up, and the leadership with it. */
    private static final long RELOAD_BACKOFF_MS = 1_000;

    private final GroupLoop loop;
    private final OffsetLog log;
    private final Compression compression;
    private final int maxGroupSize;
    private final Rebalances rebalances;
    private final Map<Integer, Shard> shards = new HashMap<>();
    private boolean closed;

    Shards(GroupLoop loop, OffsetLog log, Compression compression, int maxGroupSize, Rebalances rebalances) {
        this.loop = loop;
        this.log = log;
        this.compression = compression;
        this.maxGroupSize = maxGroupSize;
        this.rebalances = rebalances;
    }

    /**
     * Whether this broker can speak for the group.
     *
     * @param mayBeEmpty whether the request is one in which the empty id names a group, as it does where only offsets count
     * @return NONE, INVALID_GROUP_ID, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS or NOT_COORDINATOR
     */
    ErrorCode availability(String groupId, boolean mayBeEmpty) {
        if (groupId.isEmpty() && !mayBeEmpty || GroupRecordEncoder.isTooLong(groupId)) {
            return ErrorCode.INVALID_GROUP_ID;
        }
        if (closed) {
            return ErrorCode.COORDINATOR_NOT_AVAILABLE;
        }
        if (log.partitionCount() == 0 && !shards.isEmpty()) {
            // A broker that was just started hears what it leads before it hears of how many partitions.
            return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
        }
        Shard shard = shardOf(groupId);
        if (shard == null) {
            return ErrorCode.NOT_COORDINATOR;
        }
        return shard.loading ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NONE;
    }

    /** The group, if it is {@link #availability available} and known. */
    @Nullable
    Group group(String groupId) {
        Shard shard = shardOf(groupId);
        return shard == null ? null : shard.groups.get(groupId);
    }

    /** A new group; it must be available and unknown. */
    Group create(String groupId) {
        Shard shard = shardOf(groupId);
        if (shard == null) {
            throw new IllegalStateException("Group " + groupId + " is not coordinated here");
        }
        return create(shard, groupId);
    }

    private Group create(Shard shard, String groupId) {
        Group group = new Group(groupId, shard, loop, rebalances::onDeadline);
        shard.groups.put(groupId, group);
        return group;
    }

    /** Drops a group of which nothing is left worth remembering. */
    void forget(Group group) {
        rebalances.abandon(group, ErrorCode.COORDINATOR_NOT_AVAILABLE);
        group.shard.groups.remove(group.id, group);
    }

    /** All partitions taken over or being taken over. */
    Collection<Shard> all() {
        return shards.values();
    }

    /** This broker leads the partition from now on. */
    void take(int partition, int leaderEpoch) {
        Shard present = shards.get(partition);
        if (closed || present != null && present.leaderEpoch >= leaderEpoch) {
            return;
        }
        if (present != null && present.leaderEpoch + 1 == leaderEpoch) {
            // Nobody else can have written between two epochs of ours.
            present.leaderEpoch = leaderEpoch;
            return;
        }
        if (present != null) {
            release(present);
        }
        Shard shard = new Shard(partition, leaderEpoch, loop, log, compression);
        shards.put(partition, shard);
        load(shard);
    }

    /** This broker leads the partition no more. */
    void letGo(int partition, int leaderEpoch) {
        Shard shard = shards.get(partition);
        if (shard != null && shard.leaderEpoch <= leaderEpoch) {
            shards.remove(partition);
            release(shard);
        }
    }

    void close() {
        closed = true;
        List.copyOf(shards.values()).forEach(this::release);
        shards.clear();
    }

    boolean isClosed() {
        return closed;
    }

    private void release(Shard shard) {
        LOG.atLevel(levelFor(shard))
                .log(
                        "Let go of groups partition={} epoch={} groups={}",
                        shard.partition,
                        shard.leaderEpoch,
                        shard.groups.size());
        shard.groups.values().forEach(group -> rebalances.abandon(group, ErrorCode.NOT_COORDINATOR));
        shard.groups.clear();
    }

    private void load(Shard shard) {
        long startMs = loop.nowMs();
        ShardReader reader = new ShardReader(
                shard.partition, (loaded, failure) -> loop.execute(() -> onLoaded(shard, loaded, failure, startMs)));
        log.replay(shard.partition, shard.leaderEpoch, reader);
    }

    private void onLoaded(Shard shard, LoadedShard loaded, @Nullable Throwable failure, long startMs) {
        if (failure instanceof Error error) {
            // It ends this thread, and with it the broker, as it would anywhere else.
            throw error;
        }
        if (shards.get(shard.partition) != shard) {
            return;
        }
        if (failure != null) {
            LOG.error(
                    "Could not read groups, trying again partition={} epoch={}",
                    shard.partition,
                    shard.leaderEpoch,
                    failure);
            Deadline again = loop.deadline(() -> {
                if (shards.get(shard.partition) == shard) {
                    load(shard);
                }
            });
            again.set(loop.nowMs() + RELOAD_BACKOFF_MS);
            return;
        }
        loaded.groups().forEach((id, group) -> restore(shard, id, group));
        shard.loading = false;
        LOG.atLevel(levelFor(shard))
                .log(
                        "Took over groups partition={} epoch={} groups={} tookMs={}",
                        shard.partition,
                        shard.leaderEpoch,
                        shard.groups.size(),
                        loop.nowMs() - startMs);
        shard.onceLoaded.forEach(Runnable::run);
        shard.onceLoaded.clear();
    }

    /** Most partitions of a small cluster hold no group, and fifty lines that say so hide the others. */
    private static Level levelFor(Shard shard) {
        return shard.groups.isEmpty() ? Level.DEBUG : Level.INFO;
    }

    private void restore(Shard shard, String id, LoadedGroup loaded) {
        Group group = create(shard, id);
        GroupMetadataValue metadata = loaded.metadata;
        if (metadata != null) {
            group.restore(
                    metadata.protocolType.isEmpty() ? null : metadata.protocolType,
                    metadata.generation,
                    metadata.protocol,
                    metadata.leader,
                    metadata.currentStateTimestamp);
            for (MemberMetadata member : metadata.members) {
                restoreMember(group, metadata, member);
            }
            group.restore(metadata.members.isEmpty() ? new Empty() : new Stable(Deadline.NEVER));
        }
        loaded.offsets.forEach(group.offsets::put);
        if (group.size() > maxGroupSize) {
            rebalances.begin(group, "the group was loaded with more members than group.max.size allows");
        }
    }

    private void restoreMember(Group group, GroupMetadataValue metadata, MemberMetadata from) {
        GroupMember member =
                rebalances.newMember(group, from.memberId, from.groupInstanceId, from.clientId, from.clientHost);
        member.sessionTimeoutMs = from.sessionTimeout;
        // Records of old versions do not say; then it may take as long as it may be silent.
        member.rebalanceTimeoutMs = from.rebalanceTimeout == -1 ? from.sessionTimeout : from.rebalanceTimeout;
        String protocol = metadata.protocol == null ? "" : metadata.protocol;
        member.protocols = List.of(new GroupMember.Protocol(protocol, from.subscription));
        member.assignment = from.assignment;
        group.add(member, metadata.protocolType);
        member.heard(loop.nowMs());
    }

    private @Nullable Shard shardOf(String groupId) {
        int partitionCount = log.partitionCount();
        return partitionCount == 0 ? null : shards.get(partitionOf(groupId, partitionCount));
    }

    /** The partition of {@code __consumer_offsets} that a group belongs to. */
    static int partitionOf(String groupId, int partitionCount) {
        int hash = groupId.hashCode();
        return (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % partitionCount;
    }
}
