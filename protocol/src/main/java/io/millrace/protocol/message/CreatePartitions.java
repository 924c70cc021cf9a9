package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds partitions to topics.
 */
public final class CreatePartitions {

    private CreatePartitions() {}

    /** The request of {@link ApiKey#CREATE_PARTITIONS}. */
    public static final class Request implements Message {
        public List<CreatePartitionsTopic> topics = List.of();
        /** How long to wait until all brokers know the partitions. */
        public int timeoutMs;

        public boolean validateOnly;

        @Override
        public void wire(Wire w) {
            topics = w.array(topics, CreatePartitionsTopic::new);
            timeoutMs = w.int32(timeoutMs);
            validateOnly = w.bool(validateOnly);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.CREATE_PARTITIONS;
        }

        public static final class CreatePartitionsTopic implements Struct {
            public String name = "";
            /** Partitions in all, the present ones included. */
            public int count;
            /** One for each new partition; null to leave the choice of brokers to the controller. */
            public @Nullable List<CreatePartitionsAssignment> assignments = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                count = w.int32(count);
                assignments = w.nullableArray(assignments, CreatePartitionsAssignment::new);
                w.tags();
            }
        }

        public static final class CreatePartitionsAssignment implements Struct {
            public int[] brokerIds = new int[0];

            @Override
            public void wire(Wire w) {
                brokerIds = w.int32Array(brokerIds);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#CREATE_PARTITIONS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<CreatePartitionsTopicResult> results = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            results = w.array(results, CreatePartitionsTopicResult::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.CREATE_PARTITIONS;
        }

        public static final class CreatePartitionsTopicResult implements Struct {
            public String name = "";
            public short errorCode;
            public @Nullable String errorMessage;

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                errorCode = w.int16(errorCode);
                errorMessage = w.nullableString(errorMessage);
                w.tags();
            }
        }
    }
}
