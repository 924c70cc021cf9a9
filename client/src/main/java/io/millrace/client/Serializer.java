package io.millrace.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns keys or values into bytes. Any function does: {@code Serializer<Order> orders = (topic, o) -> o.toJson()}. Used by
 * several threads at a time. Null never reaches it: a null key or value stays null in the record.
 *
 * <pre>{@code
 * Serializer<Order> orders = (topic, order) -> order.toJson().getBytes(UTF_8);
 * Serializer<UUID> ids = Serializer.of(id -> id.toString().getBytes(UTF_8));
 * }</pre>
 *
 * @param <T> what it takes
 */
@FunctionalInterface
public interface Serializer<T> {

    /**
     * The bytes of one key or value.
     *
     * @param topic where it goes
     * @return not changed by anybody afterwards; null makes the key or value null
     */
    byte @Nullable [] serialize(String topic, T data);

    /** One that does not look at the topic. */
    static <T> Serializer<T> of(Function<? super T, byte @Nullable []> function) {
        return (topic, data) -> function.apply(data);
    }

    /** Bytes as they are. */
    static Serializer<byte[]> bytes() {
        return (topic, data) -> data;
    }

    /** UTF-8. */
    static Serializer<String> string() {
        return (topic, data) -> data.getBytes(StandardCharsets.UTF_8);
    }

    /** Two bytes, big-endian. */
    static Serializer<Short> int16() {
        return (topic, data) -> ByteBuffer.allocate(Short.BYTES).putShort(data).array();
    }

    /** Four bytes, big-endian. */
    static Serializer<Integer> int32() {
        return (topic, data) -> ByteBuffer.allocate(Integer.BYTES).putInt(data).array();
    }

    /** Eight bytes, big-endian. */
    static Serializer<Long> int64() {
        return (topic, data) -> ByteBuffer.allocate(Long.BYTES).putLong(data).array();
    }

    /** Four bytes, IEEE 754. */
    static Serializer<Float> float32() {
        return (topic, data) -> ByteBuffer.allocate(Float.BYTES).putFloat(data).array();
    }

    /** Eight bytes, IEEE 754. */
    static Serializer<Double> float64() {
        return (topic, data) ->
                ByteBuffer.allocate(Double.BYTES).putDouble(data).array();
    }
}
