package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Wire;
import org.jspecify.annotations.Nullable;

/**
 * Shows the group coordinator that a member lives; the answer says when to join again.
 */
public final class Heartbeat {

    private Heartbeat() {}

    /** The request of {@link ApiKey#HEARTBEAT}. */
    public static final class Request implements Message {
        public String groupId = "";
        public int generationId;
        public String memberId = "";
        /** Name of a static member, or null. */
        public @Nullable String groupInstanceId;

        @Override
        public void wire(Wire w) {
            groupId = w.string(groupId);
            generationId = w.int32(generationId);
            memberId = w.string(memberId);
            if (w.since(3) || w.refuses("groupInstanceId", groupInstanceId != null)) {
                groupInstanceId = w.nullableString(groupInstanceId);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.HEARTBEAT;
        }
    }

    /** The response of {@link ApiKey#HEARTBEAT}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;

        @Override
        public void wire(Wire w) {
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            errorCode = w.int16(errorCode);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.HEARTBEAT;
        }
    }
}
