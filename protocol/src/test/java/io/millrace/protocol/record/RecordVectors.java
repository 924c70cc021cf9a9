package io.millrace.protocol.record;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Bytes that Kafka 3.9.2 wrote, with what it reads in them. */
final class RecordVectors {
    private RecordVectors() {}

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
        try (var in = Objects.requireNonNull(RecordVectors.class.getResourceAsStream("/vectors/" + name), name);
                var reader =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
