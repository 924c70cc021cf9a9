package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Triggers a preferred or unclean leader election.
 */
public final class ElectLeaders {

    private ElectLeaders() {}

    /** The request of {@link ApiKey#ELECT_LEADERS}. */
    public static final class Request implements Message {
        /** 0: the preferred replica; 1: any live one, which may lose records. */
        public byte electionType;
        /** Null for all. */
        public @Nullable List<TopicPartitions> topicPartitions = List.of();

        public int timeoutMs = 60000;

        @Override
        public void wire(Wire w) {
            if (w.since(1) || w.refuses("electionType", electionType != 0)) {
                electionType = w.int8(electionType);
            }
            topicPartitions = w.nullableArray(topicPartitions, TopicPartitions::new);
            timeoutMs = w.int32(timeoutMs);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.ELECT_LEADERS;
        }

        public static final class TopicPartitions implements Struct {
            public String topic = "";
            public int[] partitions = new int[0];

            @Override
            public void wire(Wire w) {
                topic = w.string(topic);
                partitions = w.int32Array(partitions);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#ELECT_LEADERS}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        public List<ReplicaElectionResult> replicaElectionResults = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            if (w.since(1) || w.refuses("errorCode", errorCode != 0)) {
                errorCode = w.int16(errorCode);
            }
            replicaElectionResults = w.array(replicaElectionResults, ReplicaElectionResult::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.ELECT_LEADERS;
        }

        public static final class ReplicaElectionResult implements Struct {
            public String topic = "";
            public List<PartitionResult> partitionResult = List.of();

            @Override
            public void wire(Wire w) {
                topic = w.string(topic);
                partitionResult = w.array(partitionResult, PartitionResult::new);
                w.tags();
            }
        }

        public static final class PartitionResult implements Struct {
            public int partitionId;
            public short errorCode;
            public @Nullable String errorMessage = "";

            @Override
            public void wire(Wire w) {
                partitionId = w.int32(partitionId);
                errorCode = w.int16(errorCode);
                errorMessage = w.nullableString(errorMessage);
                w.tags();
            }
        }
    }
}
