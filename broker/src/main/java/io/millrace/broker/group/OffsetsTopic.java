package io.millrace.broker.group;

import io.millrace.broker.config.GroupConfig;
import io.millrace.broker.controller.CreatedTopic;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.controller.TopicCreator;
import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.metadata.TopicMetadata;
import io.millrace.protocol.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic {@code __consumer_offsets} as the cluster knows it: which of its partitions a group belongs to, who leads that,
 * and its creation when the first group asks for its coordinator. Any thread.
 */
public final class OffsetsTopic {
    private static final Logger LOG = LoggerFactory.getLogger(OffsetsTopic.class);

    private final GroupConfig.Offsets config;
    private final MetadataCache metadata;
    private final TopicCreator creator;
    private final AtomicBoolean creating = new AtomicBoolean();

    /** How the last attempt to create it ended: clients ask again many times a second, and once is enough to say why. */
    private volatile ErrorCode lastOutcome = ErrorCode.NONE;

    public OffsetsTopic(GroupConfig.Offsets config, MetadataCache metadata, TopicCreator creator) {
        this.config = config;
        this.metadata = metadata;
        this.creator = creator;
    }

    /**
     * How many partitions it has; 0 if it does not exist, or if this broker has just been started and does not know of it yet.
     * What it would be created with is no answer: it may have been created otherwise, and groups sought in wrong partitions
     * would seem to have no offsets.
     */
    public int partitionCount() {
        TopicMetadata topic = metadata.snapshot().topic(InternalTopics.CONSUMER_OFFSETS);
        return topic == null ? 0 : partitionCount(topic);
    }

    private static int partitionCount(TopicMetadata topic) {
        List<PartitionMetadata> partitions = topic.partitions();
        return partitions.get(partitions.size() - 1).partition() + 1;
    }

    /**
     * The broker that coordinates a group, or null if there is none at the moment: perhaps the topic has no leader for the
     * partition, or is only being created, which this sets off if need be.
     */
    public @Nullable BrokerMetadata coordinator(String groupId) {
        ClusterSnapshot snapshot = metadata.snapshot();
        TopicMetadata topic = snapshot.topic(InternalTopics.CONSUMER_OFFSETS);
        if (topic == null) {
            create(snapshot);
            return null;
        }
        PartitionMetadata partition = topic.partition(Shards.partitionOf(groupId, partitionCount(topic)));
        return partition == null ? null : snapshot.broker(partition.leader());
    }

    /** What it is created with, whoever comes to need it first. */
    public static NewTopic newTopic(GroupConfig.Offsets config) {
        Map<String, String> configs = Map.of(
                "cleanup.policy", "compact",
                "compression.type", "producer",
                "segment.bytes", Integer.toString(config.topicSegmentBytes()));
        return new NewTopic(
                InternalTopics.CONSUMER_OFFSETS, config.topicPartitions(), config.topicReplicationFactor(), configs);
    }

    private void create(ClusterSnapshot snapshot) {
        if (!creating.compareAndSet(false, true)) {
            return;
        }
        creator.createTopics(List.of(newTopic(config))).thenAccept(created -> {
            report(created.get(0), snapshot.brokers().size());
            creating.set(false);
        });
    }

    private void report(CreatedTopic created, int brokers) {
        ErrorCode error = created.error().code();
        if (error != ErrorCode.NONE && error == lastOutcome) {
            return;
        }
        lastOutcome = error;
        if (error == ErrorCode.NONE) {
            LOG.info(
                    "Created topic={} partitions={} replicationFactor={}",
                    created.name(),
                    created.numPartitions(),
                    created.replicationFactor());
        } else if (error == ErrorCode.INVALID_REPLICATION_FACTOR) {
            LOG.error(
                    "Groups cannot work: topic={} needs offsets.topic.replication.factor={} brokers and there are {};"
                            + " start more brokers or lower the setting",
                    created.name(),
                    config.topicReplicationFactor(),
                    brokers);
        } else if (error != ErrorCode.TOPIC_ALREADY_EXISTS) {
            LOG.warn(
                    "Could not create topic={} error={} message={}",
                    created.name(),
                    error,
                    created.error().message());
        }
    }
}
