package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Heartbeat;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.message.LeaveGroup.Request.MemberIdentity;
import io.millrace.protocol.message.LeaveGroup.Response.MemberResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Answers Heartbeat, by which members stay, and LeaveGroup, by which they go. Group thread. */
final class Leaving {
    private final GroupLoop loop;
    private final Shards shards;
    private final Rebalances rebalances;

    Leaving(GroupLoop loop, Shards shards, Rebalances rebalances) {
        this.loop = loop;
        this.shards = shards;
        this.rebalances = rebalances;
    }

    void heartbeat(Heartbeat.Request request, Consumer<Heartbeat.Response> answer) {
        Heartbeat.Response response = new Heartbeat.Response();
        response.errorCode = beat(request).code();
        answer.accept(response);
    }

    private ErrorCode beat(Heartbeat.Request request) {
        ErrorCode unavailable = shards.availability(request.groupId, false);
        if (unavailable == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) {
            // Nobody is counted as gone while the group is loaded, and old clients do not know this error.
            return ErrorCode.NONE;
        }
        if (unavailable != ErrorCode.NONE) {
            return unavailable;
        }
        Group group = shards.group(request.groupId);
        if (group == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        ErrorCode fenced = Fencing.generation(group, request.memberId, request.groupInstanceId, request.generationId);
        GroupMember member = group.member(request.memberId);
        if (fenced != ErrorCode.NONE || member == null) {
            return fenced;
        }
        member.heard(loop.nowMs());
        return group.state().onHeartbeat();
    }

    void leave(LeaveGroup.Request request, Consumer<LeaveGroup.Response> answer) {
        LeaveGroup.Response response = new LeaveGroup.Response();
        ErrorCode unavailable = shards.availability(request.groupId, false);
        Group group = unavailable == ErrorCode.NONE ? shards.group(request.groupId) : null;
        if (group != null && group.isDead()) {
            unavailable = ErrorCode.COORDINATOR_NOT_AVAILABLE;
        }
        response.errorCode = unavailable.code();
        if (unavailable == ErrorCode.NONE) {
            List<MemberResponse> members = new ArrayList<>(request.members.size());
            for (MemberIdentity identity : request.members) {
                MemberResponse member = new MemberResponse();
                member.memberId = identity.memberId;
                member.groupInstanceId = identity.groupInstanceId;
                ErrorCode error = group == null ? ErrorCode.UNKNOWN_MEMBER_ID : leave(group, identity);
                member.errorCode = error.code();
                members.add(member);
            }
            response.members = members;
        }
        answer.accept(response);
    }

    private ErrorCode leave(Group group, MemberIdentity identity) {
        String memberId = identity.memberId;
        if (memberId.isEmpty()) {
            // An administrator knows a static member by its name only.
            String owner = identity.groupInstanceId == null ? null : group.memberIdOf(identity.groupInstanceId);
            if (owner == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
            memberId = owner;
        } else if (group.pendingMembers.containsKey(memberId)) {
            rebalances.removePending(group, memberId);
            return ErrorCode.NONE;
        }
        ErrorCode fenced = Fencing.member(group, memberId, identity.groupInstanceId);
        GroupMember member = group.member(memberId);
        if (fenced == ErrorCode.NONE && member != null) {
            String reason = identity.reason == null || identity.reason.isEmpty() ? "" : ": " + identity.reason;
            rebalances.remove(group, member, "member " + memberId + " left" + reason);
        }
        return fenced;
    }
}
