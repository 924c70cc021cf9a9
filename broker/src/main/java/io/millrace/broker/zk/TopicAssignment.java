package io.millrace.broker.zk;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.protocol.Uuid;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What {@code /brokers/topics/T} says of a topic.
 *
 * @param id of the topic, or {@link Uuid#ZERO} if a version without ids made it
 * @param partitions where each partition is kept, by its number
 * @param version of the node; -1 if it was not read but is to be written
 */
public record TopicAssignment(Uuid id, SortedMap<Integer, ReplicaAssignment> partitions, int version) {
    private static final int JSON_VERSION = 3;

    public TopicAssignment {
        partitions = Collections.unmodifiableSortedMap(new TreeMap<>(partitions));
    }

    /** How many replicas the first partition is meant to have. */
    public int replicationFactor() {
        return partitions.isEmpty()
                ? 0
                : partitions.get(partitions.firstKey()).target().size();
    }

    /** This assignment with the id that the topic is known under and other replicas of some partitions. */
    public TopicAssignment with(Uuid knownId, Map<Integer, ReplicaAssignment> changed) {
        SortedMap<Integer, ReplicaAssignment> all = new TreeMap<>(partitions);
        all.putAll(changed);
        return new TopicAssignment(knownId, all, version);
    }

    byte[] toJson() {
        return ZnodeJson.write(out -> {
            out.writeObjectFieldStart("partitions");
            for (Map.Entry<Integer, ReplicaAssignment> partition : partitions.entrySet()) {
                writeIds(out, partition.getKey(), partition.getValue().replicas());
            }
            out.writeEndObject();
            if (!id.equals(Uuid.ZERO)) {
                out.writeStringField("topic_id", id.toString());
            }
            out.writeObjectFieldStart("adding_replicas");
            for (Map.Entry<Integer, ReplicaAssignment> partition : partitions.entrySet()) {
                if (!partition.getValue().adding().isEmpty()) {
                    writeIds(out, partition.getKey(), partition.getValue().adding());
                }
            }
            out.writeEndObject();
            out.writeObjectFieldStart("removing_replicas");
            for (Map.Entry<Integer, ReplicaAssignment> partition : partitions.entrySet()) {
                if (!partition.getValue().removing().isEmpty()) {
                    writeIds(out, partition.getKey(), partition.getValue().removing());
                }
            }
            out.writeEndObject();
            out.writeNumberField("version", JSON_VERSION);
        });
    }

    private static void writeIds(JsonGenerator out, int partition, List<Integer> ids) throws IOException {
        out.writeArrayFieldStart(Integer.toString(partition));
        for (int id : ids) {
            out.writeNumber(id);
        }
        out.writeEndArray();
    }

    static TopicAssignment fromJson(String topic, Znode node) {
        String path = ZkPaths.topic(topic);
        ZnodeJson json = ZnodeJson.read(path, node.data());
        ZnodeJson replicas = json.object("partitions");
        ZnodeJson adding = json.object("adding_replicas");
        ZnodeJson removing = json.object("removing_replicas");
        SortedMap<Integer, ReplicaAssignment> partitions = new TreeMap<>();
        // Of thousands of partitions a few are different.
        Map<List<Integer>, ReplicaAssignment> byReplicas = new HashMap<>();
        for (String number : replicas.names()) {
            try {
                ReplicaAssignment assignment =
                        new ReplicaAssignment(replicas.int32s(number), adding.int32s(number), removing.int32s(number));
                partitions.put(
                        Integer.valueOf(number),
                        assignment.isBeingReassigned()
                                ? assignment
                                : byReplicas.computeIfAbsent(assignment.replicas(), replicaIds -> assignment));
            } catch (NumberFormatException e) {
                throw new MalformedZnodeException(path, number + " is no partition");
            }
        }
        String id = json.textOrNull("topic_id");
        try {
            return new TopicAssignment(id == null ? Uuid.ZERO : Uuid.parse(id), partitions, node.version());
        } catch (IllegalArgumentException e) {
            throw new MalformedZnodeException(path, "topic_id is " + id);
        }
    }
}
