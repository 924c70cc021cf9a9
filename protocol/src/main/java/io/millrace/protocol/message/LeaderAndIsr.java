package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * The controller tells a broker which partitions it leads and which it follows.
 */
public final class LeaderAndIsr {

    private LeaderAndIsr() {}

    /** The request of {@link ApiKey#LEADER_AND_ISR}. */
    public static final class Request implements Message {
        public int controllerId;
        public boolean isKRaftController;
        /** Of the sender; a broker refuses one that is older than the newest it has seen. */
        public int controllerEpoch;
        /**
         * Epoch of the broker it is meant for, so that one which restarted refuses what was meant for its predecessor;
         * -1 to not have it checked.
         */
        public long brokerEpoch = -1;
        /** 1: some partitions; 2: all of this broker, others are strays; 0 before version 5. */
        public byte type;
        /** Since version 2. */
        public List<LeaderAndIsrTopicState> topicStates = List.of();
        /** Until version 1. */
        public List<LeaderAndIsrPartitionState> ungroupedPartitionStates = List.of();
        /** Where the leaders that are named can be reached. */
        public List<LeaderAndIsrLiveLeader> liveLeaders = List.of();

        @Override
        public void wire(Wire w) {
            controllerId = w.int32(controllerId);
            if (w.since(7) || w.refuses("isKRaftController", isKRaftController)) {
                isKRaftController = w.bool(isKRaftController);
            }
            controllerEpoch = w.int32(controllerEpoch);
            if (w.since(2)) {
                brokerEpoch = w.int64(brokerEpoch);
            }
            if (w.since(5) || w.refuses("type", type != 0)) {
                type = w.int8(type);
            }
            if (w.since(2) || w.refuses("topicStates", !topicStates.isEmpty())) {
                topicStates = w.array(topicStates, LeaderAndIsrTopicState::new);
            }
            if (w.until(1) || w.refuses("ungroupedPartitionStates", !ungroupedPartitionStates.isEmpty())) {
                ungroupedPartitionStates = w.array(ungroupedPartitionStates, LeaderAndIsrPartitionState::new);
            }
            liveLeaders = w.array(liveLeaders, LeaderAndIsrLiveLeader::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LEADER_AND_ISR;
        }

        public static final class LeaderAndIsrTopicState implements Struct {
            public String topicName = "";
            /** Zero for topics without an id. */
            public Uuid topicId = Uuid.ZERO;

            public List<LeaderAndIsrPartitionState> partitionStates = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(2) || w.refuses("topicName", !topicName.isEmpty())) {
                    topicName = w.string(topicName);
                }
                if (w.since(5)) {
                    topicId = w.uuid(topicId);
                }
                if (w.since(2) || w.refuses("partitionStates", !partitionStates.isEmpty())) {
                    partitionStates = w.array(partitionStates, LeaderAndIsrPartitionState::new);
                }
                w.tags();
            }
        }

        public static final class LeaderAndIsrPartitionState implements Struct {
            /** Until version 1, which does not group partitions by topic. */
            public String topicName = "";

            public int partitionIndex;
            /** Of the controller that made this state. */
            public int controllerEpoch;
            /** -1 if there is none, -2 while the topic is being deleted. */
            public int leader;
            /** -2 while the topic is being deleted. */
            public int leaderEpoch;

            public int[] isr = new int[0];
            /** Version of the partition's znode, with which the leader changes it. */
            public int partitionEpoch;
            /** The preferred leader comes first. */
            public int[] replicas = new int[0];
            /** Those of {@code replicas} that a reassignment adds. */
            public int[] addingReplicas = new int[0];
            /** Those of {@code replicas} that a reassignment takes away. */
            public int[] removingReplicas = new int[0];
            /** Whether the replica may be created here even if another log directory is offline. */
            public boolean isNew;
            /** 0: recovered; 1: elected uncleanly and not recovered yet. */
            public byte leaderRecoveryState;

            @Override
            public void wire(Wire w) {
                if (w.until(1)) {
                    topicName = w.string(topicName);
                }
                partitionIndex = w.int32(partitionIndex);
                controllerEpoch = w.int32(controllerEpoch);
                leader = w.int32(leader);
                leaderEpoch = w.int32(leaderEpoch);
                isr = w.int32Array(isr);
                partitionEpoch = w.int32(partitionEpoch);
                replicas = w.int32Array(replicas);
                if (w.since(3)) {
                    addingReplicas = w.int32Array(addingReplicas);
                    removingReplicas = w.int32Array(removingReplicas);
                }
                if (w.since(1)) {
                    isNew = w.bool(isNew);
                }
                if (w.since(6) || w.refuses("leaderRecoveryState", leaderRecoveryState != 0)) {
                    leaderRecoveryState = w.int8(leaderRecoveryState);
                }
                w.tags();
            }
        }

        public static final class LeaderAndIsrLiveLeader implements Struct {
            public int brokerId;
            public String hostName = "";
            public int port;

            @Override
            public void wire(Wire w) {
                brokerId = w.int32(brokerId);
                hostName = w.string(hostName);
                port = w.int32(port);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#LEADER_AND_ISR}. */
    public static final class Response implements Message {
        public short errorCode;
        /** Since version 5. */
        public List<LeaderAndIsrTopicError> topics = List.of();
        /** Until version 4. */
        public List<LeaderAndIsrPartitionError> partitionErrors = List.of();

        @Override
        public void wire(Wire w) {
            errorCode = w.int16(errorCode);
            if (w.since(5) || w.refuses("topics", !topics.isEmpty())) {
                topics = w.array(topics, LeaderAndIsrTopicError::new);
            }
            if (w.until(4) || w.refuses("partitionErrors", !partitionErrors.isEmpty())) {
                partitionErrors = w.array(partitionErrors, LeaderAndIsrPartitionError::new);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.LEADER_AND_ISR;
        }

        public static final class LeaderAndIsrTopicError implements Struct {
            public Uuid topicId = Uuid.ZERO;
            public List<LeaderAndIsrPartitionError> partitionErrors = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(5) || w.refuses("topicId", !topicId.equals(Uuid.ZERO))) {
                    topicId = w.uuid(topicId);
                }
                if (w.since(5) || w.refuses("partitionErrors", !partitionErrors.isEmpty())) {
                    partitionErrors = w.array(partitionErrors, LeaderAndIsrPartitionError::new);
                }
                w.tags();
            }
        }

        public static final class LeaderAndIsrPartitionError implements Struct {
            public String topicName = "";
            public int partitionIndex;
            public short errorCode;

            @Override
            public void wire(Wire w) {
                if (w.until(4)) {
                    topicName = w.string(topicName);
                }
                partitionIndex = w.int32(partitionIndex);
                errorCode = w.int16(errorCode);
                w.tags();
            }
        }
    }
}
