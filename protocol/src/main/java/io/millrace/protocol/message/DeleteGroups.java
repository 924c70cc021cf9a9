package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * Deletes empty groups with their offsets.
 */
public final class DeleteGroups {

    private DeleteGroups() {}

    /** The request of {@link ApiKey#DELETE_GROUPS}. */
    public static final class Request implements Message {
        public List<String> groupsNames = List.of();

        @Override
        public void wire(Wire w) {
            groupsNames = w.stringArray(groupsNames);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DELETE_GROUPS;
        }
    }

    /** The response of {@link ApiKey#DELETE_GROUPS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<DeletableGroupResult> results = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            results = w.array(results, DeletableGroupResult::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DELETE_GROUPS;
        }

        public static final class DeletableGroupResult implements Struct {
            public String groupId = "";
            public short errorCode;

            @Override
            public void wire(Wire w) {
                groupId = w.string(groupId);
                errorCode = w.int16(errorCode);
                w.tags();
            }
        }
    }
}
