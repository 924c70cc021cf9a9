package io.millrace.broker.controller;

import java.util.List;
import java.util.Map;

/**
 * A topic that somebody wants.
 *
 * @param name as the creator wrote it; not validated yet
 * @param numPartitions how many partitions, or -1 for the default of the broker
 * @param replicationFactor how many replicas a partition, or -1 for the default of the broker
 * @param assignment replicas by partition if the creator chose them, else empty; the two numbers are then -1
 * @param configs topic configs that differ from the broker's defaults, by key
 */
public record NewTopic(
        String name,
        int numPartitions,
        int replicationFactor,
        Map<Integer, List<Integer>> assignment,
        Map<String, String> configs) {

    /** A topic whose replicas the broker places, with these configs. */
    public NewTopic(String name, int numPartitions, int replicationFactor, Map<String, String> configs) {
        this(name, numPartitions, replicationFactor, Map.of(), configs);
    }
}
