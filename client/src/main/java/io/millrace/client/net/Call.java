package io.millrace.client.net;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.wire.WireWriter;
import io.netty.buffer.ByteBuf;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * One request as a caller puts it: what to ask, what kind of answer to expect, and within which versions and time.
 *
 * @param <R> the response message
 * @param body what to ask; a message must not be changed before the call has ended
 * @param response makes the empty message the answer is read into
 * @param lowestVersion the oldest version that can say what is meant
 * @param highestVersion the newest version the caller understands
 * @param timeoutMs how long the answer may take, from the moment the call is made; 0 for the default of the connection
 * @param answered whether the broker answers at all, which it does not for Produce with acks=0: the call then ends, with
 *     an empty message, when the request was handed to the system
 */
public record Call<R extends Message>(
        RequestBody body,
        Supplier<R> response,
        int lowestVersion,
        int highestVersion,
        int timeoutMs,
        boolean answered) {
    private static final int SMALL = 200;

    /** A call of any version that both sides know, with the default timeout. */
    public static <R extends Message> Call<R> of(Message request, Supplier<R> response) {
        return of(new MessageBody(request), response);
    }

    /** A call whose request looks different from version to version; {@code request} makes it when the version is known. */
    public static <R extends Message> Call<R> of(ApiKey key, IntFunction<Message> request, Supplier<R> response) {
        return of(new VersionedBody(key, request), response);
    }

    /** Like {@link #of(Message, Supplier)}, of a body that writes itself. */
    public static <R extends Message> Call<R> of(RequestBody body, Supplier<R> response) {
        ApiKey key = body.apiKey();
        return new Call<>(body, response, key.lowestVersion(), key.highestVersion(), 0, true);
    }

    public Call<R> versions(int lowestVersion, int highestVersion) {
        return new Call<>(body, response, lowestVersion, highestVersion, timeoutMs, answered);
    }

    public Call<R> timeoutMs(int timeoutMs) {
        return new Call<>(body, response, lowestVersion, highestVersion, timeoutMs, answered);
    }

    public Call<R> unanswered() {
        return new Call<>(body, response, lowestVersion, highestVersion, timeoutMs, false);
    }

    ApiKey apiKey() {
        return body.apiKey();
    }

    private static void encode(Message request, int version, ByteBuf out) {
        WireWriter w = new WireWriter(version, request.apiKey().isFlexible(version));
        request.wire(w);
        out.writeBytes(w.written());
    }

    private record MessageBody(Message request) implements RequestBody {

        @Override
        public ApiKey apiKey() {
            return request.apiKey();
        }

        @Override
        public int sizeHint() {
            return SMALL;
        }

        @Override
        public void encode(int version, ByteBuf out) {
            Call.encode(request, version, out);
        }
    }

    private record VersionedBody(ApiKey apiKey, IntFunction<Message> request) implements RequestBody {

        @Override
        public int sizeHint() {
            return SMALL;
        }

        @Override
        public void encode(int version, ByteBuf out) {
            Call.encode(request.apply(version), version, out);
        }
    }
}
