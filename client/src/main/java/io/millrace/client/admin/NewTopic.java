package io.millrace.client.admin;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A topic to be created.
 *
 * <pre>{@code
 * new NewTopic("clicks", 6, 3).with("retention.ms", Duration.ofDays(7).toMillis())
 * }</pre>
 *
 * @param partitions how many; -1 for what the cluster is configured for
 * @param replicationFactor how many replicas of each; -1 for what the cluster is configured for
 * @param assignment broker ids of the replicas of each partition, the preferred leader first; empty to let the cluster choose,
 *     else it says the two numbers too, which must be -1 then
 * @param configs of the topic
 */
public record NewTopic(
        String name,
        int partitions,
        short replicationFactor,
        Map<Integer, List<Integer>> assignment,
        Map<String, String> configs) {

    /** One whose replicas the cluster places; -1 stands for the cluster's default in both numbers. */
    public NewTopic(String name, int partitions, int replicationFactor) {
        this(name, partitions, (short) replicationFactor, Map.of(), Map.of());
    }

    /** A topic whose replicas are placed by hand. */
    public static NewTopic placed(String name, Map<Integer, List<Integer>> assignment) {
        return new NewTopic(name, -1, (short) -1, new TreeMap<>(assignment), Map.of());
    }

    /** The same topic with one more configuration. */
    public NewTopic with(String key, Object value) {
        Map<String, String> more = new TreeMap<>(configs);
        more.put(key, String.valueOf(value));
        return new NewTopic(name, partitions, replicationFactor, assignment, more);
    }
}
