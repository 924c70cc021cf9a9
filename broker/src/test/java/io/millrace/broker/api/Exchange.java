package io.millrace.broker.api;

import io.millrace.broker.net.RawClient;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Asks a broker over a socket, in whatever version. */
final class Exchange implements AutoCloseable {
    private static final int CORRELATION_ID = 7;

    private final RawClient client;

    Exchange(int port) throws IOException {
        client = new RawClient(port);
    }

    <R extends Message> R ask(Message request, int version, Class<R> type) throws IOException {
        ApiKey key = request.apiKey();
        boolean flexible = key.isFlexible(version);
        WireWriter out = new WireWriter(version, flexible);
        request.wire(out);
        ByteBuffer written = out.written();
        byte[] body = new byte[written.remaining()];
        written.get(body);
        client.send(RawClient.request(key.id(), version, CORRELATION_ID, flexible, body));
        ByteBuffer frame = client.receive();
        if (frame.getInt() != CORRELATION_ID) {
            throw new AssertionError("the answer belongs to another request");
        }
        if (key.responseHeaderVersion(version) == 1) {
            frame.get();
        }
        Message response = Messages.newResponse(key);
        response.wire(new WireReader(frame, version, flexible));
        if (frame.hasRemaining()) {
            throw new AssertionError(key + " v" + version + " leaves bytes over");
        }
        return type.cast(response);
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
