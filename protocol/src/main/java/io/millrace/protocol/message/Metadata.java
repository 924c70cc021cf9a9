package io.millrace.protocol.message;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells which brokers there are, and which of them leads which partition.
 */
public final class Metadata {

    private Metadata() {}

    /** The request of {@link ApiKey#METADATA}. */
    public static final class Request implements Message {
        /** Null for all topics; in version 0 an empty list stands for all, later for none. */
        public @Nullable List<MetadataRequestTopic> topics = List.of();
        /** Whether a topic that does not exist may be created; always true before version 4. */
        public boolean allowAutoTopicCreation = true;

        public boolean includeClusterAuthorizedOperations;
        public boolean includeTopicAuthorizedOperations;

        @Override
        public void wire(Wire w) {
            topics = w.since(1)
                    ? w.nullableArray(topics, MetadataRequestTopic::new)
                    : w.array(topics, MetadataRequestTopic::new);
            if (w.since(4) || w.refuses("allowAutoTopicCreation", !allowAutoTopicCreation)) {
                allowAutoTopicCreation = w.bool(allowAutoTopicCreation);
            }
            if (w.between(8, 10)
                    || w.refuses("includeClusterAuthorizedOperations", includeClusterAuthorizedOperations)) {
                includeClusterAuthorizedOperations = w.bool(includeClusterAuthorizedOperations);
            }
            if (w.since(8) || w.refuses("includeTopicAuthorizedOperations", includeTopicAuthorizedOperations)) {
                includeTopicAuthorizedOperations = w.bool(includeTopicAuthorizedOperations);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.METADATA;
        }

        public static final class MetadataRequestTopic implements Struct {
            /** Zero if the topic is named. */
            public Uuid topicId = Uuid.ZERO;
            /** Null if the topic has an id here. */
            public @Nullable String name = "";

            @Override
            public void wire(Wire w) {
                if (w.since(10)) {
                    topicId = w.uuid(topicId);
                }
                name = w.since(10) ? w.nullableString(name) : w.string(name);
                w.tags();
            }
        }
    }

    /** The response of {@link ApiKey#METADATA}. */
    public static final class Response implements Message {
        public int throttleTimeMs;
        public List<MetadataResponseBroker> brokers = List.of();
        /** Null only from brokers that do not know it. */
        public @Nullable String clusterId;
        /** -1 if unknown. */
        public int controllerId = -1;

        public List<MetadataResponseTopic> topics = List.of();
        /** Of the request as a whole, since version 13. */
        public short errorCode;
        /** Bits of {@code AclOperation}; the smallest int if not asked for. */
        public int clusterAuthorizedOperations = Integer.MIN_VALUE;

        @Override
        public void wire(Wire w) {
            if (w.since(3)) {
                throttleTimeMs = w.int32(throttleTimeMs);
            }
            brokers = w.array(brokers, MetadataResponseBroker::new);
            if (w.since(2)) {
                clusterId = w.nullableString(clusterId);
            }
            if (w.since(1)) {
                controllerId = w.int32(controllerId);
            }
            topics = w.array(topics, MetadataResponseTopic::new);
            if (w.since(13)) {
                errorCode = w.int16(errorCode);
            }
            if (w.between(8, 10)
                    || w.refuses("clusterAuthorizedOperations", clusterAuthorizedOperations != -2147483648)) {
                clusterAuthorizedOperations = w.int32(clusterAuthorizedOperations);
            }
            w.tags();
        }

        @Override
        public ApiKey apiKey() {
            return ApiKey.METADATA;
        }

        public static final class MetadataResponseBroker implements Struct {
            public int nodeId;
            public String host = "";
            public int port;
            public @Nullable String rack;

            @Override
            public void wire(Wire w) {
                nodeId = w.int32(nodeId);
                host = w.string(host);
                port = w.int32(port);
                if (w.since(1)) {
                    rack = w.nullableString(rack);
                }
                w.tags();
            }
        }

        public static final class MetadataResponseTopic implements Struct {
            public short errorCode;
            /** Null for an id that is not known. */
            public @Nullable String name = "";
            /** Zero for a name that is not known, and for topics without an id. */
            public Uuid topicId = Uuid.ZERO;

            public boolean isInternal;
            public List<MetadataResponsePartition> partitions = List.of();
            /** Bits of {@code AclOperation}; the smallest int if not asked for. */
            public int topicAuthorizedOperations = Integer.MIN_VALUE;

            @Override
            public void wire(Wire w) {
                errorCode = w.int16(errorCode);
                name = w.since(12) ? w.nullableString(name) : w.string(name);
                if (w.since(10)) {
                    topicId = w.uuid(topicId);
                }
                if (w.since(1)) {
                    isInternal = w.bool(isInternal);
                }
                partitions = w.array(partitions, MetadataResponsePartition::new);
                if (w.since(8) || w.refuses("topicAuthorizedOperations", topicAuthorizedOperations != -2147483648)) {
                    topicAuthorizedOperations = w.int32(topicAuthorizedOperations);
                }
                w.tags();
            }
        }

        public static final class MetadataResponsePartition implements Struct {
            public short errorCode;
            public int partitionIndex;
            /** -1 if there is none. */
            public int leaderId;
            /** -1 if unknown. */
            public int leaderEpoch = -1;
            /** The preferred leader comes first. */
            public int[] replicaNodes = new int[0];

            public int[] isrNodes = new int[0];
            /** Those on dead brokers or failed log directories. */
            public int[] offlineReplicas = new int[0];

            @Override
            public void wire(Wire w) {
                errorCode = w.int16(errorCode);
                partitionIndex = w.int32(partitionIndex);
                leaderId = w.int32(leaderId);
                if (w.since(7)) {
                    leaderEpoch = w.int32(leaderEpoch);
                }
                replicaNodes = w.int32Array(replicaNodes);
                isrNodes = w.int32Array(isrNodes);
                if (w.since(5)) {
                    offlineReplicas = w.int32Array(offlineReplicas);
                }
                w.tags();
            }
        }
    }
}
