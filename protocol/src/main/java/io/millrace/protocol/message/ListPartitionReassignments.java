package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists the moves of partitions that are under way.
 */
public final class ListPartitionReassignments {

    private ListPartitionReassignments() {}

    /** The request of {@link ApiKey#LIST_PARTITION_REASSIGNMENTS}. */
    public static final class Request implements Message {
        public int timeoutMs = 60000;
        /** Null for all. */
        public @Nullable List<ListPartitionReassignmentsTopics> topics;

        @Override
        public void wire(Wire w) {
            timeoutMs = w.int32(timeoutMs);
            topics = w.nullableArray(topics, ListPartitionReassignmentsTopics::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LIST_PARTITION_REASSIGNMENTS;
        }

        public static final class ListPartitionReassignmentsTopics implements Struct {
            public String name = "";
            public int[] partitionIndexes = new int[0];

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitionIndexes = w.int32Array(partitionIndexes);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#LIST_PARTITION_REASSIGNMENTS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        public @Nullable String errorMessage = "";
        public List<OngoingTopicReassignment> topics = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            errorCode = w.int16(errorCode);
            errorMessage = w.nullableString(errorMessage);
            topics = w.array(topics, OngoingTopicReassignment::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LIST_PARTITION_REASSIGNMENTS;
        }

        public static final class OngoingTopicReassignment implements Struct {
            public String name = "";
            public List<OngoingPartitionReassignment> partitions = List.of();

            @Override
            public void wire(Wire w) {
                name = w.string(name);
                partitions = w.array(partitions, OngoingPartitionReassignment::new);
                w.tags();
            }
        }

        public static final class OngoingPartitionReassignment implements Struct {
            public int partitionIndex;
            public int[] replicas = new int[0];
            public int[] addingReplicas = new int[0];
            public int[] removingReplicas = new int[0];

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                replicas = w.int32Array(replicas);
                addingReplicas = w.int32Array(addingReplicas);
                removingReplicas = w.int32Array(removingReplicas);
                w.tags();
            }
        }
    }
}
