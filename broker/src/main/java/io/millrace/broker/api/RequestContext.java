package io.millrace.broker.api;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the broker: what the header said, the body, and the one answer. It is answered exactly
 * once, by one of {@code respond}, {@link #respondNothing} or {@link #closeConnection}, from any thread; answers leave
 * in the order of the requests, whatever the order in which they are given.
 */
public interface RequestContext {

    ApiKey apiKey();

    /** A version that the handler has said it answers. */
    short apiVersion();

    /** What the client calls itself, or null. */
    @Nullable
    String clientId();

    /** Name of the listener it came in on, in upper case. */
    String listenerName();

    InetAddress clientAddress();

    /** The body, from the position to the limit of a view of the frame, valid until the request is answered. */
    ByteBuffer body();

    /**
     * Reads the body into a message.
     *
     * @return {@code request}
     * @throws io.millrace.protocol.wire.WireException if the body is malformed
     */
    <Q extends Message> Q read(Q request);

    /** The event loop of the connection: what runs there never runs at the same time as another request of it. */
    Executor executor();

    /**
     * Calls this on the event loop if the connection is closed before the request is answered, so that nothing goes on waiting
     * for a client that is gone; the request is to be answered all the same. To be set on the event loop.
     */
    void whenClosed(Runnable action);

    /** Answers with a message, encoded in the version of the request. */
    void respond(Message response);

    /**
     * A buffer for a body that the handler encodes itself, with room in front for what precedes a body on the wire: to be
     * written at its writer index, to be given to {@link #respond(ResponseBody)} or released, and not to be read.
     *
     * @param capacity bytes that will be written, or a good guess: it grows
     */
    ByteBuf newBuffer(int capacity);

    /** Answers with a body in wire form whose first piece comes from {@link #newBuffer}; it belongs to the context now. */
    void respond(ResponseBody response);

    /** Ends the request without an answer, as Produce with acks=0 wants it. */
    void respondNothing();

    /** Says in the log of the broker what the client sent and why that is refused; a few lines a second at the most. */
    void reportRefusal(String what);

    /** Closes the connection without an answer, after the answers to earlier requests; {@code reason} is logged. */
    void closeConnection(String reason);

    /** This broker failed where it should not: the error is logged, and the connection closed unless an answer was given. */
    void fail(RuntimeException cause);
}
