package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts, changes or cancels the move of partitions to other replicas.
 */
public final class AlterPartitionReassignments {

    private AlterPartitionReassignments() {}

    /** The request of {@link ApiKey#ALTER_PARTITION_REASSIGNMENTS}. */
    public static final class Request implements Message {
        public int timeoutMs = 60000;
        public boolean allowReplicationFactorChange = true;
        public List<ReassignableTopic> topics = List.of();

        @Override
        public void wire(Wire w) {
            timeoutMs = w.int32(timeoutMs);
            if (w.since(1) || w.refuses("allowReplicationFactorChange", !allowReplicationFactorChange)) {
                allowReplicationFactorChange = w.bool(allowReplicationFactorChange);
            }
            topics = w.array(topics, ReassignableTopic::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.ALTER_PARTITION_REASSIGNMENTS;
        }

        public static final class ReassignableTopic implements Struct {
            public String name = "";
            public List<ReassignablePartition> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, ReassignablePartition::new);
                w.tags();
            }
        }

        public static final class ReassignablePartition implements Struct {
            public int partitionIndex;
            /** The preferred leader comes first; null cancels the reassignment. */
            public int @Nullable [] replicas;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                replicas = w.nullableInt32Array(replicas);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#ALTER_PARTITION_REASSIGNMENTS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public boolean allowReplicationFactorChange = true;
        public short errorCode;
        public @Nullable String errorMessage = "";
        public List<ReassignableTopicResponse> responses = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            if (w.since(1)) {
                allowReplicationFactorChange = w.bool(allowReplicationFactorChange);
            }
            errorCode = w.int16(errorCode);
            errorMessage = w.nullableString(errorMessage);
            responses = w.array(responses, ReassignableTopicResponse::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.ALTER_PARTITION_REASSIGNMENTS;
        }

        public static final class ReassignableTopicResponse implements Struct {
            public String name = "";
            public List<ReassignablePartitionResponse> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, ReassignablePartitionResponse::new);
                w.tags();
            }
        }

        public static final class ReassignablePartitionResponse implements Struct {
            public int partitionIndex;
            public short errorCode;
            public @Nullable String errorMessage = "";

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                errorCode = w.int16(errorCode);
                errorMessage = w.nullableString(errorMessage);
                w.tags();
            }
        }
    }
}
