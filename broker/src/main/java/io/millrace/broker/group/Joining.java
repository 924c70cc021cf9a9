package io.millrace.broker.group;

import io.millrace.broker.config.GroupConfig;
import io.millrace.broker.group.GroupMember.Protocol;
import io.millrace.broker.group.GroupState.CompletingRebalance;
import io.millrace.broker.group.GroupState.PreparingRebalance;
import io.millrace.broker.group.GroupState.Stable;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.JoinGroup.Request.JoinGroupRequestProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers JoinGroup: strangers get an id, members wait for the next generation. Group thread. */
final class Joining {
    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

    /**
     * How long a new member may wait for its first generation. It cannot send heartbeats yet, and if it went away nobody
     * would notice; one that is still there asks again.
     */
    private static final long FIRST_JOIN_TIMEOUT_MS = 5 * 60_000;

    /** Of a client id as much as helps to recognise the client; the rest of a member id is unique anyway. */
    private static final int MAX_ID_PREFIX = 255;

    private final GroupLoop loop;
    private final GroupConfig config;
    private final Shards shards;
    private final Rebalances rebalances;
    private final GroupStore store;

    Joining(GroupLoop loop, GroupConfig config, Shards shards, Rebalances rebalances, GroupStore store) {
        this.loop = loop;
        this.config = config;
        this.shards = shards;
        this.rebalances = rebalances;
        this.store = store;
    }

    void join(JoinGroup.Request request, JoiningClient client, Consumer<JoinGroup.Response> answer) {
        ErrorCode unavailable = shards.availability(request.groupId, false);
        if (unavailable != ErrorCode.NONE) {
            answer.accept(Answers.joinError(request.memberId, unavailable));
            return;
        }
        if (request.sessionTimeoutMs < config.minSessionTimeoutMs()
                || request.sessionTimeoutMs > config.maxSessionTimeoutMs()) {
            answer.accept(Answers.joinError(request.memberId, ErrorCode.INVALID_SESSION_TIMEOUT));
            return;
        }
        Group group = shards.group(request.groupId);
        boolean stranger = request.memberId.isEmpty();
        List<Protocol> protocols = protocols(request);
        if (group == null && !(stranger && isUsable(request))) {
            ErrorCode error = stranger ? ErrorCode.INCONSISTENT_GROUP_PROTOCOL : ErrorCode.UNKNOWN_MEMBER_ID;
            answer.accept(Answers.joinError(request.memberId, error));
            return;
        }
        if (group == null) {
            group = shards.create(request.groupId);
        }
        if (isFull(group, request.memberId)) {
            giveUp(group, request.memberId);
            answer.accept(Answers.joinError("", ErrorCode.GROUP_MAX_SIZE_REACHED));
        } else if (group.isDead()) {
            answer.accept(Answers.joinError(request.memberId, ErrorCode.COORDINATOR_NOT_AVAILABLE));
        } else if (!group.accepts(request.protocolType, protocols)) {
            answer.accept(Answers.joinError(request.memberId, ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
        } else if (stranger) {
            joinStranger(group, request, protocols, client, answer);
        } else {
            joinKnown(group, request, protocols, client, answer);
        }
    }

    private void joinStranger(
            Group group,
            JoinGroup.Request request,
            List<Protocol> protocols,
            JoiningClient client,
            Consumer<JoinGroup.Response> answer) {
        String instanceId = request.groupInstanceId;
        String memberId = newMemberId(instanceId == null ? client.clientId() : instanceId);
        if (instanceId != null) {
            String formerId = group.memberIdOf(instanceId);
            GroupMember former = formerId == null ? null : group.member(formerId);
            if (former != null) {
                returnStatic(group, former, memberId, request, protocols, client, answer);
                return;
            }
        } else if (client.mustKnowMemberId()) {
            Deadline deadline = loop.deadline(() -> onPendingExpired(group, memberId));
            deadline.set(loop.nowMs() + request.sessionTimeoutMs);
            group.pendingMembers.put(memberId, deadline);
            answer.accept(Answers.joinError(memberId, ErrorCode.MEMBER_ID_REQUIRED));
            return;
        }
        enter(group, memberId, request, protocols, client, answer);
    }

    private void joinKnown(
            Group group,
            JoinGroup.Request request,
            List<Protocol> protocols,
            JoiningClient client,
            Consumer<JoinGroup.Response> answer) {
        if (request.groupInstanceId == null && group.pendingMembers.containsKey(request.memberId)) {
            enter(group, request.memberId, request, protocols, client, answer);
            return;
        }
        ErrorCode fenced = Fencing.member(group, request.memberId, request.groupInstanceId);
        GroupMember member = group.member(request.memberId);
        if (fenced != ErrorCode.NONE || member == null) {
            answer.accept(Answers.joinError(request.memberId, fenced));
            return;
        }
        // The answer to the first request may have been lost: the same request again changes nothing, but a leader that
        // joins anew may have seen topics change.
        boolean unchanged = member.matches(protocols)
                && (group.is(CompletingRebalance.class) || group.is(Stable.class) && !group.isLeader(member.id));
        if (unchanged) {
            answer.accept(Answers.joined(group, member));
            return;
        }
        update(group, member, request, protocols, answer);
        rebalances.begin(group, "member " + member.id + " joined again" + told(request));
        rebalances.completeIfAllJoined(group);
    }

    /** A member is new in the group. */
    private void enter(
            Group group,
            String memberId,
            JoinGroup.Request request,
            List<Protocol> protocols,
            JoiningClient client,
            Consumer<JoinGroup.Response> answer) {
        GroupMember member = newMember(group, memberId, request, client);
        member.protocols = protocols;
        member.isNew = true;
        if (group.generation() == 0 && group.state() instanceof PreparingRebalance preparing) {
            group.become(preparing.withNewcomer());
        }
        group.add(member, request.protocolType);
        group.awaitJoin(member, answer);
        member.session.set(loop.nowMs() + FIRST_JOIN_TIMEOUT_MS);
        rebalances.begin(group, "member " + memberId + " is new" + told(request));
        rebalances.completeIfAllJoined(group);
    }

    /** A static member that was restarted takes the place of its former self, if possible without a rebalance. */
    private void returnStatic(
            Group group,
            GroupMember former,
            String memberId,
            JoinGroup.Request request,
            List<Protocol> protocols,
            JoiningClient client,
            Consumer<JoinGroup.Response> answer) {
        String formerLeader = group.leaderId();
        GroupMember member = newMember(group, memberId, request, client);
        member.protocols = former.protocols;
        member.assignment = former.assignment;
        rebalances.fence(group, former);
        group.replace(former, member);
        LOG.info(
                "Static member is back group={} instance={} member={} formerMember={}",
                group.id,
                former.instanceId,
                memberId,
                former.id);
        update(group, member, request, protocols, answer);
        member.heard(loop.nowMs());
        if (group.is(Stable.class) && group.electProtocol().equals(group.protocolName())) {
            storeReturn(group, member, formerLeader, client.maySkipAssignment());
        } else {
            rebalances.begin(group, "static member " + memberId + " is back" + told(request));
            rebalances.completeIfAllJoined(group);
        }
    }

    private void storeReturn(
            Group group, GroupMember member, @Nullable String formerLeader, boolean maySkipAssignment) {
        store.storeGroup(group, error -> {
            if (error != ErrorCode.NONE) {
                LOG.warn(
                        "Could not store the return of a static member, which will try again group={} member={} error={}",
                        group.id,
                        member.id,
                        error);
                if (group.answerJoin(member, Answers.joinError("", error))) {
                    member.heard(loop.nowMs());
                }
                return;
            }
            // An old client takes every answer in which it leads as a call to assign anew, and nobody would hear of
            // that in a stable group; so it is told the id that the leader had.
            boolean leads = group.isLeader(member.id);
            boolean answered = group.answerJoin(
                    member,
                    maySkipAssignment
                            ? Answers.joined(group, member, group.leaderId(), leads, leads)
                            : Answers.joined(group, member, formerLeader, false, false));
            if (answered) {
                member.heard(loop.nowMs());
            }
        });
    }

    private void update(
            Group group,
            GroupMember member,
            JoinGroup.Request request,
            List<Protocol> protocols,
            Consumer<JoinGroup.Response> answer) {
        group.changeProtocols(member, protocols);
        member.sessionTimeoutMs = request.sessionTimeoutMs;
        member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
        group.awaitJoin(member, answer);
    }

    private GroupMember newMember(Group group, String memberId, JoinGroup.Request request, JoiningClient client) {
        GroupMember member =
                rebalances.newMember(group, memberId, request.groupInstanceId, client.clientId(), client.clientHost());
        member.sessionTimeoutMs = request.sessionTimeoutMs;
        member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
        return member;
    }

    private void onPendingExpired(Group group, String memberId) {
        if (group.isDead()) {
            return;
        }
        rebalances.removePending(group, memberId);
        if (group.generation() == 0 && group.isForgettableWithout(List.of())) {
            shards.forget(group);
        }
    }

    /**
     * Whether there is no room. Those who wait for the next generation count while one is prepared, so that a group that is
     * too large (the limit was lowered) loses those who come last.
     */
    private boolean isFull(Group group, String memberId) {
        GroupMember member = group.member(memberId);
        if (group.is(PreparingRebalance.class)) {
            boolean waits = member != null && member.isAwaitingJoin();
            return !waits && group.awaitingJoin() >= config.maxSize();
        }
        boolean limited = group.is(CompletingRebalance.class) || group.is(Stable.class);
        return limited && member == null && group.size() >= config.maxSize();
    }

    /** The member found no room: whatever it had is free. */
    private void giveUp(Group group, String memberId) {
        GroupMember member = group.member(memberId);
        if (member != null) {
            rebalances.remove(group, member, "member " + memberId + " found no room");
        } else {
            rebalances.removePending(group, memberId);
        }
    }

    /** Whether the request could found a group, so that garbage leaves none behind. */
    private static boolean isUsable(JoinGroup.Request request) {
        return !request.protocolType.isEmpty() && !request.protocols.isEmpty();
    }

    private static List<Protocol> protocols(JoinGroup.Request request) {
        List<Protocol> protocols = new ArrayList<>(request.protocols.size());
        for (JoinGroupRequestProtocol protocol : request.protocols) {
            protocols.add(new Protocol(protocol.name, protocol.metadata));
        }
        return List.copyOf(protocols);
    }

    private static String newMemberId(String prefix) {
        if (prefix.length() <= MAX_ID_PREFIX) {
            return prefix + "-" + UUID.randomUUID();
        }
        // Half a character does not survive the way to the client and back.
        int end = MAX_ID_PREFIX - (Character.isHighSurrogate(prefix.charAt(MAX_ID_PREFIX - 1)) ? 1 : 0);
        return prefix.substring(0, end) + "-" + UUID.randomUUID();
    }

    private static String told(JoinGroup.Request request) {
        return request.reason == null || request.reason.isEmpty() ? "" : ": " + request.reason;
    }
}
