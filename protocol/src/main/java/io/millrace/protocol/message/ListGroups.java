package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * Lists the groups that a broker coordinates.
 */
public final class ListGroups {

    private ListGroups() {}

    /** The request of {@link ApiKey#LIST_GROUPS}. */
    public static final class Request implements Message {
        /** Empty for any state. */
        public List<String> statesFilter = List.of();
        /** Empty for any type. */
        public List<String> typesFilter = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(4) || w.refuses("statesFilter", !statesFilter.isEmpty())) {
                statesFilter = w.stringArray(statesFilter);
            }
            if (w.since(5) || w.refuses("typesFilter", !typesFilter.isEmpty())) {
                typesFilter = w.stringArray(typesFilter);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LIST_GROUPS;
        }
    }

    /** The response of {@link ApiKey#LIST_GROUPS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        public List<ListedGroup> groups = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            errorCode = w.int16(errorCode);
            groups = w.array(groups, ListedGroup::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LIST_GROUPS;
        }

        public static final class ListedGroup implements Struct {
            public String groupId = "";
            public String protocolType = "";
            public String groupState = "";
            /** classic or consumer; since version 5. */
            public String groupType = "";

            @Override
            public void wire(Wire w) {
                groupId = w.string(groupId);
                protocolType = w.string(protocolType);
                if (w.since(4)) {
                    groupState = w.string(groupState);
                }
                if (w.since(5)) {
                    groupType = w.string(groupType);
                }
                w.tags();
            }
        }
    }
}
