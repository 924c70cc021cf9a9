package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows the configuration of topics and brokers, and where each value comes from.
 */
public final class DescribeConfigs {

    private DescribeConfigs() {}

    /** The request of {@link ApiKey#DESCRIBE_CONFIGS}. */
    public static final class Request implements Message {
        public List<DescribeConfigsResource> resources = List.of();
        public boolean includeSynonyms;
        public boolean includeDocumentation;

        @Override
        public void wire(Wire w) {
            resources = w.array(resources, DescribeConfigsResource::new);
            if (w.since(1) || w.refuses("includeSynonyms", includeSynonyms)) {
                includeSynonyms = w.bool(includeSynonyms);
            }
            if (w.since(3) || w.refuses("includeDocumentation", includeDocumentation)) {
                includeDocumentation = w.bool(includeDocumentation);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_CONFIGS;
        }

        public static final class DescribeConfigsResource implements Struct {
            /** 2: topic; 4: broker; 8: logger of a broker. */
            public byte resourceType;

            public String resourceName = "";
            /** Null for all. */
            public @Nullable List<String> configurationKeys = List.of();

            @Override
            public void wire(Wire w) {
                resourceType = w.int8(resourceType);
                resourceName = w.string(resourceName);
                configurationKeys = w.nullableStringArray(configurationKeys);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#DESCRIBE_CONFIGS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<DescribeConfigsResult> results = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            results = w.array(results, DescribeConfigsResult::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.DESCRIBE_CONFIGS;
        }

        public static final class DescribeConfigsResult implements Struct {
            public short errorCode;
            public @Nullable String errorMessage = "";
            public byte resourceType;
            public String resourceName = "";
            public List<DescribeConfigsResourceResult> configs = List.of();

            @Override
            public void wire(Wire w) {
                errorCode = w.int16(errorCode);
                errorMessage = w.nullableString(errorMessage);
                resourceType = w.int8(resourceType);
                resourceName = w.string(resourceName);
                configs = w.array(configs, DescribeConfigsResourceResult::new);
                w.tags();
            }
        }

        public static final class DescribeConfigsResourceResult implements Struct {
            public String name = "";
            /** Null if it is sensitive or has none. */
            public @Nullable String value = "";

            public boolean readOnly;
            /**
             * 1: topic; 2: this broker; 3: all brokers; 4: the broker's file; 5: default; 6: logger. Since version 1.
             */
            public byte configSource = -1;
            /** Version 0 only. */
            public boolean isDefault;

            public boolean isSensitive;
            /** Where else the value could come from, strongest first; only if asked for. */
            public List<DescribeConfigsSynonym> synonyms = List.of();
            /** 1: boolean; 2: string; 3: int; 4: short; 5: long; 6: double; 7: list; 8: class; 9: password. */
            public byte configType;
            /** Null unless asked for. */
            public @Nullable String documentation = "";

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                value = w.nullableString(value);
                readOnly = w.bool(readOnly);
                if (w.since(1)) {
                    configSource = w.int8(configSource);
                }
                if (w.until(0) || w.refuses("isDefault", isDefault)) {
                    isDefault = w.bool(isDefault);
                }
                isSensitive = w.bool(isSensitive);
                if (w.since(1)) {
                    synonyms = w.array(synonyms, DescribeConfigsSynonym::new);
                }
                if (w.since(3)) {
                    configType = w.int8(configType);
                    documentation = w.nullableString(documentation);
                }
                w.tags();
            }
        }

        public static final class DescribeConfigsSynonym implements Struct {
            public String name = "";
            public @Nullable String value = "";
            public byte source;

            @Override
            public void wire(Wire w) {
                if (w.since(1) || w.refuses("name", !name.isEmpty())) {
                    name = w.string(name);
                }
                if (w.since(1) || w.refuses("value", (value == null || !value.isEmpty()))) {
                    value = w.nullableString(value);
                }
                if (w.since(1) || w.refuses("source", source != 0)) {
                    source = w.int8(source);
                }
                w.tags();
            }
        }
    }
}
