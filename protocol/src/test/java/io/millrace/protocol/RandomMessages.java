package io.millrace.protocol;

import io.millrace.protocol.message.Message;
import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.WireException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fills the public fields of our messages with random values. What a version cannot carry the writer refuses, naming the
 * field, which then goes back to its default.
 */
public final class RandomMessages {
    private static final Pattern REFUSED = Pattern.compile("Field (\\w+) has a value .*");
    private static final int MAX_ELEMENTS = 3;

    private final Random random;
    private boolean nulls;

    public RandomMessages(long seed) {
        this.random = new Random(seed);
    }

    /** Fills {@code message} so that {@code version} can carry it, and returns its bytes. */
    public byte[] fill(Message message, int version) {
        nulls = random.nextBoolean();
        fillStruct(message);
        for (int attempt = 0; attempt < 200; attempt++) {
            try {
                return Codec.encode(message, version);
            } catch (WireException e) {
                Matcher refused = REFUSED.matcher(e.getMessage());
                if (refused.matches()) {
                    reset(message, refused.group(1));
                } else if (nulls && e.getMessage().startsWith("A null ")) {
                    nulls = false;
                    fillStruct(message);
                } else {
                    throw e;
                }
            }
        }
        throw new AssertionError("No version " + version + " of " + message.getClass());
    }

    /** The public instance fields of a struct, which are the fields of the message. */
    public static List<Field> fields(Class<?> type) {
        return Arrays.stream(type.getFields())
                .filter(f -> !Modifier.isStatic(f.getModifiers()))
                .toList();
    }

    public static boolean isNullable(Field field) {
        return field.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    private void fillStruct(Struct struct) {
        for (Field field : fields(struct.getClass())) {
            try {
                if (isNullable(field) && nulls && random.nextInt(3) == 0) {
                    field.set(struct, null);
                } else {
                    field.set(struct, value(field.getType(), elementType(field)));
                }
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }
    }

    private Object value(Class<?> type, @Nullable Class<?> element) throws ReflectiveOperationException {
        if (type == boolean.class) {
            return random.nextBoolean();
        } else if (type == byte.class) {
            return (byte) random.nextInt();
        } else if (type == short.class) {
            return (short) random.nextInt();
        } else if (type == int.class) {
            return random.nextInt();
        } else if (type == long.class) {
            return random.nextLong();
        } else if (type == double.class) {
            return random.nextDouble();
        } else if (type == String.class) {
            return text();
        } else if (type == Uuid.class) {
            return new Uuid(random.nextLong(), random.nextLong());
        } else if (type == byte[].class) {
            return bytes();
        } else if (type == ByteBuffer.class) {
            return ByteBuffer.wrap(bytes());
        } else if (type == int[].class) {
            return random.ints(random.nextInt(MAX_ELEMENTS + 1)).toArray();
        } else if (type == long[].class) {
            return random.longs(random.nextInt(MAX_ELEMENTS + 1)).toArray();
        } else if (type == List.class) {
            List<Object> list = new ArrayList<>();
            for (int i = random.nextInt(MAX_ELEMENTS + 1); i > 0; i--) {
                list.add(value(element, null));
            }
            return list;
        }
        Struct struct = (Struct) type.getConstructor().newInstance();
        fillStruct(struct);
        return struct;
    }

    /** The element type of a list, or null. */
    public static @Nullable Class<?> elementType(Field field) {
        return field.getGenericType() instanceof ParameterizedType p ? (Class<?>) p.getActualTypeArguments()[0] : null;
    }

    private String text() {
        return switch (random.nextInt(4)) {
            case 0 -> "";
            case 1 -> "topic-" + random.nextInt(10);
            case 2 -> "é中😀" + random.nextInt();
            default -> "x".repeat(random.nextInt(300));
        };
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(4) == 0 ? random.nextInt(500) : random.nextInt(20)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void reset(Struct struct, String name) {
        try {
            Struct defaults = struct.getClass().getConstructor().newInstance();
            for (Field field : fields(struct.getClass())) {
                if (field.getName().equals(name)) {
                    field.set(struct, field.get(defaults));
                } else if (field.get(struct) instanceof Struct child) {
                    reset(child, name);
                } else if (field.get(struct) instanceof List<?> list) {
                    for (Object element : list) {
                        if (element instanceof Struct child) {
                            reset(child, name);
                        }
                    }
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
