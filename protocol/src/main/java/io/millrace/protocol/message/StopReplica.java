package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * The controller tells a broker to stop serving replicas, and perhaps to delete them.
 */
public final class StopReplica {

    private StopReplica() {}

    /** The request of {@link ApiKey#STOP_REPLICA}. */
    public static final class Request implements Message {
        public int controllerId;
        public boolean isKRaftController;
        /** Of the sender; a broker refuses one that is older than the newest it has seen. */
        public int controllerEpoch;
        /** Epoch of the broker it is meant for; -1 to not have it checked. */
        public long brokerEpoch = -1;
        /** Since version 3. */
        public List<StopReplicaTopicState> topicStates = List.of();
        /** Whether to delete all of them; until version 2. */
        public boolean deletePartitions;
        /** Versions 1 and 2. */
        public List<StopReplicaTopicV1> topics = List.of();
        /** Version 0 only. */
        public List<StopReplicaPartitionV0> ungroupedPartitions = List.of();

        @Override
        public void wire(Wire w) {
            controllerId = w.int32(controllerId);
            if (w.since(4) || w.refuses("isKRaftController", isKRaftController)) {
                isKRaftController = w.bool(isKRaftController);
            }
            controllerEpoch = w.int32(controllerEpoch);
            if (w.since(1)) {
                brokerEpoch = w.int64(brokerEpoch);
            }
            if (w.since(3) || w.refuses("topicStates", !topicStates.isEmpty())) {
                topicStates = w.array(topicStates, StopReplicaTopicState::new);
            }
            if (w.until(2) || w.refuses("deletePartitions", deletePartitions)) {
                deletePartitions = w.bool(deletePartitions);
            }
            if (w.between(1, 2) || w.refuses("topics", !topics.isEmpty())) {
                topics = w.array(topics, StopReplicaTopicV1::new);
            }
            if (w.until(0) || w.refuses("ungroupedPartitions", !ungroupedPartitions.isEmpty())) {
                ungroupedPartitions = w.array(ungroupedPartitions, StopReplicaPartitionV0::new);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.STOP_REPLICA;
        }

        public static final class StopReplicaTopicState implements Struct {
            public String topicName = "";
            public List<StopReplicaPartitionState> partitionStates = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(3) || w.refuses("topicName", !topicName.isEmpty())) {
                    topicName = w.string(topicName);
                }
                if (w.since(3) || w.refuses("partitionStates", !partitionStates.isEmpty())) {
                    partitionStates = w.array(partitionStates, StopReplicaPartitionState::new);
                }
                w.tags();
            }
        }

        public static final class StopReplicaPartitionState implements Struct {
            public int partitionIndex;
            /** -2 while the topic is being deleted, which is newer than any; -1 to not have it checked. */
            public int leaderEpoch = -1;

            public boolean deletePartition;

            @Override
            public void wire(Wire w) {
                if (w.since(3) || w.refuses("partitionIndex", partitionIndex != 0)) {
                    partitionIndex = w.int32(partitionIndex);
                }
                if (w.since(3) || w.refuses("leaderEpoch", leaderEpoch != -1)) {
                    leaderEpoch = w.int32(leaderEpoch);
                }
                if (w.since(3) || w.refuses("deletePartition", deletePartition)) {
                    deletePartition = w.bool(deletePartition);
                }
                w.tags();
            }
        }

        public static final class StopReplicaTopicV1 implements Struct {
            public String name = "";
            public int[] partitionIndexes = new int[0];

            @Override
            public void wire(Wire w) {
                if (w.between(1, 2) || w.refuses("name", !name.isEmpty())) {
                    name = w.string(name);
                }
                if (w.between(1, 2) || w.refuses("partitionIndexes", partitionIndexes.length != 0)) {
                    partitionIndexes = w.int32Array(partitionIndexes);
                }
                w.tags();
            }
        }

        public static final class StopReplicaPartitionV0 implements Struct {
            public String topicName = "";
            public int partitionIndex;

            @Override
            public void wire(Wire w) {
                if (w.until(0) || w.refuses("topicName", !topicName.isEmpty())) {
                    topicName = w.string(topicName);
                }
                if (w.until(0) || w.refuses("partitionIndex", partitionIndex != 0)) {
                    partitionIndex = w.int32(partitionIndex);
                }
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#STOP_REPLICA}. */
    public static final class Response implements Message {
        public short errorCode;
        public List<StopReplicaPartitionError> partitionErrors = List.of();

        @Override
        public void wire(Wire w) {
            errorCode = w.int16(errorCode);
            partitionErrors = w.array(partitionErrors, StopReplicaPartitionError::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.STOP_REPLICA;
        }

        public static final class StopReplicaPartitionError implements Struct {
            public String topicName = "";
            public int partitionIndex;
            public short errorCode;

            @Override
            public void wire(Wire w) {
                topicName = w.string(topicName);
                partitionIndex = w.int32(partitionIndex);
                errorCode = w.int16(errorCode);
                w.tags();
            }
        }
    }
}
