package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hands the leader's assignment in, and everybody's own assignment out.
 */
public final class SyncGroup {

    private SyncGroup() {}

    /** The request of {@link ApiKey#SYNC_GROUP}. */
    public static final class Request implements Message {
        public String groupId = "";
        public int generationId;
        public String memberId = "";
        /** Name of a static member, or null. */
        public @Nullable String groupInstanceId;
        /** Null before version 5; checked if it is there. */
        public @Nullable String protocolType;
        /** Null before version 5; checked if it is there. */
        public @Nullable String protocolName;
        /** From the leader only; {@link ConsumerProtocol.Assignment} in groups of consumers. */
        public List<SyncGroupRequestAssignment> assignments = List.of();

        @Override
        public void wire(Wire w) {
            groupId = w.string(groupId);
            generationId = w.int32(generationId);
            memberId = w.string(memberId);
            if (w.since(3) || w.refuses("groupInstanceId", groupInstanceId != null)) {
                groupInstanceId = w.nullableString(groupInstanceId);
            }
            if (w.since(5)) {
                protocolType = w.nullableString(protocolType);
                protocolName = w.nullableString(protocolName);
            }
            assignments = w.array(assignments, SyncGroupRequestAssignment::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.SYNC_GROUP;
        }

        public static final class SyncGroupRequestAssignment implements Struct {
            public String memberId = "";
            public byte[] assignment = new byte[0];

            @Override
            public void wire(Wire w) {
                memberId = w.string(memberId);
                assignment = w.bytes(assignment);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#SYNC_GROUP}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        public @Nullable String protocolType;
        public @Nullable String protocolName;
        /** Empty for a member that gets nothing, and with an error. */
        public byte[] assignment = new byte[0];

        @Override
        public void wire(Wire w) {
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            errorCode = w.int16(errorCode);
            if (w.since(5)) {
                protocolType = w.nullableString(protocolType);
                protocolName = w.nullableString(protocolName);
            }
            assignment = w.bytes(assignment);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.SYNC_GROUP;
        }
    }
}
