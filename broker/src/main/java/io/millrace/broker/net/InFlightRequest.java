package io.millrace.broker.net;

import io.millrace.broker.api.RequestContext;
import io.millrace.broker.api.ResponseBody;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request from its dispatch until its answer has been written: a place in the {@link ResponseSequencer} of its connection.
 * Answered by any thread, once; everything else happens on the event loop of the connection.
 */
final class InFlightRequest implements RequestContext {
    private static final Logger LOG = LoggerFactory.getLogger(InFlightRequest.class);
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(InFlightRequest.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int OPEN = 0;
    private static final int ANSWERING = 1;
    private static final int ANSWERED = 2;

    private final ResponseSequencer connection;
    private final ByteBuf frame;
    private final ByteBuffer body;
    private final ApiKey apiKey;
    private final short apiVersion;
    private final int correlationId;
    private final @Nullable String clientId;

    private volatile int state;
    private @Nullable ResponseBody response;
    private @Nullable String closeReason;
    private @Nullable Runnable whenClosed;

    /** @param body view of the frame that stands behind the header */
    InFlightRequest(
            ResponseSequencer connection,
            ByteBuf frame,
            ByteBuffer body,
            ApiKey apiKey,
            short apiVersion,
            int correlationId,
            @Nullable String clientId) {
        this.connection = connection;
        this.frame = frame;
        this.body = body;
        this.apiKey = apiKey;
        this.apiVersion = apiVersion;
        this.correlationId = correlationId;
        this.clientId = clientId;
    }

    @Override
    public ApiKey apiKey() {
        return apiKey;
    }

    @Override
    public short apiVersion() {
        return apiVersion;
    }

    @Override
    public @Nullable String clientId() {
        return clientId;
    }

    @Override
    public String listenerName() {
        return connection.listenerName();
    }

    @Override
    public InetAddress clientAddress() {
        return connection.clientAddress();
    }

    @Override
    public ByteBuffer body() {
        return body;
    }

    @Override
    public Executor executor() {
        return connection.executor();
    }

    @Override
    public <Q extends Message> Q read(Q request) {
        request.wire(new WireReader(body.duplicate(), apiVersion, apiKey.isFlexible(apiVersion)));
        return request;
    }

    @Override
    public void whenClosed(Runnable action) {
        whenClosed = action;
    }

    @Override
    public void respond(Message message) {
        ByteBuf buffer;
        try {
            WireWriter writer = new WireWriter(apiVersion, apiKey.isFlexible(apiVersion));
            message.wire(writer);
            ByteBuffer encoded = writer.written();
            buffer = newBuffer(encoded.remaining()).writeBytes(encoded);
        } catch (RuntimeException e) {
            // The handler's mistake; without an answer the connection would hang behind this request for ever.
            LOG.error("Cannot encode the answer to {} version {}: {}", apiKey, apiVersion, message, e);
            closeConnection("the answer could not be encoded");
            return;
        }
        respond(new ResponseBody(buffer));
    }

    @Override
    public ByteBuf newBuffer(int capacity) {
        ByteBuf buffer = connection.alloc().directBuffer(ResponseSequencer.HEAD_BYTES + capacity);
        return buffer.setIndex(ResponseSequencer.HEAD_BYTES, ResponseSequencer.HEAD_BYTES);
    }

    @Override
    public void respond(ResponseBody body) {
        if (!claim()) {
            body.release();
            throw answeredTwice();
        }
        response = body;
        answered();
    }

    @Override
    public void respondNothing() {
        if (!claim()) {
            throw answeredTwice();
        }
        answered();
    }

    @Override
    public void reportRefusal(String what) {
        connection.reportRefusal(clientId + " sent " + what);
    }

    @Override
    public void closeConnection(String reason) {
        if (!claim()) {
            throw answeredTwice();
        }
        closeReason = reason;
        answered();
    }

    @Override
    public void fail(RuntimeException cause) {
        LOG.error("Cannot answer {} version {} of {}", apiKey, apiVersion, clientId, cause);
        closeIfOpen("an error of this broker in " + apiKey);
    }

    /** Closes the connection unless an answer was given already. */
    void closeIfOpen(String reason) {
        if (claim()) {
            closeReason = reason;
            answered();
        }
    }

    /** The connection is gone. */
    void connectionClosed() {
        Runnable action = whenClosed;
        if (action != null && state == OPEN) {
            action.run();
        }
    }

    boolean isAnswered() {
        return state == ANSWERED;
    }

    /** The frame, which its owner releases once the request is answered. */
    ByteBuf frame() {
        return frame;
    }

    int correlationId() {
        return correlationId;
    }

    /** Whether the header of the response has a section of tagged fields. */
    boolean hasResponseTags() {
        return apiKey.responseHeaderVersion(apiVersion) > 0;
    }

    /** The answer, or null if there is none to be written. Once answered. */
    @Nullable
    ResponseBody response() {
        return response;
    }

    /** Why the connection is to be closed at this point, or null. Once answered. */
    @Nullable
    String closeReason() {
        return closeReason;
    }

    private boolean claim() {
        return STATE.compareAndSet(this, OPEN, ANSWERING);
    }

    private void answered() {
        state = ANSWERED;
        connection.onAnswered();
    }

    private IllegalStateException answeredTwice() {
        return new IllegalStateException("A request was answered twice: " + apiKey + " version " + apiVersion);
    }
}
