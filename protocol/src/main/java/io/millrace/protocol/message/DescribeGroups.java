package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Describes classic groups and their members.
 */
public final class DescribeGroups {

    private DescribeGroups() {}

    /** The request of {@link ApiKey#DESCRIBE_GROUPS}. */
    public static final class Request implements Message {
        public List<String> groups = List.of();
        public boolean includeAuthorizedOperations;

        @Override
        public void wire(Wire w) {
            groups = w.stringArray(groups);
            if (w.since(3) || w.refuses("includeAuthorizedOperations", includeAuthorizedOperations)) {
                includeAuthorizedOperations = w.bool(includeAuthorizedOperations);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_GROUPS;
        }
    }

    /** The response of {@link ApiKey#DESCRIBE_GROUPS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<DescribedGroup> groups = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            groups = w.array(groups, DescribedGroup::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_GROUPS;
        }

        public static final class DescribedGroup implements Struct {
            public short errorCode;
            public @Nullable String errorMessage;
            public String groupId = "";
            /** Empty, PreparingRebalance, CompletingRebalance, Stable or Dead. */
            public String groupState = "";

            public String protocolType = "";
            /** The protocol chosen; empty while there is none. */
            public String protocolData = "";

            public List<DescribedGroupMember> members = List.of();
            /** Bits of {@code AclOperation}; the smallest int if not asked for. */
            public int authorizedOperations = Integer.MIN_VALUE;

            @Override
            public void wire(Wire w) {
                errorCode = w.int16(errorCode);
                if (w.since(6) || w.refuses("errorMessage", errorMessage != null)) {
                    errorMessage = w.nullableString(errorMessage);
                }
                groupId = w.string(groupId);
                groupState = w.string(groupState);
                protocolType = w.string(protocolType);
                protocolData = w.string(protocolData);
                members = w.array(members, DescribedGroupMember::new);
                if (w.since(3) || w.refuses("authorizedOperations", authorizedOperations != -2147483648)) {
                    authorizedOperations = w.int32(authorizedOperations);
                }
                w.tags();
            }
        }

        public static final class DescribedGroupMember implements Struct {
            public String memberId = "";
            /** Name of a static member, or null. */
            public @Nullable String groupInstanceId;

            public String clientId = "";
            public String clientHost = "";
            /** Empty while no protocol is chosen. */
            public byte[] memberMetadata = new byte[0];

            public byte[] memberAssignment = new byte[0];

            @Override
            public void wire(Wire w) {
                memberId = w.string(memberId);
                if (w.since(4)) {
                    groupInstanceId = w.nullableString(groupInstanceId);
                }
                clientId = w.string(clientId);
                clientHost = w.string(clientHost);
                memberMetadata = w.bytes(memberMetadata);
                memberAssignment = w.bytes(memberAssignment);
                w.tags();
            }
        }
    }
}
