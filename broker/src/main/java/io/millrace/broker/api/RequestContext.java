package io.millrace.broker.api;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the broker: what the header said, the body, and the one answer. It is answered exactly
 * once, by one of {@link #respond}, {@link #respondNothing} or {@link #closeConnection}, from any thread; answers leave
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

    /** The body: a view of the frame, valid until the request is answered. */
    ByteBuffer body();

    /**
     * Reads the body into a message.
     *
     * @return {@code request}
     * @throws io.millrace.protocol.wire.WireException if the body is malformed
     */
    <Q extends Message> Q read(Q request);

    /** Answers with a message, encoded in the version of the request. */
    void respond(Message response);

    /** Ends the request without an answer, as Produce with acks=0 wants it. */
    void respondNothing();

    /** Closes the connection without an answer, after the answers to earlier requests; {@code reason} is logged. */
    void closeConnection(String reason);
}
