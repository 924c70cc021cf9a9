package io.millrace.client.net;

import io.millrace.protocol.ApiKey;
import io.netty.buffer.ByteBuf;

/**
 * Everything of a request that follows the header. {@link Call#of} makes one of a message; what carries record batches
 * writes itself, so that the batches go to the socket from where they lie.
 */
public interface RequestBody {

    ApiKey apiKey();

    /** About how many bytes it takes, so that the frame need not grow. */
    int sizeHint();

    /**
     * Writes the body behind the header of its frame; called once a call, on the event loop, when the version is known.
     *
     * @throws io.millrace.protocol.wire.WireException if that version cannot carry it
     */
    void encode(int version, ByteBuf out);
}
