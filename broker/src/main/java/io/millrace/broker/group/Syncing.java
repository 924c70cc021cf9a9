package io.millrace.broker.group;

import io.millrace.broker.group.GroupState.CompletingRebalance;
import io.millrace.broker.group.GroupState.Stable;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.SyncGroup;
import io.millrace.protocol.message.SyncGroup.Request.SyncGroupRequestAssignment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers SyncGroup: takes the leader's assignment in, stores it, and gives everybody their part. Group thread. */
final class Syncing {
    private static final Logger LOG = LoggerFactory.getLogger(Syncing.class);

    private final GroupLoop loop;
    private final Shards shards;
    private final Rebalances rebalances;
    private final GroupStore store;

    Syncing(GroupLoop loop, Shards shards, Rebalances rebalances, GroupStore store) {
        this.loop = loop;
        this.shards = shards;
        this.rebalances = rebalances;
        this.store = store;
    }

    void sync(SyncGroup.Request request, Consumer<SyncGroup.Response> answer) {
        ErrorCode unavailable = shards.availability(request.groupId, false);
        if (unavailable != ErrorCode.NONE) {
            // A coordinator that is still loading has lost the rebalance: joining again is right, and unlike this error
            // every client understands it.
            boolean loading = unavailable == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
            answer.accept(Answers.syncError(loading ? ErrorCode.REBALANCE_IN_PROGRESS : unavailable));
            return;
        }
        Group group = shards.group(request.groupId);
        GroupMember member = group == null ? null : group.member(request.memberId);
        ErrorCode error = group == null ? ErrorCode.UNKNOWN_MEMBER_ID : refusal(group, request);
        if (group == null || member == null || error != ErrorCode.NONE) {
            answer.accept(Answers.syncError(error));
            return;
        }
        if (group.state() instanceof CompletingRebalance completing) {
            await(member, answer);
            markSynced(group, member);
            if (group.isLeader(member.id) && !completing.storing()) {
                storeAssignment(group, request);
            }
        } else {
            markSynced(group, member);
            answer.accept(Answers.assignment(group, member));
            member.heard(loop.nowMs());
        }
    }

    private static ErrorCode refusal(Group group, SyncGroup.Request request) {
        ErrorCode fenced = Fencing.generation(group, request.memberId, request.groupInstanceId, request.generationId);
        if (fenced != ErrorCode.NONE) {
            return fenced;
        }
        if (differs(request.protocolType, group.protocolType())
                || differs(request.protocolName, group.protocolName())) {
            return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
        }
        boolean assigned = group.is(CompletingRebalance.class) || group.is(Stable.class);
        return assigned ? ErrorCode.NONE : group.state().onHeartbeat();
    }

    private static boolean differs(@Nullable String claimed, @Nullable String actual) {
        return claimed != null && !claimed.equals(actual);
    }

    private static void await(GroupMember member, Consumer<SyncGroup.Response> answer) {
        Consumer<SyncGroup.Response> before = member.swapSyncWaiter(answer);
        if (before != null) {
            before.accept(Answers.syncError(ErrorCode.REBALANCE_IN_PROGRESS));
        }
    }

    /** The member has asked for its assignment; when all have, nobody is dropped for not having done so. */
    private static void markSynced(Group group, GroupMember member) {
        if (!group.unsynced.remove(member.id) || !group.unsynced.isEmpty()) {
            return;
        }
        if (group.state() instanceof CompletingRebalance completing) {
            group.become(new CompletingRebalance(Deadline.NEVER, completing.storing()));
        } else if (group.is(Stable.class)) {
            group.become(new Stable(Deadline.NEVER));
        }
    }

    private void storeAssignment(Group group, SyncGroup.Request request) {
        Map<String, byte[]> assignments = new HashMap<>();
        for (SyncGroupRequestAssignment assignment : request.assignments) {
            assignments.put(assignment.memberId, assignment.assignment);
        }
        int generation = group.generation();
        group.become(new CompletingRebalance(group.state().deadlineMs(), true));
        store.storeGroup(group, assignments, error -> onStored(group, generation, assignments, error));
    }

    private void onStored(Group group, int generation, Map<String, byte[]> assignments, ErrorCode error) {
        if (!(group.state() instanceof CompletingRebalance completing) || group.generation() != generation) {
            // Another rebalance began meanwhile, and those who waited have been told.
            return;
        }
        if (error != ErrorCode.NONE) {
            LOG.warn("Could not store an assignment group={} generation={} error={}", group.id, generation, error);
            rebalances.refuseSyncs(group, error);
            rebalances.begin(group, "the assignment could not be stored");
            return;
        }
        group.assign(assignments);
        group.become(new Stable(completing.deadlineMs()));
        group.answerSyncs(loop.nowMs());
        LOG.info("Group is stable group={} generation={} members={}", group.id, generation, group.size());
    }
}
