package io.millrace.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes keys or values of bytes; the other way round from {@link Serializer}. Called on the thread that polls. Null never
 * reaches it. Whatever it throws comes out of {@code poll}, and the position stays before the record.
 *
 * <pre>{@code
 * Deserializer<Order> orders = (topic, data) -> Order.parse(UTF_8.decode(data));
 * Deserializer<UUID> ids = Deserializer.of(bytes -> UUID.fromString(new String(bytes, UTF_8)));
 * }</pre>
 *
 * @param <T> what it makes
 */
@FunctionalInterface
public interface Deserializer<T> {

    /**
     * One key or value.
     *
     * @param topic where it comes from
     * @param data from its position to its limit; valid only during the call, so what is kept must be copied
     */
    @Nullable
    T deserialize(String topic, ByteBuffer data);

    /** One that takes an array and does not look at the topic. */
    static <T> Deserializer<T> of(Function<byte[], ? extends @Nullable T> function) {
        return (topic, data) -> function.apply(copy(data));
    }

    /** Bytes as they are. */
    static Deserializer<byte[]> bytes() {
        return (topic, data) -> copy(data);
    }

    /** UTF-8; malformed input becomes replacement characters. */
    static Deserializer<String> string() {
        return (topic, data) -> data.hasArray()
                ? new String(
                        data.array(), data.arrayOffset() + data.position(), data.remaining(), StandardCharsets.UTF_8)
                : StandardCharsets.UTF_8.decode(data).toString();
    }

    /** Two bytes, big-endian. */
    static Deserializer<Short> int16() {
        return (topic, data) -> exactly(Short.BYTES, data).getShort();
    }

    /** Four bytes, big-endian. */
    static Deserializer<Integer> int32() {
        return (topic, data) -> exactly(Integer.BYTES, data).getInt();
    }

    /** Eight bytes, big-endian. */
    static Deserializer<Long> int64() {
        return (topic, data) -> exactly(Long.BYTES, data).getLong();
    }

    /** Four bytes, IEEE 754. */
    static Deserializer<Float> float32() {
        return (topic, data) -> exactly(Float.BYTES, data).getFloat();
    }

    /** Eight bytes, IEEE 754. */
    static Deserializer<Double> float64() {
        return (topic, data) -> exactly(Double.BYTES, data).getDouble();
    }

    private static ByteBuffer exactly(int length, ByteBuffer data) {
        if (data.remaining() != length) {
            throw new IllegalArgumentException(
                    "A number of " + length + " bytes was expected, not " + data.remaining() + " bytes");
        }
        return data;
    }

    private static byte[] copy(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        return bytes;
    }
}
