package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Enters a group, or a new generation of it.
 */
public final class JoinGroup {

    private JoinGroup() {}

    /** The request of {@link ApiKey#JOIN_GROUP}. */
    public static final class Request implements Message {
        public String groupId = "";
        /** How long the member may be silent. */
        public int sessionTimeoutMs;
        /** How long it may take to join again; version 0 has the session timeout for that. */
        public int rebalanceTimeoutMs = -1;
        /** Empty for a member that has none yet. */
        public String memberId = "";
        /** Name of a static member, or null. */
        public @Nullable String groupInstanceId;

        public String protocolType = "";
        /** What the member can do, best first; {@link ConsumerProtocol.Subscription} is the metadata of consumers. */
        public List<JoinGroupRequestProtocol> protocols = List.of();
        /** Why it joins, for the log, or null. */
        public @Nullable String reason;

        @Override
        public void wire(Wire w) {
            groupId = w.string(groupId);
            sessionTimeoutMs = w.int32(sessionTimeoutMs);
            if (w.since(1)) {
                rebalanceTimeoutMs = w.int32(rebalanceTimeoutMs);
            }
            memberId = w.string(memberId);
            if (w.since(5) || w.refuses("groupInstanceId", groupInstanceId != null)) {
                groupInstanceId = w.nullableString(groupInstanceId);
            }
            protocolType = w.string(protocolType);
            protocols = w.array(protocols, JoinGroupRequestProtocol::new);
            if (w.since(8)) {
                reason = w.nullableString(reason);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.JOIN_GROUP;
        }

        public static final class JoinGroupRequestProtocol implements Struct {
            public String name = "";
            public byte[] metadata = new byte[0];

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                metadata = w.bytes(metadata);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#JOIN_GROUP}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        /** -1 with an error. */
        public int generationId = -1;
        /** Null with an error. */
        public @Nullable String protocolType;
        /** The protocol chosen; null with an error since version 7, empty before. */
        public @Nullable String protocolName = "";
        /** Member id of the leader, who makes the assignment; empty with an error. */
        public String leader = "";
        /** The leader is a static member come back, and the assignment stays. */
        public boolean skipAssignment;
        /** The id to go on with. */
        public String memberId = "";
        /** Everybody, for the leader; nobody for the others. */
        public List<JoinGroupResponseMember> members = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(2)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            errorCode = w.int16(errorCode);
            generationId = w.int32(generationId);
            if (w.since(7)) {
                protocolType = w.nullableString(protocolType);
            }
            protocolName = w.since(7) ? w.nullableString(protocolName) : w.string(protocolName);
            leader = w.string(leader);
            if (w.since(9) || w.refuses("skipAssignment", skipAssignment)) {
                skipAssignment = w.bool(skipAssignment);
            }
            memberId = w.string(memberId);
            members = w.array(members, JoinGroupResponseMember::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.JOIN_GROUP;
        }

        public static final class JoinGroupResponseMember implements Struct {
            public String memberId = "";
            public @Nullable String groupInstanceId;
            public byte[] metadata = new byte[0];

            @Override
            public void wire(Wire w) {
                memberId = w.string(memberId);
                if (w.since(5)) {
                    groupInstanceId = w.nullableString(groupInstanceId);
                }
                metadata = w.bytes(metadata);
                w.tags();
            }
        }
    }
}
