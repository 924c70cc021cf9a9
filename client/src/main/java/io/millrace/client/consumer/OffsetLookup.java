package io.millrace.client.consumer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.Node;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.ListOffsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Asks the leaders which offset belongs to a moment, or to the start or the end of a partition. */
public final class OffsetLookup {
    /** Stands for the end: the next offset to be written, or the last stable one for readers of committed records. */
    public static final long LATEST = -1;

    /** Stands for the start: the oldest offset that is still there. */
    public static final long EARLIEST = -2;

    /** Version 0 answers with lists of segment boundaries. */
    private static final int LOWEST_VERSION = 1;

    private final BrokerClient client;
    private final boolean readCommitted;

    public OffsetLookup(BrokerClient client, boolean readCommitted) {
        this.client = client;
        this.readCommitted = readCommitted;
    }

    /**
     * Looks offsets up, trying again while leaders move.
     *
     * @param timestamps for each partition a time in ms since the epoch, {@link #LATEST} or {@link #EARLIEST}
     * @return ends with the offsets; a partition that has no record that young is missing
     */
    public CompletableFuture<Map<TopicPartition, OffsetAndTimestamp>> find(
            Map<TopicPartition, Long> timestamps, long timeoutMs) {
        if (timestamps.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        List<String> topics = timestamps.keySet().stream()
                .map(TopicPartition::topic)
                .distinct()
                .toList();
        return client.retrying(
                () -> client.view().track(topics).thenCompose(cluster -> findOnce(cluster, timestamps)), timeoutMs);
    }

    private CompletableFuture<Map<TopicPartition, OffsetAndTimestamp>> findOnce(
            ClusterSnapshot cluster, Map<TopicPartition, Long> timestamps) {
        Map<Node, List<TopicPartition>> byLeader = new HashMap<>();
        for (TopicPartition partition : timestamps.keySet()) {
            Node leader = cluster.leader(partition);
            if (leader == null) {
                client.view().requestRefresh();
                return CompletableFuture.failedFuture(noLeader(cluster, partition));
            }
            byLeader.computeIfAbsent(leader, node -> new ArrayList<>()).add(partition);
        }
        List<CompletableFuture<Map<TopicPartition, OffsetAndTimestamp>>> answers = new ArrayList<>();
        byLeader.forEach((leader, partitions) -> answers.add(client.send(
                        leader,
                        Call.of(request(cluster, partitions, timestamps), ListOffsets.Response::new)
                                .versions(LOWEST_VERSION, io.millrace.protocol.ApiKey.LIST_OFFSETS.highestVersion()))
                .thenApply(this::offsets)));
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    Map<TopicPartition, OffsetAndTimestamp> offsets = new HashMap<>();
                    answers.forEach(answer -> offsets.putAll(answer.join()));
                    return offsets;
                });
    }

    private static ClientException noLeader(ClusterSnapshot cluster, TopicPartition partition) {
        ClusterSnapshot.TopicInfo topic = cluster.topic(partition.topic());
        ErrorCode error =
                topic == null || topic.error() == ErrorCode.NONE ? ErrorCode.LEADER_NOT_AVAILABLE : topic.error();
        return new ClientException(error, "No leader is known for " + partition);
    }

    private ListOffsets.Request request(
            ClusterSnapshot cluster, List<TopicPartition> partitions, Map<TopicPartition, Long> timestamps) {
        Map<String, List<TopicPartition>> byTopic =
                partitions.stream().collect(Collectors.groupingBy(TopicPartition::topic));
        ListOffsets.Request request = new ListOffsets.Request();
        request.replicaId = -1;
        request.isolationLevel = (byte) (readCommitted ? 1 : 0);
        request.topics = new ArrayList<>(byTopic.size());
        byTopic.forEach((name, members) -> {
            ListOffsets.Request.ListOffsetsTopic topic = new ListOffsets.Request.ListOffsetsTopic();
            topic.name = name;
            topic.partitions = new ArrayList<>(members.size());
            for (TopicPartition member : members) {
                ListOffsets.Request.ListOffsetsPartition wanted = new ListOffsets.Request.ListOffsetsPartition();
                wanted.partitionIndex = member.partition();
                ClusterSnapshot.PartitionInfo info = cluster.partition(member);
                wanted.currentLeaderEpoch = info == null ? -1 : info.leaderEpoch();
                wanted.timestamp = timestamps.get(member);
                topic.partitions.add(wanted);
            }
            request.topics.add(topic);
        });
        return request;
    }

    private Map<TopicPartition, OffsetAndTimestamp> offsets(ListOffsets.Response response) {
        Map<TopicPartition, OffsetAndTimestamp> offsets = new HashMap<>();
        for (ListOffsets.Response.ListOffsetsTopicResponse topic : response.topics) {
            for (ListOffsets.Response.ListOffsetsPartitionResponse answer : topic.partitions) {
                TopicPartition partition = new TopicPartition(topic.name, answer.partitionIndex);
                ErrorCode error = ErrorCode.of(answer.errorCode);
                if (error != ErrorCode.NONE) {
                    client.view().requestRefresh();
                    throw new ClientException(error, "Cannot look up an offset of " + partition);
                }
                if (answer.offset >= 0) {
                    offsets.put(partition, new OffsetAndTimestamp(answer.offset, answer.timestamp));
                }
            }
        }
        return offsets;
    }
}
