package io.millrace.broker.simulation;

import io.millrace.broker.api.RequestContext;
import io.millrace.broker.api.ResponseBody;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCounted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A request that has arrived at a simulated broker, in wire form, and the way of its answer back. */
final class SimulatedRequest implements RequestContext {
    private final ApiKey apiKey;
    private final short version;
    private final String clientId;
    private final ByteBuffer body;
    private final SimulatedThread io;
    private final Answer answer;
    private @Nullable Runnable whenClosed;
    private boolean answered;

    /** Takes the answer. */
    interface Answer {
        /** @param body in wire form */
        void onBody(ByteBuffer body);

        /** There is none, and the connection closes if there is a reason. */
        void onNothing(@Nullable String reason);
    }

    SimulatedRequest(
            ApiKey apiKey, short version, String clientId, ByteBuffer body, SimulatedThread io, Answer answer) {
        this.apiKey = apiKey;
        this.version = version;
        this.clientId = clientId;
        this.body = body;
        this.io = io;
        this.answer = answer;
    }

    static ByteBuffer encode(Message message, short version) {
        WireWriter out = new WireWriter(version, message.apiKey().isFlexible(version));
        message.wire(out);
        ByteBuffer written = out.written();
        return ByteBuffer.allocate(written.remaining()).put(written).flip();
    }

    /** The connection is closed before the answer. */
    void onConnectionClosed() {
        Runnable action = whenClosed;
        if (!answered && action != null) {
            io.execute(action);
        }
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
        return clientId;
    }

    @Override
    public String listenerName() {
        return SimulatedBroker.LISTENER;
    }

    @Override
    public InetAddress clientAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public ByteBuffer body() {
        return body.duplicate();
    }

    @Override
    public <Q extends Message> Q read(Q empty) {
        empty.wire(new WireReader(body(), version, apiKey.isFlexible(version)));
        return empty;
    }

    @Override
    public Executor executor() {
        return io;
    }

    @Override
    public void whenClosed(Runnable action) {
        whenClosed = action;
    }

    @Override
    public void respond(Message response) {
        end();
        answer.onBody(encode(response, version));
    }

    @Override
    public ByteBuf newBuffer(int capacity) {
        return UnpooledByteBufAllocator.DEFAULT.directBuffer(capacity);
    }

    @Override
    public void respond(ResponseBody response) {
        end();
        // The bytes leave at once: what the log does while they are on their way must not show.
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (WritableByteChannel channel = Channels.newChannel(out)) {
            while (response.remaining() > 0) {
                ReferenceCounted piece = response.take();
                if (piece instanceof FileRegion region) {
                    while (region.transferred() < region.count()) {
                        region.transferTo(channel, region.transferred());
                    }
                } else {
                    ByteBuf bytes = (ByteBuf) piece;
                    bytes.readBytes(out, bytes.readableBytes());
                }
                piece.release();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        answer.onBody(ByteBuffer.wrap(out.toByteArray()));
    }

    @Override
    public void respondNothing() {
        end();
        answer.onNothing(null);
    }

    @Override
    public void reportRefusal(String what) {}

    @Override
    public void closeConnection(String reason) {
        end();
        answer.onNothing(reason);
    }

    @Override
    public void fail(RuntimeException cause) {
        throw new AssertionError("a request failed: " + apiKey, cause);
    }

    private void end() {
        if (answered) {
            throw new AssertionError(apiKey + " was answered twice");
        }
        answered = true;
    }
}
