package io.millrace.broker.group;

import io.millrace.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Decides whether somebody is who they say, and of this generation. */
final class Fencing {

    private Fencing() {}

    /**
     * Whether the group has this member, under this static name if one is given.
     *
     * @return NONE, UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID if another member goes by the name now
     */
    static ErrorCode member(Group group, String memberId, @Nullable String instanceId) {
        if (instanceId != null) {
            String owner = group.memberIdOf(instanceId);
            if (owner == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
            return owner.equals(memberId) ? ErrorCode.NONE : ErrorCode.FENCED_INSTANCE_ID;
        }
        return group.member(memberId) == null ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.NONE;
    }

    /** As {@link #member}, and COORDINATOR_NOT_AVAILABLE in a dead group, or ILLEGAL_GENERATION. */
    static ErrorCode generation(Group group, String memberId, @Nullable String instanceId, int generation) {
        if (group.isDead()) {
            return ErrorCode.COORDINATOR_NOT_AVAILABLE;
        }
        ErrorCode fenced = member(group, memberId, instanceId);
        if (fenced != ErrorCode.NONE) {
            return fenced;
        }
        return generation == group.generation() ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
    }

    /**
     * Whether offsets may be committed. A group without members takes them from anybody who claims no generation: from tools,
     * and from consumers that assign partitions to themselves, whatever static name or id they go by.
     */
    static ErrorCode commit(Group group, String memberId, @Nullable String instanceId, int generation) {
        if (group.isDead()) {
            return ErrorCode.COORDINATOR_NOT_AVAILABLE;
        }
        if (generation < 0 && group.is(GroupState.Empty.class)) {
            return ErrorCode.NONE;
        }
        return generation(group, memberId, instanceId, generation);
    }
}
