package io.millrace.protocol.kafka;

import io.millrace.protocol.wire.Varint;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

/** Random bytes of the shape that one of Kafka's schemas describes. */
final class SchemaBytes {
    private static final int MAX_ELEMENTS = 3;

    private final Random random;
    private final ByteBuffer out = ByteBuffer.allocate(1 << 20);

    SchemaBytes(long seed) {
        this.random = new Random(seed);
    }

    byte[] next(Schema schema) {
        out.clear();
        write(schema);
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    /** The tagged fields of a section, by tag. */
    @SuppressWarnings("unchecked")
    static Map<Integer, org.apache.kafka.common.protocol.types.Field> tagged(TaggedFields section) {
        try {
            Field fields = TaggedFields.class.getDeclaredField("fields");
            fields.setAccessible(true);
            return (Map<Integer, org.apache.kafka.common.protocol.types.Field>) fields.get(section);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private void write(Type type) {
        if (type instanceof Schema schema) {
            for (BoundField field : schema.fields()) {
                write(field.def.type);
            }
        } else if (type instanceof TaggedFields section) {
            writeTags(section);
        } else if (type instanceof ArrayOf array) {
            int count = count(array.isNullable());
            out.putInt(count);
            elements(array.arrayElementType().orElseThrow(), count);
        } else if (type instanceof CompactArrayOf array) {
            int count = count(array.isNullable());
            Varint.writeUnsigned(out, count + 1);
            elements(array.arrayElementType().orElseThrow(), count);
        } else {
            writePrimitive(((Type.DocumentedType) type).typeName(), type.isNullable());
        }
    }

    private void writePrimitive(String name, boolean nullable) {
        switch (name) {
            case "BOOLEAN" -> out.put((byte) random.nextInt(2));
            case "INT8" -> out.put((byte) random.nextInt());
            case "INT16", "UINT16" -> out.putShort((short) random.nextInt());
            case "INT32", "UINT32" -> out.putInt(random.nextInt());
            case "INT64" -> out.putLong(random.nextLong());
            case "FLOAT64" -> out.putDouble(random.nextDouble());
            case "UUID" -> out.putLong(random.nextLong()).putLong(random.nextLong());
            case "STRING", "NULLABLE_STRING" -> {
                byte[] text = nullable && random.nextInt(4) == 0 ? null : text();
                out.putShort((short) (text == null ? -1 : text.length)).put(text == null ? new byte[0] : text);
            }
            case "COMPACT_STRING", "COMPACT_NULLABLE_STRING" ->
                compact(nullable && random.nextInt(4) == 0 ? null : text());
            case "BYTES", "NULLABLE_BYTES", "RECORDS", "NULLABLE_RECORDS" -> {
                byte[] bytes = nullable && random.nextInt(4) == 0 ? null : bytes();
                out.putInt(bytes == null ? -1 : bytes.length).put(bytes == null ? new byte[0] : bytes);
            }
            case "COMPACT_BYTES", "COMPACT_NULLABLE_BYTES", "COMPACT_RECORDS", "COMPACT_NULLABLE_RECORDS" ->
                compact(nullable && random.nextInt(4) == 0 ? null : bytes());
            default -> throw new AssertionError("Unknown type " + name);
        }
    }

    private void writeTags(TaggedFields section) {
        var fields = tagged(section);
        var present = fields.keySet().stream()
                .sorted()
                .filter(tag -> random.nextInt(3) != 0)
                .toList();
        Varint.writeUnsigned(out, present.size());
        for (int tag : present) {
            Varint.writeUnsigned(out, tag);
            int start = out.position();
            write(fields.get(tag).type);
            byte[] value = new byte[out.position() - start];
            out.position(start).get(value).position(start);
            Varint.writeUnsigned(out, value.length);
            out.put(value);
        }
    }

    private int count(boolean nullable) {
        return nullable && random.nextInt(4) == 0 ? -1 : random.nextInt(MAX_ELEMENTS + 1);
    }

    private void elements(Type element, int count) {
        for (int i = 0; i < count; i++) {
            write(element);
        }
    }

    private void compact(byte[] bytes) {
        Varint.writeUnsigned(out, bytes == null ? 0 : bytes.length + 1);
        out.put(bytes == null ? new byte[0] : bytes);
    }

    private byte[] text() {
        String text = random.nextInt(4) == 0 ? "é中😀" : "name-" + random.nextInt(1000);
        return (random.nextInt(5) == 0 ? "" : random.nextInt(8) == 0 ? text.repeat(20) : text)
                .getBytes(StandardCharsets.UTF_8);
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(4) == 0 ? 200 : random.nextInt(8)];
        random.nextBytes(bytes);
        return bytes;
    }
}
