package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the broker that coordinates a group or a transactional id.
 */
public final class FindCoordinator {

    private FindCoordinator() {}

    /** The request of {@link ApiKey#FIND_COORDINATOR}. */
    public static final class Request implements Message {
        /** Until version 3. */
        public String key = "";
        /** 0: a group; 1: a transactional id; 2: a share group's partition. */
        public byte keyType;
        /** Since version 4. */
        public List<String> coordinatorKeys = List.of();

        @Override
        public void wire(Wire w) {
            if (w.until(3) || w.refuses("key", !key.isEmpty())) {
                key = w.string(key);
            }
            if (w.since(1) || w.refuses("keyType", keyType != 0)) {
                keyType = w.int8(keyType);
            }
            if (w.since(4) || w.refuses("coordinatorKeys", !coordinatorKeys.isEmpty())) {
                coordinatorKeys = w.stringArray(coordinatorKeys);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.FIND_COORDINATOR;
        }
    }

    /** The response of {@link ApiKey#FIND_COORDINATOR}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        /** Since version 4; the fields below until version 3. */
        public List<Coordinator> coordinators = List.of();

        public short errorCode;
        public @Nullable String errorMessage = "";
        /** -1 with an error. */
        public int nodeId;

        public String host = "";
        public int port;

        @Override
        public void wire(Wire w) {
            if (w.since(1)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            if (w.since(4) || w.refuses("coordinators", !coordinators.isEmpty())) {
                coordinators = w.array(coordinators, Coordinator::new);
            }
            if (w.until(3) || w.refuses("errorCode", errorCode != 0)) {
                errorCode = w.int16(errorCode);
            }
            if (w.between(1, 3)) {
                errorMessage = w.nullableString(errorMessage);
            }
            if (w.until(3) || w.refuses("nodeId", nodeId != 0)) {
                nodeId = w.int32(nodeId);
            }
            if (w.until(3) || w.refuses("host", !host.isEmpty())) {
                host = w.string(host);
            }
            if (w.until(3) || w.refuses("port", port != 0)) {
                port = w.int32(port);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.FIND_COORDINATOR;
        }

        public static final class Coordinator implements Struct {
            public String key = "";
            /** -1 with an error. */
            public int nodeId;

            public String host = "";
            public int port;
            public short errorCode;
            public @Nullable String errorMessage = "";

            @Override
            public void wire(Wire w) {
                if (w.since(4) || w.refuses("key", !key.isEmpty())) {
                    key = w.string(key);
                }
                if (w.since(4) || w.refuses("nodeId", nodeId != 0)) {
                    nodeId = w.int32(nodeId);
                }
                if (w.since(4) || w.refuses("host", !host.isEmpty())) {
                    host = w.string(host);
                }
                if (w.since(4) || w.refuses("port", port != 0)) {
                    port = w.int32(port);
                }
                if (w.since(4) || w.refuses("errorCode", errorCode != 0)) {
                    errorCode = w.int16(errorCode);
                }
                if (w.since(4)) {
                    errorMessage = w.nullableString(errorMessage);
                }
                w.tags();
            }
        }
    }
}
