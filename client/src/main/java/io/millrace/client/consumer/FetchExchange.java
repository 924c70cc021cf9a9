package io.millrace.client.consumer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.ClusterSnapshot;
import io.millrace.client.net.Node;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One Fetch request, and what came back for each partition it asked for. */
final class FetchExchange {
    /** Versions up to this one name topics, later ones their ids. */
    private static final int HIGHEST_VERSION_BY_NAME = 12;

    /** Versions before this one may answer with batches of old formats. */
    private static final int LOWEST_VERSION = 4;

    private static final int NO_SESSION_EPOCH = -1;

    private final BrokerClient client;
    private final FetchConfig config;
    private final Node leader;
    private final List<Wanted> wanted;
    private final ClusterSnapshot cluster;

    FetchExchange(BrokerClient client, FetchConfig config, Node leader, List<Wanted> wanted, ClusterSnapshot cluster) {
        this.client = client;
        this.config = config;
        this.leader = leader;
        this.wanted = wanted;
        this.cluster = cluster;
    }

    /** A partition to fetch: its state, to be touched under the lock only, and its epoch and offset when it was asked. */
    record Wanted(PartitionState state, int epoch, long offset) {}

    /** What came back, and the memory it lies in. */
    record Answer(Map<Wanted, Fetch.Response.PartitionData> partitions, FetchedFrame frame) {}

    /** Ends with what came for each partition that was answered, or fails if the request as a whole has. */
    CompletableFuture<Answer> send() {
        Map<TopicPartition, Wanted> byPartition = new HashMap<>();
        Map<String, List<Fetch.Request.FetchPartition>> byTopic = new LinkedHashMap<>();
        for (Wanted w : wanted) {
            byPartition.put(w.state().partition, w);
            byTopic.computeIfAbsent(w.state().partition.topic(), topic -> new ArrayList<>())
                    .add(fetchPartition(w));
        }
        Fetch.Request request = new Fetch.Request();
        request.maxWaitMs = config.maxWaitMs();
        request.minBytes = config.minBytes();
        request.maxBytes = config.maxBytes();
        request.isolationLevel = (byte) (config.readCommitted() ? 1 : 0);
        request.sessionEpoch = NO_SESSION_EPOCH;
        request.topics = new ArrayList<>(byTopic.size());
        int highestVersion = ApiKey.FETCH.highestVersion();
        for (Map.Entry<String, List<Fetch.Request.FetchPartition>> entry : byTopic.entrySet()) {
            Fetch.Request.FetchTopic topic = new Fetch.Request.FetchTopic();
            topic.topic = entry.getKey();
            topic.topicId = cluster.topicId(entry.getKey());
            topic.partitions = entry.getValue();
            request.topics.add(topic);
            if (topic.topicId.equals(Uuid.ZERO)) {
                highestVersion = HIGHEST_VERSION_BY_NAME;
            }
        }
        return client.send(leader, Call.of(request, Fetch.Response::new).versions(LOWEST_VERSION, highestVersion))
                .thenApply(response -> answers(response, byPartition));
    }

    private Fetch.Request.FetchPartition fetchPartition(Wanted w) {
        Fetch.Request.FetchPartition partition = new Fetch.Request.FetchPartition();
        partition.partition = w.state().partition.partition();
        ClusterSnapshot.PartitionInfo info = cluster.partition(w.state().partition);
        partition.currentLeaderEpoch = info == null ? -1 : info.leaderEpoch();
        partition.fetchOffset = w.offset();
        partition.partitionMaxBytes = config.maxPartitionBytes();
        return partition;
    }

    private Answer answers(Fetch.Response response, Map<TopicPartition, Wanted> byPartition) {
        ErrorCode error = ErrorCode.of(response.errorCode);
        if (error != ErrorCode.NONE) {
            throw new ClientException(error, leader + " refuses to be fetched from");
        }
        Map<Wanted, Fetch.Response.PartitionData> answers = new LinkedHashMap<>();
        for (Fetch.Response.FetchableTopicResponse topic : response.responses) {
            String name = topic.topic.isEmpty() ? cluster.topicName(topic.topicId) : topic.topic;
            for (Fetch.Response.PartitionData data : topic.partitions) {
                Wanted asked = name == null ? null : byPartition.get(new TopicPartition(name, data.partitionIndex));
                if (asked != null) {
                    answers.put(asked, data);
                }
            }
        }
        int chunks = (int)
                answers.values().stream().filter(FetchExchange::hasRecords).count();
        return new Answer(answers, new FetchedFrame(client.frames(), chunks));
    }

    static boolean hasRecords(Fetch.Response.PartitionData data) {
        return data.records != null && data.records.hasRemaining();
    }
}
