package io.millrace.client.net;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Metadata;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What was known of a cluster at one moment: its brokers, and of the topics asked for, their partitions. Immutable. */
public final class ClusterSnapshot {
    static final ClusterSnapshot EMPTY = new ClusterSnapshot(null, -1, Map.of(), Map.of());

    private final @Nullable String clusterId;
    private final int controllerId;
    private final Map<Integer, Node> nodes;
    private final Map<String, TopicInfo> topics;
    private final Map<Uuid, String> namesById = new HashMap<>();

    private ClusterSnapshot(
            @Nullable String clusterId, int controllerId, Map<Integer, Node> nodes, Map<String, TopicInfo> topics) {
        this.clusterId = clusterId;
        this.controllerId = controllerId;
        this.nodes = nodes;
        this.topics = topics;
        for (TopicInfo topic : topics.values()) {
            if (!topic.id().equals(Uuid.ZERO)) {
                namesById.put(topic.id(), topic.name());
            }
        }
    }

    /** What one answer describes. */
    public static ClusterSnapshot of(Metadata.Response response) {
        return EMPTY.next(response);
    }

    /** The snapshot that an answer describes, except that no partition goes back to an older leader epoch. */
    ClusterSnapshot next(Metadata.Response response) {
        Map<Integer, Node> nextNodes = new HashMap<>();
        for (Metadata.Response.MetadataResponseBroker broker : response.brokers) {
            nextNodes.put(broker.nodeId, new Node(broker.nodeId, new Endpoint(broker.host, broker.port), broker.rack));
        }
        Map<String, TopicInfo> nextTopics = new HashMap<>();
        for (Metadata.Response.MetadataResponseTopic topic : response.topics) {
            if (topic.name != null) {
                TopicInfo fresh = TopicInfo.of(topic.name, topic);
                TopicInfo known = topics.get(topic.name);
                nextTopics.put(topic.name, known == null ? fresh : fresh.notOlderThan(known));
            }
        }
        return new ClusterSnapshot(response.clusterId, response.controllerId, nextNodes, nextTopics);
    }

    /** The id of the cluster, or null if the brokers are too old to have one or none was heard of yet. */
    public @Nullable String clusterId() {
        return clusterId;
    }

    /** The controller, or null if there is none or it is not known. */
    public @Nullable Node controller() {
        return nodes.get(controllerId);
    }

    public Collection<Node> nodes() {
        return nodes.values();
    }

    /** The broker of this id, or null if it is not in the cluster. */
    public @Nullable Node node(int id) {
        return nodes.get(id);
    }

    public Collection<TopicInfo> topics() {
        return topics.values();
    }

    /** A topic, also one that only an error is known of, or null if it was not asked for. */
    public @Nullable TopicInfo topic(String name) {
        return topics.get(name);
    }

    /** The id of a topic; {@link Uuid#ZERO} if the topic is not known or the brokers are too old for ids. */
    public Uuid topicId(String name) {
        TopicInfo topic = topics.get(name);
        return topic == null ? Uuid.ZERO : topic.id();
    }

    /** The name of the topic with this id, or null. */
    public @Nullable String topicName(Uuid id) {
        return namesById.get(id);
    }

    /** How many partitions a topic has; 0 if that is not known. */
    public int partitionCount(String name) {
        TopicInfo topic = topics.get(name);
        return topic == null ? 0 : topic.partitions().size();
    }

    /** A partition, or null if it is not known. */
    public @Nullable PartitionInfo partition(TopicPartition partition) {
        TopicInfo topic = topics.get(partition.topic());
        return topic == null ? null : topic.partition(partition.partition());
    }

    /** The broker that leads a partition, or null if there is none or it is not known. */
    public @Nullable Node leader(TopicPartition partition) {
        PartitionInfo info = partition(partition);
        return info == null ? null : nodes.get(info.leaderId());
    }

    /**
     * What is known of a topic.
     *
     * @param id {@link Uuid#ZERO} if the brokers are too old for ids
     * @param error NONE, or why nothing is known of its partitions
     * @param partitions by rising number
     */
    public record TopicInfo(String name, Uuid id, ErrorCode error, boolean internal, List<PartitionInfo> partitions) {

        static TopicInfo of(String name, Metadata.Response.MetadataResponseTopic topic) {
            List<PartitionInfo> partitions = topic.partitions.stream()
                    .map(PartitionInfo::of)
                    .sorted(java.util.Comparator.comparingInt(PartitionInfo::partition))
                    .toList();
            return new TopicInfo(name, topic.topicId, ErrorCode.of(topic.errorCode), topic.isInternal, partitions);
        }

        /** A partition, or null if it is not known. */
        public @Nullable PartitionInfo partition(int number) {
            // They are numbered from 0 without a gap, but for brokers in the middle of creating them.
            if (number >= 0
                    && number < partitions.size()
                    && partitions.get(number).partition() == number) {
                return partitions.get(number);
            }
            for (PartitionInfo info : partitions) {
                if (info.partition() == number) {
                    return info;
                }
            }
            return null;
        }

        private TopicInfo notOlderThan(TopicInfo known) {
            if (!known.id.equals(id)) {
                return this;
            }
            List<PartitionInfo> merged = partitions.stream()
                    .map(fresh -> {
                        PartitionInfo old = known.partition(fresh.partition());
                        return old != null && old.leaderEpoch() > fresh.leaderEpoch() ? old : fresh;
                    })
                    .toList();
            return new TopicInfo(name, id, error, internal, merged);
        }
    }

    /**
     * What is known of a partition.
     *
     * @param leaderId -1 if it has no leader at the moment
     * @param leaderEpoch -1 if the broker is too old to tell
     * @param replicas broker ids, the preferred leader first
     * @param isr broker ids of the replicas that are in sync
     * @param offlineReplicas broker ids of the replicas that are not there
     */
    public record PartitionInfo(
            int partition,
            int leaderId,
            int leaderEpoch,
            List<Integer> replicas,
            List<Integer> isr,
            List<Integer> offlineReplicas) {

        static PartitionInfo of(Metadata.Response.MetadataResponsePartition p) {
            return new PartitionInfo(
                    p.partitionIndex,
                    p.leaderId,
                    p.leaderEpoch,
                    boxed(Objects.requireNonNull(p.replicaNodes)),
                    boxed(p.isrNodes),
                    boxed(p.offlineReplicas));
        }

        private static List<Integer> boxed(int[] ids) {
            return java.util.Arrays.stream(ids).boxed().toList();
        }
    }
}
