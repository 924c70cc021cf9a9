package io.millrace.broker.controller;

import io.millrace.broker.config.ConfigException;
import io.millrace.broker.config.ControllerConfig;
import io.millrace.broker.config.TopicSettings;
import io.millrace.broker.controller.ReplicaPlacement.Candidate;
import io.millrace.broker.metadata.TopicNames;
import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.TopicAssignment;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.storage.LogConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/** Decides whether a wish for a topic, or for more partitions of one, can be granted, and where its replicas go. Pure. */
final class TopicPlanner {
    /** What one request may create: a node in ZooKeeper holds a megabyte, and a broker has to open a log for each. */
    static final int MAX_PARTITIONS_PER_REQUEST = 10_000;

    /** Keeps the node of a topic well below the megabyte: a replica takes about eight bytes. */
    static final int MAX_REPLICAS_PER_TOPIC = 60_000;

    private final ControllerConfig config;
    private final List<Candidate> brokers;

    TopicPlanner(ControllerConfig config, Collection<LiveBroker> brokers) {
        this.config = config;
        this.brokers = brokers.stream()
                .map(broker -> new Candidate(broker.id(), broker.registration().rack()))
                .toList();
    }

    /** A wish cannot be granted. */
    static final class Refusal extends Exception {
        private static final long serialVersionUID = 1;

        private final transient ApiError error;

        Refusal(ErrorCode code, String message) {
            super(message);
            this.error = new ApiError(code, message);
        }

        ApiError error() {
            return error;
        }
    }

    /**
     * Plans a topic.
     *
     * @param existing names of the topics that there are
     * @throws Refusal if it cannot be created
     */
    TopicAssignment plan(NewTopic topic, Collection<String> existing) throws Refusal {
        checkName(topic.name(), existing);
        boolean placed = !topic.assignment().isEmpty();
        if (placed && (topic.numPartitions() != -1 || topic.replicationFactor() != -1)) {
            throw new Refusal(
                    ErrorCode.INVALID_REQUEST,
                    "Both numPartitions or replicationFactor and replicasAssignments were set."
                            + " Both cannot be used at the same time.");
        }
        Map<Integer, List<Integer>> replicas = placed ? checkedAssignment(topic.assignment(), 0) : place(topic);
        checkConfigs(topic.configs());
        return new TopicAssignment(Uuid.random(), assignments(replicas), -1);
    }

    /**
     * Plans the growth of a topic.
     *
     * @param count how many partitions it shall have in all
     * @param wanted replicas of each new partition if the asker chose them, else empty
     * @return the whole assignment, to be written over the present one
     * @throws Refusal if it cannot grow so
     */
    TopicAssignment grow(TopicAssignment now, int count, List<List<Integer>> wanted) throws Refusal {
        int present = now.partitions().size();
        int more = count - present;
        if (more < 0) {
            throw new Refusal(
                    ErrorCode.INVALID_PARTITIONS,
                    "Topic currently has " + present + " partitions, which is higher than the requested " + count
                            + ".");
        }
        if (more == 0) {
            throw new Refusal(ErrorCode.INVALID_PARTITIONS, "Topic already has " + present + " partitions.");
        }
        int replicationFactor = now.replicationFactor();
        checkSize(more, count, replicationFactor);
        SortedMap<Integer, ReplicaAssignment> partitions = new TreeMap<>(now.partitions());
        if (wanted.isEmpty()) {
            checkReplicationFactor(replicationFactor);
            partitions.putAll(assignments(
                    ReplicaPlacement.place(brokers, present, more, replicationFactor, TopicPlanner::random)));
        } else {
            if (wanted.size() != more) {
                throw new Refusal(
                        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                        "Increasing the number of partitions by " + more + " but " + wanted.size()
                                + " assignments provided.");
            }
            Map<Integer, List<Integer>> assignment = new TreeMap<>();
            for (int i = 0; i < more; i++) {
                assignment.put(present + i, wanted.get(i));
            }
            checkedAssignment(assignment, present);
            if (wanted.get(0).size() != replicationFactor) {
                throw new Refusal(
                        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                        "Inconsistent replication factor between partitions, partition 0 has " + replicationFactor
                                + " while the new ones have " + wanted.get(0).size() + ".");
            }
            partitions.putAll(assignments(assignment));
        }
        return new TopicAssignment(now.id(), partitions, now.version());
    }

    private static void checkName(String name, Collection<String> existing) throws Refusal {
        String problem = TopicNames.problem(name);
        if (problem != null) {
            throw new Refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, "Topic name is invalid: " + problem);
        }
        if (existing.contains(name)) {
            throw new Refusal(ErrorCode.TOPIC_ALREADY_EXISTS, "Topic '" + name + "' already exists.");
        }
        List<String> colliding = existing.stream()
                .filter(other -> TopicNames.collide(name, other))
                .sorted()
                .toList();
        if (!colliding.isEmpty()) {
            throw new Refusal(
                    ErrorCode.INVALID_TOPIC_EXCEPTION,
                    "Topic '" + name + "' collides with existing topics: " + String.join(", ", colliding));
        }
    }

    private Map<Integer, List<Integer>> place(NewTopic topic) throws Refusal {
        int count = topic.numPartitions() == -1 ? config.numPartitions() : topic.numPartitions();
        int replicationFactor =
                topic.replicationFactor() == -1 ? config.defaultReplicationFactor() : topic.replicationFactor();
        if (count <= 0) {
            throw new Refusal(ErrorCode.INVALID_PARTITIONS, "Number of partitions must be larger than 0.");
        }
        checkReplicationFactor(replicationFactor);
        checkSize(count, count, replicationFactor);
        return ReplicaPlacement.place(brokers, 0, count, replicationFactor, TopicPlanner::random);
    }

    private void checkReplicationFactor(int replicationFactor) throws Refusal {
        if (replicationFactor <= 0) {
            throw new Refusal(ErrorCode.INVALID_REPLICATION_FACTOR, "Replication factor must be larger than 0.");
        }
        if (replicationFactor > brokers.size()) {
            throw new Refusal(
                    ErrorCode.INVALID_REPLICATION_FACTOR,
                    "Replication factor: " + replicationFactor + " larger than available brokers: " + brokers.size()
                            + ".");
        }
    }

    private static void checkSize(int fresh, int count, int replicationFactor) throws Refusal {
        if (fresh > MAX_PARTITIONS_PER_REQUEST) {
            throw new Refusal(
                    ErrorCode.POLICY_VIOLATION,
                    "Excessively large number of partitions per request: " + fresh + ", the limit is "
                            + MAX_PARTITIONS_PER_REQUEST + ".");
        }
        if ((long) count * replicationFactor > MAX_REPLICAS_PER_TOPIC) {
            throw new Refusal(
                    ErrorCode.POLICY_VIOLATION,
                    "The topic would have " + (long) count * replicationFactor + " replicas, the limit is "
                            + MAX_REPLICAS_PER_TOPIC + ".");
        }
    }

    private Map<Integer, List<Integer>> checkedAssignment(Map<Integer, List<Integer>> assignment, int first)
            throws Refusal {
        Set<Integer> known = brokers.stream().map(Candidate::id).collect(Collectors.toSet());
        int replicationFactor = assignment.values().iterator().next().size();
        checkSize(assignment.size(), assignment.size(), Math.max(1, replicationFactor));
        int next = first;
        for (Map.Entry<Integer, List<Integer>> partition : new TreeMap<>(assignment).entrySet()) {
            List<Integer> replicas = partition.getValue();
            if (partition.getKey() != next++) {
                throw refusedAssignment("partitions should be a consecutive 0-based integer sequence");
            }
            if (replicas.isEmpty()) {
                throw refusedAssignment(
                        "Cannot have replication factor of 0 for partition id " + partition.getKey() + ".");
            }
            if (replicas.size() != replicationFactor) {
                throw refusedAssignment("All partitions should have the same number of replicas");
            }
            if (new HashSet<>(replicas).size() != replicas.size()) {
                throw refusedAssignment("Duplicate brokers not allowed in replica assignment: " + join(replicas)
                        + " for partition id " + partition.getKey() + ".");
            }
            List<Integer> unknown = new ArrayList<>(replicas);
            unknown.removeAll(known);
            if (!unknown.isEmpty()) {
                throw refusedAssignment("Unknown broker(s) in replica assignment: " + join(unknown) + ".");
            }
        }
        return assignment;
    }

    private static void checkConfigs(Map<String, String> configs) throws Refusal {
        try {
            TopicSettings.logConfig(LogConfig.DEFAULT, configs);
        } catch (ConfigException e) {
            throw new Refusal(ErrorCode.INVALID_CONFIG, e.getMessage());
        }
    }

    private static Refusal refusedAssignment(String message) {
        return new Refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
    }

    private static SortedMap<Integer, ReplicaAssignment> assignments(Map<Integer, List<Integer>> replicas) {
        SortedMap<Integer, ReplicaAssignment> assignments = new TreeMap<>();
        replicas.forEach((partition, brokers) -> assignments.put(partition, ReplicaAssignment.of(brokers)));
        return assignments;
    }

    private static String join(List<Integer> ids) {
        return ids.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static int random(int bound) {
        return ThreadLocalRandom.current().nextInt(bound);
    }
}
