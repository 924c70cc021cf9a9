package io.millrace.broker.api;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCounted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A request without a connection: a test sees what the handler takes, answers and lets go of. For the thread of its executor. */
final class RecordedContext implements RequestContext {
    private final Message request;
    private final short version;
    private final Executor executor;
    private final List<ReferenceCounted> taken = new ArrayList<>();
    private final List<ReferenceCounted> pieces = new ArrayList<>();
    private volatile @Nullable Message message;
    private volatile @Nullable ResponseBody body;
    private Runnable onClose = () -> {};

    RecordedContext(Message request, int version) {
        this(request, version, Runnable::run);
    }

    /** @param executor what stands for the event loop of the connection; what is asked of this waits for what happens there */
    RecordedContext(Message request, int version, Executor executor) {
        this.executor = executor;
        this.request = request;
        this.version = (short) version;
    }

    boolean isAnswered() {
        return message != null || body != null;
    }

    /** The connection closes. */
    void close() {
        onClose.run();
    }

    /** The answer as a client reads it; its pieces are released as by a connection that sent them. */
    @SuppressWarnings("unchecked")
    <R extends Message> R answer() throws IOException {
        ResponseBody sent = body;
        if (sent == null) {
            if (message == null) {
                throw new AssertionError("not answered");
            }
            return (R) message;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        WritableByteChannel channel = Channels.newChannel(out);
        while (sent.remaining() > 0) {
            ReferenceCounted piece = sent.take();
            pieces.add(piece);
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
        Message response = Messages.newResponse(apiKey());
        response.wire(new WireReader(ByteBuffer.wrap(out.toByteArray()), version, apiKey().isFlexible(version)));
        return (R) response;
    }

    /** The pieces of the answer. */
    List<ReferenceCounted> pieces() {
        return pieces;
    }

    /** What the handler took, or answered, and nobody has released. */
    List<ReferenceCounted> held() {
        List<ReferenceCounted> held = new ArrayList<>(taken);
        held.addAll(pieces);
        held.removeIf(piece -> piece.refCnt() == 0);
        return held;
    }

    @Override
    public ApiKey apiKey() {
        return request.apiKey();
    }

    @Override
    public short apiVersion() {
        return version;
    }

    @Override
    public String clientId() {
        return "test";
    }

    @Override
    public String listenerName() {
        return DataNode.LISTENER;
    }

    @Override
    public InetAddress clientAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public ByteBuffer body() {
        WireWriter out = new WireWriter(version, apiKey().isFlexible(version));
        request.wire(out);
        return out.written();
    }

    @Override
    public <Q extends Message> Q read(Q empty) {
        empty.wire(new WireReader(body(), version, apiKey().isFlexible(version)));
        return empty;
    }

    @Override
    public Executor executor() {
        return executor;
    }

    @Override
    public void whenClosed(Runnable action) {
        onClose = action;
    }

    @Override
    public void respond(Message response) {
        message = response;
    }

    @Override
    public ByteBuf newBuffer(int capacity) {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(capacity);
        taken.add(buffer);
        return buffer;
    }

    @Override
    public void respond(ResponseBody response) {
        body = response;
    }

    @Override
    public void respondNothing() {
        throw new AssertionError("no answer was given");
    }

    @Override
    public void reportRefusal(String what) {}

    @Override
    public void closeConnection(String reason) {
        throw new AssertionError("the connection was closed: " + reason);
    }

    @Override
    public void fail(RuntimeException cause) {
        throw new AssertionError("the request failed", cause);
    }
}
