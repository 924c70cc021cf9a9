package io.millrace.broker.net;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.wire.WireException;
import io.millrace.protocol.wire.WireReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the headers of one connection's requests: {@code int16 api key, int16 version, int32 correlation id}, then a client id
 * and tagged fields as the version of the header has them. A client keeps its id for life, so the text is made once.
 */
final class RequestHeaderReader {
    private static final int FIXED_BYTES = Short.BYTES + Short.BYTES + Integer.BYTES;

    /** The version of the header that has tagged fields. */
    private static final int FLEXIBLE = 2;

    private short apiKey;
    private short apiVersion;
    private int correlationId;
    private byte[] clientIdBytes = new byte[0];
    private String lastClientId = "";
    private @Nullable String clientId;

    /** Reads what all versions have. */
    void read(ByteBuffer in) {
        if (in.remaining() < FIXED_BYTES) {
            throw new WireException("a frame of " + in.remaining() + " bytes");
        }
        apiKey = in.getShort();
        apiVersion = in.getShort();
        correlationId = in.getInt();
        clientId = null;
    }

    /** Reads the rest, once the API is known, up to the body. */
    void readRest(ByteBuffer in, ApiKey key) {
        int headerVersion = key.requestHeaderVersion(apiVersion);
        if (headerVersion >= 1) {
            readClientId(in);
        }
        if (headerVersion >= FLEXIBLE) {
            if (in.hasRemaining() && in.get(in.position()) == 0) {
                in.position(in.position() + 1);
            } else {
                new WireReader(in, headerVersion, true).tags();
            }
        }
    }

    short apiKey() {
        return apiKey;
    }

    short apiVersion() {
        return apiVersion;
    }

    int correlationId() {
        return correlationId;
    }

    @Nullable
    String clientId() {
        return clientId;
    }

    private void readClientId(ByteBuffer in) {
        if (in.remaining() < Short.BYTES) {
            throw new WireException("it ends before the client id");
        }
        int length = in.getShort();
        if (length < 0) {
            return;
        }
        if (length > in.remaining()) {
            throw new WireException("a client id of " + length + " bytes where " + in.remaining() + " are left");
        }
        if (!isLast(in, length)) {
            byte[] utf8 = new byte[length];
            in.get(in.position(), utf8);
            clientIdBytes = utf8;
            lastClientId = new String(utf8, StandardCharsets.UTF_8);
        }
        in.position(in.position() + length);
        clientId = lastClientId;
    }

    private boolean isLast(ByteBuffer in, int length) {
        if (length != clientIdBytes.length) {
            return false;
        }
        int start = in.position();
        for (int i = 0; i < length; i++) {
            if (clientIdBytes[i] != in.get(start + i)) {
                return false;
            }
        }
        return true;
    }
}
