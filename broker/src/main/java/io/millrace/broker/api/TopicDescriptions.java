package io.millrace.broker.api;

import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.metadata.TopicMetadata;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Metadata.Response.MetadataResponsePartition;
import io.millrace.protocol.message.Metadata.Response.MetadataResponseTopic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts a topic into the words of Metadata, as a client of one listener and one version has to see it: a leader that it
 * cannot reach is none, and version 0 knows no replicas but live ones.
 */
final class TopicDescriptions {
    /** Before this version a leader without the client's listener counted as dead. */
    private static final int KNOWS_LISTENERS = 6;

    private final ClusterSnapshot cluster;
    private final String listener;
    private final short version;
    private final boolean operations;

    /** @param operations whether the client wants to know what it may do with the topics */
    TopicDescriptions(ClusterSnapshot cluster, String listener, short version, boolean operations) {
        this.cluster = cluster;
        this.listener = listener;
        this.version = version;
        this.operations = operations;
    }

    MetadataResponseTopic of(TopicMetadata topic) {
        MetadataResponseTopic described = new MetadataResponseTopic();
        described.name = topic.name();
        described.topicId = topic.id();
        described.isInternal = InternalTopics.contains(topic.name());
        described.topicAuthorizedOperations = AuthorizedOperations.onTopic(operations);
        List<MetadataResponsePartition> partitions =
                new ArrayList<>(topic.partitions().size());
        for (PartitionMetadata partition : topic.partitions()) {
            partitions.add(of(partition));
        }
        described.partitions = partitions;
        return described;
    }

    /** A topic about which there is nothing to say but an error. */
    static MetadataResponseTopic failed(@Nullable String name, Uuid id, ErrorCode error) {
        MetadataResponseTopic described = new MetadataResponseTopic();
        described.errorCode = error.code();
        described.name = name;
        described.topicId = id;
        described.isInternal = name != null && InternalTopics.contains(name);
        return described;
    }

    private MetadataResponsePartition of(PartitionMetadata partition) {
        MetadataResponsePartition described = new MetadataResponsePartition();
        described.partitionIndex = partition.partition();
        described.leaderEpoch = partition.leaderEpoch();
        described.replicaNodes = visible(partition.replicas());
        described.isrNodes = visible(partition.isr());
        described.offlineReplicas = offline(partition);
        if (isReachable(partition.leader())) {
            described.leaderId = partition.leader();
            boolean someHidden = described.replicaNodes.length < partition.replicas().length
                    || described.isrNodes.length < partition.isr().length;
            described.errorCode = (someHidden ? ErrorCode.REPLICA_NOT_AVAILABLE : ErrorCode.NONE).code();
        } else {
            boolean alive = cluster.broker(partition.leader()) != null;
            described.leaderId = PartitionMetadata.NO_LEADER;
            described.errorCode = (alive && version >= KNOWS_LISTENERS
                            ? ErrorCode.LISTENER_NOT_FOUND
                            : ErrorCode.LEADER_NOT_AVAILABLE)
                    .code();
        }
        return described;
    }

    private int[] visible(int[] replicas) {
        return version == 0 ? Arrays.stream(replicas).filter(this::isReachable).toArray() : replicas;
    }

    private int[] offline(PartitionMetadata partition) {
        for (int replica : partition.replicas()) {
            if (!isReachable(replica)) {
                return Arrays.stream(partition.replicas())
                        .filter(id -> !isReachable(id) || contains(partition.offlineReplicas(), id))
                        .toArray();
            }
        }
        return partition.offlineReplicas();
    }

    private boolean isReachable(int broker) {
        BrokerMetadata found = cluster.broker(broker);
        return found != null && found.endpoint(listener) != null;
    }

    private static boolean contains(int[] ids, int id) {
        for (int each : ids) {
            if (each == id) {
                return true;
            }
        }
        return false;
    }
}
