package io.millrace.storage.tool;

import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is printed of a batch, a record or an entry, in its order: as {@code name: value name: value}, or as members of JSON. */
final class Fields {
    private final boolean json;
    private final StringJoiner joined;

    Fields(boolean json) {
        this.json = json;
        this.joined = new StringJoiner(json ? "," : " ");
    }

    Fields add(String name, long value) {
        return put(name, Long.toString(value));
    }

    Fields add(String name, boolean value) {
        return put(name, Boolean.toString(value));
    }

    Fields add(String name, @Nullable String value) {
        return put(name, json ? PlainFields.json(value) : String.valueOf(value));
    }

    /** A number that may be missing; as text it looks like Kafka's. */
    Fields addOptional(String name, boolean present, long value) {
        String asJson = present ? Long.toString(value) : "null";
        return put(name, json ? asJson : present ? "OptionalLong[" + value + "]" : "OptionalLong.empty");
    }

    /** A number with the brace behind it that Kafka's text has there. */
    Fields addBeforeBrace(String name, long value) {
        return put(name, json ? Long.toString(value) : value + "}");
    }

    /** A timestamp, which is called by its type as text. */
    Fields addTime(String type, long timestamp) {
        return json ? add("timestampType", type).add("timestamp", timestamp) : add(type, timestamp);
    }

    Fields addList(String name, List<String> values) {
        return put(
                name,
                json
                        ? values.stream().map(PlainFields::json).collect(Collectors.joining(",", "[", "]"))
                        : "[" + String.join(",", values) + "]");
    }

    /** Something that is JSON already. */
    Fields addJson(String name, String value) {
        return put(name, value);
    }

    private Fields put(String name, String value) {
        joined.add(json ? PlainFields.json(name) + ":" + value : name + ": " + value);
        return this;
    }

    @Override
    public String toString() {
        return joined.toString();
    }
}
