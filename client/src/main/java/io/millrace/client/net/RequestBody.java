package io.millrace.client.net;

import io.millrace.protocol.ApiKey;
import io.netty.buffer.ByteBuf;

/**
 * Everything of a request that follows the header. {@link Call#of} makes one of a message; what carries record batches
 * writes itself, so that the batches go to the socket from where they lie.
 */
public interface RequestBody {

    ApiKey apiKey();

    /**
     * Encodes the body; called once a call, on the event loop, when the version is known.
     *
     * @return a buffer that the connection releases when the bytes have left
     * @throws io.millrace.protocol.wire.WireException if that version cannot carry it
     */
    ByteBuf encode(int version);
}
