package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.JoinGroup;
import io.millrace.protocol.message.JoinGroup.Response.JoinGroupResponseMember;
import io.millrace.protocol.message.SyncGroup;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What members are told of the generation they are in. */
final class Answers {

    private Answers() {}

    static JoinGroup.Response joinError(String memberId, ErrorCode error) {
        JoinGroup.Response response = new JoinGroup.Response();
        response.memberId = memberId;
        response.errorCode = error.code();
        response.protocolName = null;
        return response;
    }

    /** To a request in whose place a newer one of the same member waits. */
    static JoinGroup.Response superseded(String memberId) {
        return joinError(memberId, ErrorCode.REBALANCE_IN_PROGRESS);
    }

    /** The generation as it is; only the leader hears who the others are. */
    static JoinGroup.Response joined(Group group, GroupMember member) {
        return joined(group, member, group.leaderId(), group.isLeader(member.id), false);
    }

    static JoinGroup.Response joined(
            Group group, GroupMember member, @Nullable String leaderId, boolean withMembers, boolean skipAssignment) {
        JoinGroup.Response response = new JoinGroup.Response();
        response.memberId = member.id;
        response.generationId = group.generation();
        response.protocolType = group.protocolType();
        response.protocolName = group.protocolName();
        response.leader = leaderId == null ? "" : leaderId;
        response.skipAssignment = skipAssignment;
        if (withMembers) {
            response.members = members(group);
        }
        return response;
    }

    private static List<JoinGroupResponseMember> members(Group group) {
        List<JoinGroupResponseMember> members = new ArrayList<>(group.size());
        for (GroupMember member : group.members()) {
            JoinGroupResponseMember entry = new JoinGroupResponseMember();
            entry.memberId = member.id;
            entry.groupInstanceId = member.instanceId;
            entry.metadata = member.metadata(group.protocolName());
            members.add(entry);
        }
        return members;
    }

    static SyncGroup.Response syncError(ErrorCode error) {
        SyncGroup.Response response = new SyncGroup.Response();
        response.errorCode = error.code();
        return response;
    }

    static SyncGroup.Response assignment(Group group, GroupMember member) {
        SyncGroup.Response response = new SyncGroup.Response();
        response.protocolType = group.protocolType();
        response.protocolName = group.protocolName();
        response.assignment = member.assignment;
        return response;
    }
}
