package io.millrace.client.cli;

import io.millrace.protocol.TopicPartition;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The files that several of Kafka's tools take: {@code {"version":1,"partitions":[{"topic":"a","partition":0,...}]}}, where
 * what else there is of a partition differs from tool to tool.
 */
final class PartitionsFile {
    private PartitionsFile() {}

    /**
     * Reads one.
     *
     * @param value what is to be known of a partition, made of its object
     */
    static <T> Map<TopicPartition, T> read(Path file, Function<Object, T> value) {
        return parse(Tool.text(file), "The file " + file, value);
    }

    static <T> Map<TopicPartition, T> parse(String text, String what, Function<Object, T> value) {
        Object document = Json.read(text, what);
        Object version = Json.member(document, "version");
        if (version != null && !version.equals(1L)) {
            throw new ToolFailure(what + " has version " + version + "; only version 1 is known");
        }
        if (Json.member(document, "partitions") == null) {
            throw new ToolFailure(what + " has no list named partitions");
        }
        Map<TopicPartition, T> partitions = new LinkedHashMap<>();
        for (Object item : Json.items(Json.member(document, "partitions"))) {
            TopicPartition partition = new TopicPartition(
                    String.valueOf(required(item, "topic", what)),
                    Numbers.integer(String.valueOf(number(item, "partition", what)), "partition in " + what));
            if (partitions.put(partition, value.apply(item)) != null) {
                throw new ToolFailure(what + " contains duplicate topic partitions: " + partition);
            }
        }
        return partitions;
    }

    static long number(@Nullable Object item, String name, String what) {
        Object value = required(item, name, what);
        if (value instanceof Long number) {
            return number;
        }
        throw new ToolFailure(what + " says " + name + "=" + value + ", which is no number");
    }

    private static Object required(@Nullable Object item, String name, String what) {
        Object value = Json.member(item, name);
        if (value == null) {
            throw new ToolFailure(what + " has an item without " + name + ": " + Json.write(item));
        }
        return value;
    }
}
