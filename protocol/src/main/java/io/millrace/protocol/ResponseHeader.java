package io.millrace.protocol;

import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;

/**
 * What stands in front of every response. The version of the wire is that of the header,
 * {@link ApiKey#responseHeaderVersion}, and 1 is flexible.
 */
public final class ResponseHeader implements Struct {
    public int correlationId;

    @Override
    public void wire(Wire w) {
        correlationId = w.int32(correlationId);
        w.tags();
    }
}
