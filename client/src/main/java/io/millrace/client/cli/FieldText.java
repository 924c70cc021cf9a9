package io.millrace.client.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the deserializers that come with Kafka make of a key, a value or a header, as text. */
enum FieldText {
    STRING,
    SHORT,
    INTEGER,
    LONG,
    FLOAT,
    DOUBLE,
    UUID_TEXT,
    BYTES;

    /** That of a class like {@code org.apache.kafka.common.serialization.LongDeserializer}; STRING without one. */
    static FieldText ofClass(@Nullable String name) {
        if (name == null) {
            return STRING;
        }
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "StringDeserializer", "ByteArrayDeserializer" -> STRING;
            case "ShortDeserializer" -> SHORT;
            case "IntegerDeserializer" -> INTEGER;
            case "LongDeserializer" -> LONG;
            case "FloatDeserializer" -> FLOAT;
            case "DoubleDeserializer" -> DOUBLE;
            case "UUIDDeserializer" -> UUID_TEXT;
            case "BytesDeserializer" -> BYTES;
            default ->
                throw new ToolFailure(
                        "The deserializer " + name + " cannot be loaded; known are those of String, ByteArray, "
                                + "Bytes, Short, Integer, Long, Float, Double and UUID");
        };
    }

    /** @throws ToolFailure if the bytes are not what they should be */
    byte[] of(byte[] data) {
        String text = switch (this) {
            case STRING -> null;
            case SHORT -> String.valueOf(exactly(data, Short.BYTES).getShort());
            case INTEGER -> String.valueOf(exactly(data, Integer.BYTES).getInt());
            case LONG -> String.valueOf(exactly(data, Long.BYTES).getLong());
            case FLOAT -> String.valueOf(exactly(data, Float.BYTES).getFloat());
            case DOUBLE -> String.valueOf(exactly(data, Double.BYTES).getDouble());
            case UUID_TEXT ->
                UUID.fromString(new String(data, StandardCharsets.UTF_8)).toString();
            case BYTES -> escaped(data);
        };
        return text == null ? data : text.getBytes(StandardCharsets.UTF_8);
    }

    private ByteBuffer exactly(byte[] data, int size) {
        if (data.length != size) {
            throw new ToolFailure("Size of data received by " + name().charAt(0)
                    + name().substring(1).toLowerCase(java.util.Locale.ROOT) + "Deserializer is not " + size);
        }
        return ByteBuffer.wrap(data);
    }

    private static String escaped(byte[] data) {
        StringBuilder text = new StringBuilder(data.length);
        for (byte b : data) {
            if (b >= ' ' && b <= '~' && b != '\\') {
                text.append((char) b);
            } else {
                text.append("\\x").append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return text.toString();
    }
}
