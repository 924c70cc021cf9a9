package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes single keys of the dynamic configuration of topics or brokers.
 */
public final class IncrementalAlterConfigs {

    private IncrementalAlterConfigs() {}

    /** The request of {@link ApiKey#INCREMENTAL_ALTER_CONFIGS}. */
    public static final class Request implements Message {
        public List<AlterConfigsResource> resources = List.of();
        public boolean validateOnly;

        @Override
        public void wire(Wire w) {
            resources = w.array(resources, AlterConfigsResource::new);
            validateOnly = w.bool(validateOnly);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.INCREMENTAL_ALTER_CONFIGS;
        }

        public static final class AlterConfigsResource implements Struct {
            /** 2: topic; 4: broker; 8: logger of a broker. */
            public byte resourceType;

            public String resourceName = "";
            public List<AlterableConfig> configs = List.of();

            @Override
            public void wire(Wire w) {
                resourceType = w.int8(resourceType);
                resourceName = w.string(resourceName);
                configs = w.array(configs, AlterableConfig::new);
                w.tags();
            }
        }

        public static final class AlterableConfig implements Struct {
            public String name = "";
            /** 0: set; 1: delete; 2: append to a list; 3: take out of a list. */
            public byte configOperation;
            /** Null when deleting. */
            public @Nullable String value = "";

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                configOperation = w.int8(configOperation);
                value = w.nullableString(value);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#INCREMENTAL_ALTER_CONFIGS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<AlterConfigsResourceResponse> responses = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            responses = w.array(responses, AlterConfigsResourceResponse::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.INCREMENTAL_ALTER_CONFIGS;
        }

        public static final class AlterConfigsResourceResponse implements Struct {
            public short errorCode;
            public @Nullable String errorMessage = "";
            public byte resourceType;
            public String resourceName = "";

            @Override
            public void wire(Wire w) {
                errorCode = w.int16(errorCode);
                errorMessage = w.nullableString(errorMessage);
                resourceType = w.int8(resourceType);
                resourceName = w.string(resourceName);
                w.tags();
            }
        }
    }
}
