package io.millrace.protocol.kafka;

import io.millrace.protocol.ApiKey;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.Schema;
import org.jspecify.annotations.Nullable;

/** Kafka's own message classes, of the release on the class path, for the same APIs as ours. */
final class KafkaMessages {
    private KafkaMessages() {}

    /** The API in Kafka, or null if this release has no version of it. */
    static @Nullable ApiMessageType type(ApiKey key) {
        try {
            ApiMessageType type = ApiMessageType.fromApiKey(key.id());
            return type.lowestSupportedVersion() > type.highestSupportedVersion(true) ? null : type;
        } catch (UnsupportedVersionException e) {
            return null;
        }
    }

    /** The versions of an API that this release has, stable or not. */
    static int[] versions(ApiKey key) {
        ApiMessageType type = type(key);
        return type == null
                ? new int[0]
                : IntStream.rangeClosed(type.lowestSupportedVersion(), type.highestSupportedVersion(true))
                        .toArray();
    }

    static Message newMessage(ApiKey key, boolean request) {
        return request ? type(key).newRequest() : type(key).newResponse();
    }

    static Schema schema(ApiKey key, boolean request, int version) {
        return (request ? type(key).requestSchemas() : type(key).responseSchemas())[version];
    }

    /** Reads all of {@code bytes}. */
    static <M extends Message> M decode(M message, int version, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        message.read(new ByteBufferAccessor(in), (short) version);
        if (in.hasRemaining()) {
            throw new AssertionError(
                    in.remaining() + " bytes left over by Kafka's " + message.getClass() + " version " + version);
        }
        return message;
    }

    static byte[] encode(Message message, int version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer out = ByteBuffer.allocate(message.size(cache, (short) version));
        message.write(new ByteBufferAccessor(out), cache, (short) version);
        if (out.hasRemaining()) {
            throw new AssertionError("Kafka's " + message.getClass() + " wrote less than it said");
        }
        return out.array();
    }
}
