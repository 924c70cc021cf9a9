package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Creates topics, or only checks whether they could be created.
 */
public final class CreateTopics {

    private CreateTopics() {}

    /** The request of {@link ApiKey#CREATE_TOPICS}. */
    public static final class Request implements Message {
        public List<CreatableTopic> topics = List.of();
        /** How long to wait until all brokers know the topics. */
        public int timeoutMs = 60000;
        /** Only check whether the topics could be created. */
        public boolean validateOnly;

        @Override
        public void wire(Wire w) {
            topics = w.array(topics, CreatableTopic::new);
            timeoutMs = w.int32(timeoutMs);
            if (w.since(1) || w.refuses("validateOnly", validateOnly)) {
                validateOnly = w.bool(validateOnly);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.CREATE_TOPICS;
        }

        public static final class CreatableTopic implements Struct {
            public String name = "";
            /** -1 for the broker's default, or if {@code assignments} say it. */
            public int numPartitions;
            /** -1 for the broker's default, or if {@code assignments} say it. */
            public short replicationFactor;
            /** Empty to leave the choice of brokers to the controller. */
            public List<CreatableReplicaAssignment> assignments = List.of();

            public List<CreatableTopicConfig> configs = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                numPartitions = w.int32(numPartitions);
                replicationFactor = w.int16(replicationFactor);
                assignments = w.array(assignments, CreatableReplicaAssignment::new);
                configs = w.array(configs, CreatableTopicConfig::new);
                w.tags();
            }
        }

        public static final class CreatableReplicaAssignment implements Struct {
            public int partitionIndex;
            /** The preferred leader comes first. */
            public int[] brokerIds = new int[0];

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                brokerIds = w.int32Array(brokerIds);
                w.tags();
            }
        }

        public static final class CreatableTopicConfig implements Struct {
            public String name = "";
            public @Nullable String value = "";

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                value = w.nullableString(value);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#CREATE_TOPICS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<CreatableTopicResult> topics = List.of();

        @Override
        public void wire(Wire w) {
            if (w.since(2)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            topics = w.array(topics, CreatableTopicResult::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.CREATE_TOPICS;
        }

        public static final class CreatableTopicResult implements Struct {
            public String name = "";
            public Uuid topicId = Uuid.ZERO;
            public short errorCode;
            public @Nullable String errorMessage = "";
            /** -1 with an error. */
            public int numPartitions = -1;
            /** -1 with an error. */
            public short replicationFactor = -1;
            /** Null if the client may not see them. */
            public @Nullable List<CreatableTopicConfigs> configs = List.of();

            public short topicConfigErrorCode;

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                if (w.since(7)) {
                    topicId = w.uuid(topicId);
                }
                errorCode = w.int16(errorCode);
                if (w.since(1)) {
                    errorMessage = w.nullableString(errorMessage);
                }
                if (w.since(5)) {
                    numPartitions = w.int32(numPartitions);
                    replicationFactor = w.int16(replicationFactor);
                    configs = w.nullableArray(configs, CreatableTopicConfigs::new);
                }
                w.beginTags();
                if (w.since(5) && w.tag(0, topicConfigErrorCode != 0)) {
                    topicConfigErrorCode = w.int16(topicConfigErrorCode);
                }
                w.endTags();
            }
        }

        public static final class CreatableTopicConfigs implements Struct {
            public String name = "";
            public @Nullable String value = "";
            public boolean readOnly;
            /** 1: topic; 2: this broker; 3: all brokers; 4: the broker's file; 5: default. */
            public byte configSource = -1;

            public boolean isSensitive;

            @Override
            public void wire(Wire w) {
                if (w.since(5) || w.refuses("name", !name.isEmpty())) {
                    name = w.string(name);
                }
                if (w.since(5) || w.refuses("value", (value == null || !value.isEmpty()))) {
                    value = w.nullableString(value);
                }
                if (w.since(5) || w.refuses("readOnly", readOnly)) {
                    readOnly = w.bool(readOnly);
                }
                if (w.since(5)) {
                    configSource = w.int8(configSource);
                }
                if (w.since(5) || w.refuses("isSensitive", isSensitive)) {
                    isSensitive = w.bool(isSensitive);
                }
                w.tags();
            }
        }
    }
}
