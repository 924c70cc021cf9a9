package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Removes members from a group.
 */
public final class LeaveGroup {

    private LeaveGroup() {}

    /** The request of {@link ApiKey#LEAVE_GROUP}. */
    public static final class Request implements Message {
        public String groupId = "";
        /** Since version 3; before, the one of {@code memberId}. */
        public List<MemberIdentity> members = List.of();

        public String memberId = "";

        @Override
        public void wire(Wire w) {
            groupId = w.string(groupId);
            if (w.since(3) || w.refuses("members", !members.isEmpty())) {
                members = w.array(members, MemberIdentity::new);
            }
            if (w.until(2) || w.refuses("memberId", !memberId.isEmpty())) {
                memberId = w.string(memberId);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LEAVE_GROUP;
        }

        public static final class MemberIdentity implements Struct {
            /** Empty if the static member is named instead. */
            public String memberId = "";
            /** Name of a static member, or null. */
            public @Nullable String groupInstanceId;
            /** For the log, or null. */
            public @Nullable String reason;

            @Override
            public void wire(Wire w) {
                if (w.since(3) || w.refuses("memberId", !memberId.isEmpty())) {
                    memberId = w.string(memberId);
                }
                if (w.since(3) || w.refuses("groupInstanceId", groupInstanceId != null)) {
                    groupInstanceId = w.nullableString(groupInstanceId);
                }
                if (w.since(5)) {
                    reason = w.nullableString(reason);
                }
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#LEAVE_GROUP}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        public List<MemberResponse> members = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            errorCode = w.int16(errorCode);
            if (w.since(3) || w.refuses("members", !members.isEmpty())) {
                members = w.array(members, MemberResponse::new);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LEAVE_GROUP;
        }

        public static final class MemberResponse implements Struct {
            public String memberId = "";
            public @Nullable String groupInstanceId = "";
            public short errorCode;

            @Override
            public void wire(Wire w) {
                if (w.since(3) || w.refuses("memberId", !memberId.isEmpty())) {
                    memberId = w.string(memberId);
                }
                if (w.since(3)
                        || w.refuses("groupInstanceId", (groupInstanceId == null || !groupInstanceId.isEmpty()))) {
                    groupInstanceId = w.nullableString(groupInstanceId);
                }
                if (w.since(3) || w.refuses("errorCode", errorCode != 0)) {
                    errorCode = w.int16(errorCode);
                }
                w.tags();
            }
        }
    }
}
