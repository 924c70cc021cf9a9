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
        public int controllerEpoch;
        public long brokerEpoch = -1;
        public byte type;
        public List<LeaderAndIsrTopicState> topicStates = List.of();
        public List<LeaderAndIsrPartitionState> ungroupedPartitionStates = List.of();
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
            public int controllerEpoch;
            public int leader;
            public int leaderEpoch;
            public int[] isr = new int[0];
            public int partitionEpoch;
            public int[] replicas = new int[0];
            public int[] addingReplicas = new int[0];
            public int[] removingReplicas = new int[0];
            public boolean isNew;
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
        public List<LeaderAndIsrTopicError> topics = List.of();
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
