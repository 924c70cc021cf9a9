package io.millrace.protocol.kafka;

import io.millrace.protocol.Codec;
import io.millrace.protocol.RandomMessages;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.WireException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * One field somewhere inside a message of ours, and what a version does with it: shown by messages that are empty but for
 * this field and the lists around it.
 */
final class FieldPath {
    private final Supplier<Message> newMessage;
    private final List<Field> path;

    private FieldPath(Supplier<Message> newMessage, List<Field> path) {
        this.newMessage = newMessage;
        this.path = path;
    }

    /** All fields of a message that {@code version} has. */
    static List<FieldPath> presentIn(Supplier<Message> newMessage, int version) {
        List<FieldPath> present = new ArrayList<>();
        addPresent(newMessage, newMessage.get().getClass(), List.of(), version, present);
        return present;
    }

    private static void addPresent(
            Supplier<Message> newMessage, Class<?> type, List<Field> outer, int version, List<FieldPath> present) {
        for (Field field : RandomMessages.fields(type)) {
            List<Field> path = new ArrayList<>(outer);
            path.add(field);
            FieldPath candidate = new FieldPath(newMessage, path);
            if (candidate.isIn(version)) {
                present.add(candidate);
                Class<?> element = RandomMessages.elementType(field);
                Class<?> inner = element == null ? field.getType() : element;
                if (Struct.class.isAssignableFrom(inner)) {
                    addPresent(newMessage, inner, path, version, present);
                }
            }
        }
    }

    /** The path in the spelling that all sides share: lower case, no underscores. */
    String name() {
        StringBuilder name = new StringBuilder();
        for (Field field : path) {
            name.append('/').append(field.getName().toLowerCase(Locale.ROOT));
        }
        return name.toString();
    }

    /** The message in which this field has a value that is not its default. */
    Message message() {
        return message(true);
    }

    private boolean isIn(int version) {
        Field last = path.get(path.size() - 1);
        if (Struct.class.isAssignableFrom(last.getType())) {
            // A structure shows through its fields.
            return RandomMessages.fields(last.getType()).stream().anyMatch(f -> {
                List<Field> inner = new ArrayList<>(path);
                inner.add(f);
                return new FieldPath(newMessage, inner).isIn(version);
            });
        }
        try {
            return !Arrays.equals(Codec.encode(message(true), version), Codec.encode(message(false), version));
        } catch (WireException e) {
            return false;
        }
    }

    private Message message(boolean withValue) {
        Message message = newMessage.get();
        try {
            Struct at = message;
            for (Field field : path.subList(0, path.size() - 1)) {
                if (field.getType() == List.class) {
                    Struct element = (Struct)
                            RandomMessages.elementType(field).getConstructor().newInstance();
                    field.set(at, List.of(element));
                    at = element;
                } else {
                    at = (Struct) field.get(at);
                }
            }
            Field last = path.get(path.size() - 1);
            if (withValue) {
                last.set(at, otherThan(last, last.get(at)));
            } else if (last.get(at) == null) {
                last.set(at, empty(last));
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
        return message;
    }

    private static Object otherThan(Field field, Object value) throws ReflectiveOperationException {
        Class<?> type = field.getType();
        if (type == boolean.class) {
            return !(boolean) value;
        } else if (type == byte.class) {
            return (byte) ((byte) value + 1);
        } else if (type == short.class) {
            return (short) ((short) value + 1);
        } else if (type == int.class) {
            return (int) value + 1;
        } else if (type == long.class) {
            return (long) value + 1;
        } else if (type == double.class) {
            return (double) value + 1;
        } else if (type == String.class) {
            return value + "x";
        } else if (type == Uuid.class) {
            return new Uuid(1, 2);
        } else if (type == byte[].class) {
            return new byte[] {1};
        } else if (type == ByteBuffer.class) {
            return ByteBuffer.wrap(new byte[] {1});
        } else if (type == int[].class) {
            return new int[] {1};
        } else if (type == long[].class) {
            return new long[] {1};
        } else if (type == List.class) {
            Class<?> element = RandomMessages.elementType(field);
            return List.of(
                    element == String.class
                            ? "x"
                            : element == Uuid.class
                                    ? new Uuid(1, 2)
                                    : element.getConstructor().newInstance());
        }
        // A structure that is told apart from its default by any of its fields.
        Struct struct = (Struct) type.getConstructor().newInstance();
        Field first = RandomMessages.fields(type).get(0);
        first.set(struct, otherThan(first, first.get(struct)));
        return struct;
    }

    private static Object empty(Field field) {
        return field.getType() == String.class
                ? ""
                : field.getType() == List.class
                        ? List.of()
                        : field.getType() == byte[].class
                                ? new byte[0]
                                : field.getType() == ByteBuffer.class ? ByteBuffer.allocate(0) : new int[0];
    }
}
