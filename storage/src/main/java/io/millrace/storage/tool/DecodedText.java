package io.millrace.storage.tool;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values as decoders make them out: Kafka's, by their names, and any class on the class path that has {@code fromBytes(byte[])}
 * as they do, which is found by reflection since Kafka's interface is not there. A missing value is not shown.
 */
record DecodedText(Function<ByteBuffer, String> keys, Function<ByteBuffer, String> values) implements RecordText {
    private static final String KAFKA = "org.apache.kafka.tools.api.";

    /** Where they were before, and may still be called by. */
    private static final String KAFKA_BEFORE = "kafka.serializer.";

    @Override
    public @Nullable String key(@Nullable ByteBuffer key) {
        return key == null ? null : keys.apply(key);
    }

    @Override
    public @Nullable String value(@Nullable ByteBuffer key, @Nullable ByteBuffer value) {
        return value == null ? null : values.apply(value);
    }

    /**
     * The decoder of this name.
     *
     * @throws IllegalArgumentException saying what is wrong with the class
     */
    static Function<ByteBuffer, String> decoder(String className) {
        return switch (className.startsWith(KAFKA_BEFORE)
                ? KAFKA + className.substring(KAFKA_BEFORE.length())
                : className) {
            case KAFKA + "StringDecoder" -> RecordText::utf8;
            case KAFKA + "LongDecoder" ->
                bytes -> Long.toString(ofLength(Long.BYTES, bytes).getLong());
            case KAFKA + "IntegerDecoder" ->
                bytes -> Integer.toString(ofLength(Integer.BYTES, bytes).getInt());
            // Kafka's prints what Java calls the array.
            case KAFKA + "DefaultDecoder" -> bytes -> HexFormat.of().formatHex(copy(bytes));
            default -> loaded(className);
        };
    }

    // As Kafka's deserializers do.
    private static ByteBuffer ofLength(int length, ByteBuffer bytes) {
        if (bytes.remaining() != length) {
            throw new UnreadableException(null);
        }
        return bytes.duplicate();
    }

    private static Function<ByteBuffer, String> loaded(String className) {
        Object decoder;
        Method method;
        try {
            Class<?> type = Class.forName(className);
            Constructor<?> constructor = type.getConstructor();
            method = type.getMethod("fromBytes", byte[].class);
            // The class need not be public, as long as the method is.
            method.setAccessible(true);
            decoder = constructor.newInstance();
        } catch (ClassNotFoundException | LinkageError e) {
            throw new IllegalArgumentException(
                    "The class " + className + " cannot be loaded (" + e + "): name one that is in a jar in lib/, with"
                            + " what it needs, or one of Kafka's, as " + KAFKA + "LongDecoder",
                    e);
        } catch (ReflectiveOperationException | RuntimeException e) {
            Throwable cause = e instanceof InvocationTargetException && e.getCause() != null ? e.getCause() : e;
            throw new IllegalArgumentException(
                    "The class " + className + " is no decoder (" + cause + "): it needs a public constructor without"
                            + " arguments and a public method fromBytes(byte[])",
                    e);
        }
        return bytes -> decode(decoder, method, copy(bytes));
    }

    private static String decode(Object decoder, Method method, byte[] bytes) {
        try {
            return String.valueOf(method.invoke(decoder, (Object) bytes));
        } catch (InvocationTargetException e) {
            throw new UnreadableException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] copy(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return copy;
    }

    /** A decoder does not understand these bytes. */
    static final class UnreadableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnreadableException(@Nullable Throwable cause) {
            super(cause);
        }
    }
}
