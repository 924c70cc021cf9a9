package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;

/**
 * A leader asks the controller to change the set of in-sync replicas.
 */
public final class AlterPartition {

    private AlterPartition() {}

    /** The request of {@link ApiKey#ALTER_PARTITION}. */
    public static final class Request implements Message {
        public int brokerId;
        /** Broker epoch of the sender, -1 if it does not say. */
        public long brokerEpoch = -1;

        public List<TopicData> topics = List.of();

        @Override
        public void wire(Wire w) {
            brokerId = w.int32(brokerId);
            brokerEpoch = w.int64(brokerEpoch);
            topics = w.array(topics, TopicData::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.ALTER_PARTITION;
        }

        public static final class TopicData implements Struct {
            public Uuid topicId = Uuid.ZERO;
            public String topicName = "";
            public List<PartitionData> partitions = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(2)) {
                    topicId = w.uuid(topicId);
                }
                if (w.until(1)) {
                    topicName = w.string(topicName);
                }
                partitions = w.array(partitions, PartitionData::new);
                w.tags();
            }
        }

        public static final class PartitionData implements Struct {
            public int partitionIndex;
            public int leaderEpoch;
            public List<BrokerState> newIsrWithEpochs = List.of();
            public int[] newIsr = new int[0];
            public byte leaderRecoveryState;
            /** Version of the partition's znode. */
            public int partitionEpoch;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                leaderEpoch = w.int32(leaderEpoch);
                if (w.since(3) || w.refuses("newIsrWithEpochs", !newIsrWithEpochs.isEmpty())) {
                    newIsrWithEpochs = w.array(newIsrWithEpochs, BrokerState::new);
                }
                if (w.until(2) || w.refuses("newIsr", newIsr.length != 0)) {
                    newIsr = w.int32Array(newIsr);
                }
                if (w.since(1) || w.refuses("leaderRecoveryState", leaderRecoveryState != 0)) {
                    leaderRecoveryState = w.int8(leaderRecoveryState);
                }
                partitionEpoch = w.int32(partitionEpoch);
                w.tags();
            }
        }

        public static final class BrokerState implements Struct {
            public int brokerId;
            public long brokerEpoch = -1;

            @Override
            public void wire(Wire w) {
                if (w.since(3) || w.refuses("brokerId", brokerId != 0)) {
                    brokerId = w.int32(brokerId);
                }
                if (w.since(3) || w.refuses("brokerEpoch", brokerEpoch != -1)) {
                    brokerEpoch = w.int64(brokerEpoch);
                }
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#ALTER_PARTITION}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public short errorCode;
        public List<TopicData> topics = List.of();

        @Override
        public void wire(Wire w) {
            throttleTimeMs = w.int32(throttleTimeMs);
            errorCode = w.int16(errorCode);
            topics = w.array(topics, TopicData::new);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.ALTER_PARTITION;
        }

        public static final class TopicData implements Struct {
            public Uuid topicId = Uuid.ZERO;
            public String topicName = "";
            public List<PartitionData> partitions = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(2)) {
                    topicId = w.uuid(topicId);
                }
                if (w.until(1)) {
                    topicName = w.string(topicName);
                }
                partitions = w.array(partitions, PartitionData::new);
                w.tags();
            }
        }

        public static final class PartitionData implements Struct {
            public int partitionIndex;
            public short errorCode;
            public int leaderId;
            public int leaderEpoch;
            public int[] isr = new int[0];
            public byte leaderRecoveryState;
            /** Version of the partition's znode. */
            public int partitionEpoch;

            @Override
            public void wire(Wire w) {
                partitionIndex = w.int32(partitionIndex);
                errorCode = w.int16(errorCode);
                leaderId = w.int32(leaderId);
                leaderEpoch = w.int32(leaderEpoch);
                isr = w.int32Array(isr);
                if (w.since(1)) {
                    leaderRecoveryState = w.int8(leaderRecoveryState);
                }
                partitionEpoch = w.int32(partitionEpoch);
                w.tags();
            }
        }
    }
}
