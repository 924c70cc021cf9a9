package io.millrace.broker.zk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON in nodes, written as Kafka does and read without insisting on anything that is not needed: other versions and
 * other tools leave fields out, add some, or write numbers as text.
 */
final class ZnodeJson {
    // Names of fields are partitions and brokers, too: kept for reuse they would be many, and never used again.
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private final String path;
    private final Map<String, @Nullable Object> fields;

    private ZnodeJson(String path, Map<String, @Nullable Object> fields) {
        this.path = path;
        this.fields = fields;
    }

    /** Writes an object. */
    static byte[] write(Body body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try (JsonGenerator generator = JSON.createGenerator(out)) {
            generator.writeStartObject();
            body.write(generator);
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Writes the fields of an object. */
    interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    /**
     * Reads the object in a node.
     *
     * @param path of the node, for messages
     * @throws MalformedZnodeException if it is none
     */
    static ZnodeJson read(String path, byte[] data) {
        try (JsonParser parser = JSON.createParser(data)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                return new ZnodeJson(path, readObject(parser));
            }
        } catch (JsonProcessingException e) {
            throw new MalformedZnodeException(path, "no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new MalformedZnodeException(path, "no JSON object");
    }

    private static Map<String, @Nullable Object> readObject(JsonParser parser) throws IOException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            fields.put(name, readValue(parser, parser.nextToken()));
        }
        return fields;
    }

    private static @Nullable Object readValue(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case START_OBJECT -> readObject(parser);
            case START_ARRAY -> {
                List<@Nullable Object> items = new ArrayList<>();
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    items.add(readValue(parser, next));
                }
                yield items;
            }
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }

    boolean has(String name) {
        return fields.get(name) != null;
    }

    /** A text, or null if it is missing. */
    @Nullable
    String textOrNull(String name) {
        Object value = fields.get(name);
        return value == null ? null : value.toString();
    }

    String text(String name) {
        return need(name, textOrNull(name));
    }

    /** A whole number, also one written as text. */
    long number(String name) {
        String text = text(name);
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new MalformedZnodeException(path, name + " is " + text + ", not a number");
        }
    }

    int int32(String name) {
        return (int) number(name);
    }

    int int32(String name, int otherwise) {
        return has(name) ? int32(name) : otherwise;
    }

    /** An object, empty if it is missing. */
    ZnodeJson object(String name) {
        return inner(fields.get(name));
    }

    /** The objects in a list. */
    List<ZnodeJson> objects(String name) {
        List<ZnodeJson> objects = new ArrayList<>();
        for (Object item : items(name)) {
            objects.add(inner(item));
        }
        return objects;
    }

    private ZnodeJson inner(@Nullable Object value) {
        Map<String, @Nullable Object> inner = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, item) -> inner.put(String.valueOf(key), item));
        }
        return new ZnodeJson(path, inner);
    }

    /** Names of all fields. */
    Iterable<String> names() {
        return fields.keySet();
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (Object item : items(name)) {
            texts.add(String.valueOf(item));
        }
        return texts;
    }

    /** An immutable list of broker ids, or the like; empty if it is missing. */
    List<Integer> int32s(String name) {
        List<Integer> numbers = new ArrayList<>();
        for (Object item : items(name)) {
            try {
                numbers.add(Integer.valueOf(String.valueOf(item)));
            } catch (NumberFormatException e) {
                throw new MalformedZnodeException(path, name + " holds " + item + ", not a number");
            }
        }
        return List.copyOf(numbers);
    }

    private List<?> items(String name) {
        return fields.get(name) instanceof List<?> list ? list : List.of();
    }

    private <T> T need(String name, @Nullable T value) {
        if (value == null) {
            throw new MalformedZnodeException(path, "no " + name);
        }
        return value;
    }
}
