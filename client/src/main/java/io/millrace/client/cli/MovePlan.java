package io.millrace.client.cli;

import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The files of {@code reassign-partitions.sh}, which are Kafka's: what is to move where, and which topics to plan for. */
final class MovePlan {
    private MovePlan() {}

    /** The replicas that each partition is to have. */
    static Map<TopicPartition, List<Integer>> read(Path file) {
        String what = "The file " + file;
        return PartitionsFile.read(file, item -> {
            List<Integer> replicas = ids(Json.member(item, "replicas"), what);
            if (replicas.isEmpty()) {
                throw new ToolFailure("Partition replica list cannot be empty");
            }
            for (int i = 0; i < replicas.size(); i++) {
                if (replicas.lastIndexOf(replicas.get(i)) > i) {
                    throw new ToolFailure("Partition replica lists may not contain duplicate entries: "
                            + Json.member(item, "topic") + "-" + Json.member(item, "partition")
                            + " contains multiple entries for " + replicas.get(i));
                }
            }
            for (Object dir : Json.items(Json.member(item, "log_dirs"))) {
                if (!dir.equals("any")) {
                    throw new ToolFailure(
                            what + " asks for the log directory " + dir
                                    + "; partitions cannot be moved between directories, so write \"any\" or leave log_dirs away");
                }
            }
            return replicas;
        });
    }

    private static List<Integer> ids(@Nullable Object list, String what) {
        List<Integer> ids = new ArrayList<>();
        for (Object id : Json.items(list)) {
            ids.add(Numbers.integer(String.valueOf(id), "broker id in " + what));
        }
        return ids;
    }

    /** The topics that a file names, in its order. */
    static Set<String> topics(Path file) {
        String what = "The file " + file;
        Set<String> topics = new LinkedHashSet<>();
        for (Object item : Json.items(Json.member(Json.read(Tool.text(file), what), "topics"))) {
            String topic = String.valueOf(Json.member(item, "topic"));
            if (!topics.add(topic)) {
                throw new ToolFailure("List of topics to reassign contains duplicate entries: [" + topic + "]");
            }
        }
        return topics;
    }

    /** The same format, to be printed. */
    static Map<String, Object> document(Map<TopicPartition, List<Integer>> replicas) {
        List<Map<String, Object>> partitions = new ArrayList<>();
        for (TopicPartition partition : ConsumerGroupsTool.sorted(replicas.keySet())) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("topic", partition.topic());
            one.put("partition", partition.partition());
            one.put("replicas", replicas.get(partition));
            one.put(
                    "log_dirs",
                    replicas.get(partition).stream().map(id -> "any").toList());
            partitions.add(one);
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("version", 1);
        document.put("partitions", partitions);
        return document;
    }
}
