package io.millrace.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.wire.Struct;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Holds the fields of a struct against the JSON that Kafka makes of the same message. */
public final class StructJson {
    private StructJson() {}

    /** Every field of the JSON is there with its value, and every other field is at its default. */
    public static void assertSame(Struct struct, Map<String, Object> json, String where) {
        Set<String> unseen = new HashSet<>(json.keySet());
        try {
            Struct defaults = struct.getClass().getConstructor().newInstance();
            for (Field field : RandomMessages.fields(struct.getClass())) {
                String path = where + "." + field.getName();
                Object value = field.get(struct);
                if (unseen.remove(field.getName())) {
                    assertValue(value, json.get(field.getName()), path);
                } else {
                    assertThat(value).as(path).usingRecursiveComparison().isEqualTo(field.get(defaults));
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
        assertThat(unseen).as(where + " has no such fields").isEmpty();
    }

    @SuppressWarnings("unchecked")
    private static void assertValue(Object value, Object json, String path) {
        if (value == null || json == null) {
            assertThat(value).as(path).isEqualTo(json);
        } else if (value instanceof Struct struct) {
            assertSame(struct, (Map<String, Object>) json, path);
        } else if (value instanceof List<?> list) {
            assertElements(list, (List<Object>) json, path);
        } else if (value instanceof byte[] bytes) {
            assertThat(bytes).as(path).isEqualTo(Base64.getDecoder().decode((String) json));
        } else if (value instanceof ByteBuffer buffer) {
            assertThat(buffer)
                    .as(path)
                    .isEqualTo(ByteBuffer.wrap(Base64.getDecoder().decode((String) json)));
        } else if (value.getClass().isArray()) {
            Object[] boxed = new Object[Array.getLength(value)];
            for (int i = 0; i < boxed.length; i++) {
                boxed[i] = Array.get(value, i);
            }
            assertElements(List.of(boxed), (List<Object>) json, path);
        } else if (value instanceof Uuid uuid) {
            assertThat(uuid.toString()).as(path).isEqualTo(json);
        } else if (value instanceof Double number) {
            assertThat(number).as(path).isEqualTo(((Number) json).doubleValue());
        } else if (value instanceof Number number) {
            assertThat(number.longValue()).as(path).isEqualTo(json);
        } else {
            assertThat(value).as(path).isEqualTo(json);
        }
    }

    private static void assertElements(List<?> list, List<Object> json, String path) {
        assertThat(list).as(path).hasSameSizeAs(json);
        for (int i = 0; i < list.size(); i++) {
            assertValue(list.get(i), json.get(i), path + "[" + i + "]");
        }
    }
}
