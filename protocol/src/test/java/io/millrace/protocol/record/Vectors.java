package io.millrace.protocol.record;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Bytes that Kafka 3.9.2 wrote, with what it reads in them. */
final class Vectors {
    private static final JsonFactory JSON = new JsonFactory();

    private Vectors() {}

    /** One line of a {@code .jsonl} file each, as maps and lists. */
    static List<Map<String, Object>> jsonLines(String name) {
        return lines(name).stream().map(Vectors::parse).toList();
    }

    /** The lines of a table without the first, split into columns. */
    static List<String[]> table(String name) {
        return lines(name).stream().skip(1).map(line -> line.split("\t", -1)).toList();
    }

    static byte[] bytes(Object hex) {
        return HexFormat.of().parseHex((String) hex);
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> list(Object value) {
        return (List<Map<String, Object>>) value;
    }

    /** How a vector shows a key or value: null, hex, or length and digest when it is long. */
    static @Nullable Object shown(@Nullable ByteBuffer value, @Nullable Object like) {
        if (value == null) {
            return null;
        }
        byte[] bytes = new byte[value.remaining()];
        value.duplicate().get(bytes);
        if (!(like instanceof Map)) {
            return HexFormat.of().formatHex(bytes);
        }
        try {
            Map<String, Object> digest = new LinkedHashMap<>();
            digest.put("len", (long) bytes.length);
            digest.put(
                    "sha256",
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
            return digest;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> lines(String name) {
        try (var in = Objects.requireNonNull(Vectors.class.getResourceAsStream(name + ".gz"), name);
                var reader =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> parse(String line) {
        try (JsonParser parser = JSON.createParser(line)) {
            parser.nextToken();
            return (Map<String, Object>) Objects.requireNonNull(value(parser));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    map.put(name, value(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }
}
