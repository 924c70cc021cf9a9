package io.millrace.protocol;

import io.millrace.protocol.wire.Struct;
import io.millrace.protocol.wire.Wire;
import org.jspecify.annotations.Nullable;

/**
 * What stands in front of every request. The version of the wire is that of the header,
 * {@link ApiKey#requestHeaderVersion}, and 2 is flexible.
 */
public final class RequestHeader implements Struct {
    public short requestApiKey;
    public short requestApiVersion;
    public int correlationId;
    public @Nullable String clientId = "";

    @Override
    public void wire(Wire w) {
        requestApiKey = w.int16(requestApiKey);
        requestApiVersion = w.int16(requestApiVersion);
        correlationId = w.int32(correlationId);
        if (w.since(1)) {
            clientId = w.nullableClassicString(clientId);
        }
        w.tags();
    }
}
