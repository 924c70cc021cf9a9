package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The controller tells a broker the state of brokers and partitions, for its answers to clients.
 */
public final class UpdateMetadata {

    private UpdateMetadata() {}

    /** The request of {@link ApiKey#UPDATE_METADATA}. */
    public static final class Request implements Message {
        public int controllerId;
        public boolean isKRaftController;
        /** Of the sender; a broker refuses one that is older than the newest it has seen. */
        public int controllerEpoch;
        /** Epoch of the broker it is meant for; -1 to not have it checked. */
        public long brokerEpoch = -1;
        /** Since version 5: what changed, or everything for a broker that is new. */
        public List<UpdateMetadataTopicState> topicStates = List.of();
        /** Until version 4. */
        public List<UpdateMetadataPartitionState> ungroupedPartitionStates = List.of();
        /** All of them, always. */
        public List<UpdateMetadataBroker> liveBrokers = List.of();
        /** Since version 8: 1 some partitions, 2 all of them. */
        public byte type;

        @Override
        public void wire(Wire w) {
            controllerId = w.int32(controllerId);
            if (w.since(8) || w.refuses("isKRaftController", isKRaftController)) {
                isKRaftController = w.bool(isKRaftController);
            }
            controllerEpoch = w.int32(controllerEpoch);
            if (w.since(5)) {
                brokerEpoch = w.int64(brokerEpoch);
            }
            if (w.since(5) || w.refuses("topicStates", !topicStates.isEmpty())) {
                topicStates = w.array(topicStates, UpdateMetadataTopicState::new);
            }
            if (w.until(4) || w.refuses("ungroupedPartitionStates", !ungroupedPartitionStates.isEmpty())) {
                ungroupedPartitionStates = w.array(ungroupedPartitionStates, UpdateMetadataPartitionState::new);
            }
            liveBrokers = w.array(liveBrokers, UpdateMetadataBroker::new);
            w.beginTags();
            if ((w.since(8) || w.refuses("type", type != 0)) && w.tag(0, type != 0)) {
                type = w.int8(type);
            }
            w.endTags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.UPDATE_METADATA;
        }

        public static final class UpdateMetadataTopicState implements Struct {
            public String topicName = "";
            /** Zero for topics without an id. */
            public Uuid topicId = Uuid.ZERO;

            public List<UpdateMetadataPartitionState> partitionStates = List.of();

            @Override
            public void wire(Wire w) {
                if (w.since(5) || w.refuses("topicName", !topicName.isEmpty())) {
                    topicName = w.string(topicName);
                }
                if (w.since(7)) {
                    topicId = w.uuid(topicId);
                }
                if (w.since(5) || w.refuses("partitionStates", !partitionStates.isEmpty())) {
                    partitionStates = w.array(partitionStates, UpdateMetadataPartitionState::new);
                }
                w.tags();
            }
        }

        public static final class UpdateMetadataPartitionState implements Struct {
            public String topicName = "";
            public int partitionIndex;
            public int controllerEpoch;
            /** -1 if there is none, -2 while the topic is being deleted. */
            public int leader;

            public int leaderEpoch;
            public int[] isr = new int[0];
            /** Version of the partition's znode. */
            public int zkVersion;
            /** The preferred leader comes first. */
            public int[] replicas = new int[0];
            /** Those on dead brokers or failed log directories. */
            public int[] offlineReplicas = new int[0];

            @Override
            public void wire(Wire w) {
                if (w.until(4)) {
                    topicName = w.string(topicName);
                }
                partitionIndex = w.int32(partitionIndex);
                controllerEpoch = w.int32(controllerEpoch);
                leader = w.int32(leader);
                leaderEpoch = w.int32(leaderEpoch);
                isr = w.int32Array(isr);
                zkVersion = w.int32(zkVersion);
                replicas = w.int32Array(replicas);
                if (w.since(4)) {
                    offlineReplicas = w.int32Array(offlineReplicas);
                }
                w.tags();
            }
        }

        public static final class UpdateMetadataBroker implements Struct {
            public int id;
            /** Since version 1. */
            public List<UpdateMetadataEndpoint> endpoints = List.of();
            /** Null if the broker has none. */
            public @Nullable String rack = "";

            public String v0Host = "";
            public int v0Port;

            @Override
            public void wire(Wire w) {
                id = w.int32(id);
                if (w.since(1)) {
                    endpoints = w.array(endpoints, UpdateMetadataEndpoint::new);
                }
                if (w.since(2)) {
                    rack = w.nullableString(rack);
                }
                if (w.until(0)) {
                    v0Host = w.string(v0Host);
                    v0Port = w.int32(v0Port);
                }
                w.tags();
            }
        }

        public static final class UpdateMetadataEndpoint implements Struct {
            public int port;
            public String host = "";
            public String listener = "";
            /** 0: PLAINTEXT; 1: SSL; 2: SASL_PLAINTEXT; 3: SASL_SSL. */
            public short securityProtocol;

            @Override
            public void wire(Wire w) {
                if (w.since(1) || w.refuses("port", port != 0)) {
                    port = w.int32(port);
                }
                if (w.since(1) || w.refuses("host", !host.isEmpty())) {
                    host = w.string(host);
                }
                if (w.since(3)) {
                    listener = w.string(listener);
                }
                if (w.since(1) || w.refuses("securityProtocol", securityProtocol != 0)) {
                    securityProtocol = w.int16(securityProtocol);
                }
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#UPDATE_METADATA}. */
    public static final class Response implements Message {
        public short errorCode;

        @Override
        public void wire(Wire w) {
            errorCode = w.int16(errorCode);
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.UPDATE_METADATA;
        }
    }
}
