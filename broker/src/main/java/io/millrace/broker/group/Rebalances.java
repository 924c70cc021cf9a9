package io.millrace.broker.group;

import io.millrace.broker.group.GroupState.CompletingRebalance;
import io.millrace.broker.group.GroupState.Empty;
import io.millrace.broker.group.GroupState.PreparingRebalance;
import io.millrace.broker.group.GroupState.Stable;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.SyncGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a group from one generation to the next: begins a rebalance, ends its first half when all have joined or the time
 * is up, starts it over when members fail to ask for their assignment, and takes out members that are gone. The requests of
 * members call it, and the deadlines of groups and members. Group thread.
 */
final class Rebalances {
    private static final Logger LOG = LoggerFactory.getLogger(Rebalances.class);

    private final GroupLoop loop;
    private final int initialDelayMs;
    private final GroupStore store;

    /** @param initialDelayMs how long an empty group waits for more members after each that comes */
    Rebalances(GroupLoop loop, int initialDelayMs, GroupStore store) {
        this.loop = loop;
        this.initialDelayMs = initialDelayMs;
        this.store = store;
    }

    /** Begins a rebalance, unless one is at the stage where it takes in everything that happens. */
    void begin(Group group, String reason) {
        if (group.is(PreparingRebalance.class) || group.isDead()) {
            return;
        }
        if (group.is(CompletingRebalance.class)) {
            refuseSyncs(group, ErrorCode.REBALANCE_IN_PROGRESS);
        }
        long now = loop.nowMs();
        int timeoutMs = group.rebalanceTimeoutMs();
        boolean wasEmpty = group.is(Empty.class);
        group.unsynced.clear();
        group.become(
                wasEmpty
                        ? PreparingRebalance.first(now, initialDelayMs, timeoutMs)
                        : PreparingRebalance.again(now, timeoutMs));
        LOG.info(
                "Rebalancing group={} generation={} members={} reason={}",
                group.id,
                group.generation(),
                group.size(),
                reason);
        completeIfAllJoined(group);
    }

    /** Ends the waiting for members if there is none left to wait for; an empty group waits for strangers, too. */
    void completeIfAllJoined(Group group) {
        if (group.state() instanceof PreparingRebalance preparing && !preparing.first() && group.hasAllJoined()) {
            completeJoining(group);
        }
    }

    /** The group's own deadline has come. */
    void onDeadline(Group group) {
        GroupState state = group.state();
        if (state instanceof PreparingRebalance preparing) {
            if (preparing.mayBePutOff()) {
                group.become(preparing.putOff(loop.nowMs(), initialDelayMs));
            } else {
                completeJoining(group);
            }
        } else if (state instanceof CompletingRebalance || state instanceof Stable) {
            dropUnsynced(group);
        }
    }

    /** A member to be, not in the group yet; its session is not set. */
    GroupMember newMember(
            Group group, String memberId, @Nullable String instanceId, String clientId, String clientHost) {
        Deadline session = loop.deadline(() -> onSessionExpired(group, memberId));
        return new GroupMember(memberId, instanceId, clientId, clientHost, session);
    }

    /** A member has been silent for too long. One that waits for an answer is not silent, unless it has never been in. */
    private void onSessionExpired(Group group, String memberId) {
        GroupMember member = group.member(memberId);
        if (member == null || group.isDead()) {
            return;
        }
        if (member.isNew || !(member.isAwaitingJoin() || member.isAwaitingSync())) {
            LOG.info(
                    "Member is gone group={} member={} sessionTimeoutMs={}",
                    group.id,
                    member.id,
                    member.sessionTimeoutMs);
            remove(group, member, "session of " + member.id + " expired");
        }
    }

    /** Takes a member out and lets the group see to itself. */
    void remove(Group group, GroupMember member, String reason) {
        drop(group, member);
        if (group.is(PreparingRebalance.class)) {
            completeIfAllJoined(group);
        } else {
            begin(group, reason);
        }
    }

    /** Takes out an id that was handed out and not taken up. */
    void removePending(Group group, String memberId) {
        group.forgetPending(memberId);
        completeIfAllJoined(group);
    }

    /** Answers all who wait for their assignment with an error. */
    void refuseSyncs(Group group, ErrorCode error) {
        for (GroupMember member : group.members()) {
            if (answerSync(member, error)) {
                member.heard(loop.nowMs());
            }
        }
    }

    private void completeJoining(Group group) {
        for (GroupMember member : List.copyOf(group.members())) {
            if (!member.isAwaitingJoin() && !member.isStatic()) {
                LOG.info("Member has not joined again group={} member={}", group.id, member.id);
                drop(group, member);
            }
        }
        long now = loop.nowMs();
        if (group.size() > 0 && !group.electJoinedLeader()) {
            // Only static members are left, none of them here: their sessions decide.
            group.become(PreparingRebalance.again(now, group.rebalanceTimeoutMs()));
            return;
        }
        group.nextGeneration();
        if (group.size() == 0) {
            becomeEmpty(group);
        } else {
            startGeneration(group, now);
        }
    }

    private void startGeneration(Group group, long now) {
        group.become(new CompletingRebalance(now + group.rebalanceTimeoutMs(), false));
        LOG.info(
                "Began generation group={} generation={} members={} protocol={} leader={}",
                group.id,
                group.generation(),
                group.size(),
                group.protocolName(),
                group.leaderId());
        for (GroupMember member : group.members()) {
            group.unsynced.add(member.id);
            if (group.answerJoin(member, Answers.joined(group, member))) {
                member.isNew = false;
                member.heard(now);
            }
        }
    }

    private void becomeEmpty(Group group) {
        group.become(new Empty());
        LOG.info("Group is empty group={} generation={}", group.id, group.generation());
        store.storeGroup(group, error -> {
            if (error != ErrorCode.NONE) {
                LOG.warn(
                        "Could not store that a group is empty, a new coordinator may wait for its former members"
                                + " group={} generation={} error={}",
                        group.id,
                        group.generation(),
                        error);
            }
        });
    }

    private void dropUnsynced(Group group) {
        if (group.unsynced.isEmpty()) {
            return;
        }
        for (String memberId : Set.copyOf(group.unsynced)) {
            GroupMember member = group.member(memberId);
            if (member != null) {
                LOG.info("Member has not asked for its assignment group={} member={}", group.id, memberId);
                drop(group, member);
            }
        }
        begin(group, "members did not ask for their assignment in time");
    }

    /** Somebody else goes by the name of this static member now: whoever waits in its place is told. */
    void fence(Group group, GroupMember former) {
        group.answerJoin(former, Answers.joinError(former.id, ErrorCode.FENCED_INSTANCE_ID));
        answerSync(former, ErrorCode.FENCED_INSTANCE_ID);
    }

    private void drop(Group group, GroupMember member) {
        // One that is still there will join anew, under another id.
        group.answerJoin(member, Answers.joinError("", ErrorCode.UNKNOWN_MEMBER_ID));
        answerSync(member, ErrorCode.UNKNOWN_MEMBER_ID);
        group.remove(member);
    }

    private static boolean answerSync(GroupMember member, ErrorCode error) {
        Consumer<SyncGroup.Response> waiter = member.swapSyncWaiter(null);
        if (waiter != null) {
            waiter.accept(Answers.syncError(error));
        }
        return waiter != null;
    }

    /** Lets go of a group that is not coordinated here any more: nobody who waits is left without an answer. */
    void abandon(Group group, ErrorCode error) {
        List<String> pending = new ArrayList<>(group.pendingMembers.keySet());
        pending.forEach(group::forgetPending);
        for (GroupMember member : group.members()) {
            member.session.cancel();
            group.answerJoin(member, Answers.joinError(member.id, error));
            answerSync(member, error);
        }
        if (!group.isDead()) {
            group.become(new GroupState.Dead());
        }
    }
}
