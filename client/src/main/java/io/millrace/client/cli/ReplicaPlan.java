package io.millrace.client.cli;

import io.millrace.client.net.Node;
import io.millrace.protocol.TopicPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Spreads the replicas of partitions over brokers: first replicas in turn, the others on the brokers that follow, a little further on
 * with each round so that a broker's partitions are not all backed by the same neighbour, and no two in one rack as long as
 * there are others.
 */
final class ReplicaPlan {
    private ReplicaPlan() {}

    /**
     * Plans.
     *
     * @param current the replicas of each partition now, of which only their number counts
     * @param start with which broker to begin, from 0
     */
    static Map<TopicPartition, List<Integer>> spread(
            Map<TopicPartition, List<Integer>> current, List<Node> brokers, boolean byRack, int start) {
        List<Node> circle = byRack ? alternating(brokers) : byId(brokers);
        Map<TopicPartition, List<Integer>> plan = new LinkedHashMap<>();
        int place = start;
        for (TopicPartition partition : ConsumerGroupsTool.sorted(current.keySet())) {
            int count = current.get(partition).size();
            if (count > circle.size()) {
                throw new ToolFailure(
                        "Replication factor: " + count + " larger than available brokers: " + circle.size() + ".");
            }
            plan.put(partition, replicas(circle, place, count, byRack));
            place++;
        }
        return plan;
    }

    private static List<Integer> replicas(List<Node> circle, int place, int count, boolean byRack) {
        int size = circle.size();
        int shift = (place / size) % Math.max(1, size - 1);
        List<Node> candidates = new ArrayList<>();
        candidates.add(circle.get(place % size));
        for (int i = 0; i < size - 1; i++) {
            candidates.add(circle.get((place + 1 + (i + shift) % (size - 1)) % size));
        }
        List<Integer> replicas = new ArrayList<>();
        Set<String> racks = new HashSet<>();
        List<Node> spare = new ArrayList<>();
        for (Node node : candidates) {
            if (replicas.size() < count && (!byRack || node.rack() == null || racks.add(node.rack()))) {
                replicas.add(node.id());
            } else {
                spare.add(node);
            }
        }
        for (int i = 0; replicas.size() < count; i++) {
            replicas.add(spare.get(i).id());
        }
        return replicas;
    }

    private static List<Node> byId(List<Node> brokers) {
        return brokers.stream().sorted(Comparator.comparingInt(Node::id)).toList();
    }

    /** One of each rack, then the next of each, and so on. */
    private static List<Node> alternating(List<Node> brokers) {
        Map<String, List<Node>> racks = new TreeMap<>();
        for (Node node : byId(brokers)) {
            racks.computeIfAbsent(String.valueOf(node.rack()), rack -> new ArrayList<>())
                    .add(node);
        }
        List<Node> circle = new ArrayList<>();
        for (int i = 0; circle.size() < brokers.size(); i++) {
            for (List<Node> rack : racks.values()) {
                if (i < rack.size()) {
                    circle.add(rack.get(i));
                }
            }
        }
        return circle;
    }
}
