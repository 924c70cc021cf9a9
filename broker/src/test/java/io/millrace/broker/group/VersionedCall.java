package io.millrace.broker.group;

import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.api.ResponseBody;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A request in one version, on its way through the wire to a handler and back. */
final class VersionedCall implements RequestContext {
    private final ApiKey apiKey;
    private final short version;
    private final ByteBuffer body;
    private @Nullable Message response;
    private @Nullable RuntimeException failure;

    private VersionedCall(Message request, int version) {
        this.apiKey = request.apiKey();
        this.version = (short) version;
        WireWriter out = new WireWriter(version, apiKey.isFlexible(version));
        request.wire(out);
        this.body = out.written();
    }

    /** Sends the request; the handler may answer now or later. */
    static VersionedCall send(ApiHandler handler, Message request, int version) {
        VersionedCall call = new VersionedCall(request, version);
        handler.handle(call);
        return call;
    }

    boolean isAnswered() {
        return response != null;
    }

    /** Why there will be no answer, or null. */
    @Nullable
    RuntimeException failure() {
        return failure;
    }

    /** The answer as the client reads it. */
    <R extends Message> R response(Class<R> type) {
        if (response == null) {
            throw new AssertionError(apiKey + " v" + version + " is not answered", failure);
        }
        return type.cast(response);
    }

    @Override
    public void respond(Message answer) {
        if (response != null) {
            throw new AssertionError(apiKey + " v" + version + " is answered twice");
        }
        WireWriter out = new WireWriter(version, apiKey.isFlexible(version));
        answer.wire(out);
        ByteBuffer written = out.written();
        Message read = Messages.newResponse(apiKey);
        read.wire(new WireReader(written, version, apiKey.isFlexible(version)));
        if (written.hasRemaining()) {
            throw new AssertionError(apiKey + " v" + version + " leaves bytes over");
        }
        response = read;
    }

    @Override
    public <Q extends Message> Q read(Q request) {
        request.wire(new WireReader(body.duplicate(), version, apiKey.isFlexible(version)));
        return request;
    }

    @Override
    public ApiKey apiKey() {
        return apiKey;
    }

    @Override
    public short apiVersion() {
        return version;
    }

    @Override
    public String clientId() {
        return "app";
    }

    @Override
    public String listenerName() {
        return "PLAINTEXT";
    }

    @Override
    public InetAddress clientAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public ByteBuffer body() {
        return body;
    }

    @Override
    public void respondNothing() {
        throw new AssertionError("groups always answer");
    }

    @Override
    public void respond(ResponseBody answer) {
        throw new AssertionError("groups answer with messages");
    }

    @Override
    public ByteBuf newBuffer(int capacity) {
        throw new AssertionError("groups answer with messages");
    }

    @Override
    public Executor executor() {
        throw new AssertionError("groups have a thread of their own");
    }

    @Override
    public void whenClosed(Runnable action) {
        // Its client stays.
    }

    @Override
    public void fail(RuntimeException cause) {
        failure = cause;
    }

    @Override
    public void reportRefusal(String what) {}

    @Override
    public void closeConnection(String reason) {
        throw new AssertionError("closed: " + reason);
    }
}
