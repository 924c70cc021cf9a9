package io.millrace.broker.api;

import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.PartitionMetadata;
import io.millrace.broker.metadata.TopicMetadata;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Topics that were created or changed, until the metadata shows leaders for all of their partitions. Serves one request. */
final class PendingTopics {
    private final MetadataCache metadata;
    private final Map<String, Integer> partitions = new LinkedHashMap<>();

    PendingTopics(MetadataCache metadata) {
        this.metadata = metadata;
    }

    void expect(String topic, int numPartitions) {
        partitions.put(topic, numPartitions);
    }

    /**
     * Waits without a thread.
     *
     * @param timeoutMs 0 or less for not at all
     * @return completes with the topics that are not there by then
     */
    CompletableFuture<List<String>> await(int timeoutMs) {
        if (partitions.isEmpty() || timeoutMs <= 0) {
            return CompletableFuture.completedFuture(List.copyOf(partitions.keySet()));
        }
        return metadata.when(news -> missing(news).isEmpty(), timeoutMs)
                .thenApply(shown -> missing(metadata.snapshot()));
    }

    private List<String> missing(ClusterSnapshot cluster) {
        List<String> missing = new ArrayList<>();
        partitions.forEach((topic, count) -> {
            TopicMetadata found = cluster.topic(topic);
            if (found == null
                    || found.partitions().size() < count
                    || !found.partitions().stream().allMatch(this::isLed)) {
                missing.add(topic);
            }
        });
        return missing;
    }

    private boolean isLed(PartitionMetadata partition) {
        return partition.leader() != PartitionMetadata.NO_LEADER;
    }
}
