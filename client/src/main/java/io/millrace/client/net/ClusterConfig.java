package io.millrace.client.net;

import java.util.List;

/**
 * How to find a cluster and keep up with it.
 *
 * @param bootstrap where to ask first; at least one
 * @param metadataMaxAgeMs how old the picture of the cluster may grow before it is refreshed unasked
 * @param retry how long to wait after a failed or fruitless refresh
 * @param allowAutoTopicCreation whether asking for a topic may create it, if the brokers do that at all
 */
public record ClusterConfig(
        List<Endpoint> bootstrap, long metadataMaxAgeMs, Backoff retry, boolean allowAutoTopicCreation) {

    public ClusterConfig {
        if (bootstrap.isEmpty()) {
            throw new IllegalArgumentException("bootstrap.servers names no broker; give host:port, several by commas");
        }
    }

    /** Kafka's defaults. */
    public static ClusterConfig defaults(List<Endpoint> bootstrap) {
        return new ClusterConfig(bootstrap, 300_000, new Backoff(100, 1_000), true);
    }
}
