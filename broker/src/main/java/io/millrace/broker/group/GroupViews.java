package io.millrace.broker.group;

import io.millrace.broker.group.GroupState.Stable;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.DescribeGroups.Response.DescribedGroup;
import io.millrace.protocol.message.DescribeGroups.Response.DescribedGroupMember;
import io.millrace.protocol.message.ListGroups;
import io.millrace.protocol.message.ListGroups.Response.ListedGroup;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers DescribeGroups and ListGroups. Group thread. */
final class GroupViews {
    /** The only protocol that this coordinator speaks, as clients spell it. */
    private static final String TYPE = "classic";

    private static final String DEAD = new GroupState.Dead().label();

    private final Shards shards;

    GroupViews(Shards shards) {
        this.shards = shards;
    }

    /** @param missingIsError whether a group that is not known is an error; to old clients it is a dead group */
    DescribedGroup describe(String groupId, boolean missingIsError) {
        DescribedGroup described = new DescribedGroup();
        described.groupId = groupId;
        ErrorCode unavailable = shards.availability(groupId, true);
        if (unavailable != ErrorCode.NONE) {
            described.errorCode = unavailable.code();
            return described;
        }
        Group group = shards.group(groupId);
        if (group == null || group.isDead()) {
            described.groupState = DEAD;
            if (missingIsError) {
                described.errorCode = ErrorCode.GROUP_ID_NOT_FOUND.code();
                described.errorMessage = "Group " + groupId + " not found.";
            }
            return described;
        }
        described.groupState = group.state().label();
        described.protocolType = orEmpty(group.protocolType());
        // Between generations nobody can say what the members do.
        boolean stable = group.is(Stable.class);
        described.protocolData = stable ? orEmpty(group.protocolName()) : "";
        described.members = members(group, stable);
        return described;
    }

    private static List<DescribedGroupMember> members(Group group, boolean stable) {
        List<DescribedGroupMember> members = new ArrayList<>(group.size());
        for (GroupMember member : group.members()) {
            DescribedGroupMember described = new DescribedGroupMember();
            described.memberId = member.id;
            described.groupInstanceId = member.instanceId;
            described.clientId = member.clientId;
            described.clientHost = member.clientHost;
            if (stable) {
                described.memberMetadata = member.metadata(group.protocolName());
                described.memberAssignment = member.assignment;
            }
            members.add(described);
        }
        return members;
    }

    /** Groups in these states and of these types, in any letter case; no states or types stand for all. */
    ListGroups.Response list(List<String> states, List<String> types) {
        ListGroups.Response response = new ListGroups.Response();
        if (shards.isClosed()) {
            // No groups would look like the truth.
            response.errorCode = ErrorCode.COORDINATOR_NOT_AVAILABLE.code();
        }
        List<ListedGroup> groups = new ArrayList<>();
        boolean typeWanted = wanted(types, TYPE);
        for (Shard shard : shards.all()) {
            if (shard.loading) {
                response.errorCode = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code();
            }
            for (Group group : shard.groups.values()) {
                if (typeWanted && wanted(states, group.state().label())) {
                    groups.add(listed(group));
                }
            }
        }
        response.groups = groups;
        return response;
    }

    private static ListedGroup listed(Group group) {
        ListedGroup listed = new ListedGroup();
        listed.groupId = group.id;
        listed.protocolType = orEmpty(group.protocolType());
        listed.groupState = group.state().label();
        listed.groupType = TYPE;
        return listed;
    }

    private static boolean wanted(List<String> filter, String value) {
        return filter.isEmpty() || filter.stream().anyMatch(value::equalsIgnoreCase);
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
