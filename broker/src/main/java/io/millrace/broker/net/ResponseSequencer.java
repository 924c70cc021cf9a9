package io.millrace.broker.net;

import io.millrace.broker.api.ResponseBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The requests of one connection that were taken on and not yet answered on the wire. Handlers answer in any order; the
 * answers leave in the order of the requests. It is also the gate of its connection: shut while too much is under way or the
 * peer does not read its answers, which makes the {@link FrameDecoder} stop reading.
 *
 * <p>Everything happens on the event loop of the connection, but {@link #onAnswered}.
 */
final class ResponseSequencer {
    /** Room in front of a body: its size, the correlation id, and an empty section of tagged fields. */
    static final int HEAD_BYTES = Integer.BYTES + Integer.BYTES + 1;

    /** Clients keep 5 requests under way unless told otherwise; what is beyond this gains nothing and costs memory. */
    private static final int MAX_REQUESTS = 64;

    /** Frames of one connection held at a time, unless a single one is larger: dozens of a producer's largest requests. */
    private static final long MAX_BYTES = 32L * 1024 * 1024;

    private final Channel channel;
    private final String listenerName;
    private final InetAddress clientAddress;
    private final RequestMemory memory;
    private final BoundedLog log;
    private final ArrayDeque<InFlightRequest> requests = new ArrayDeque<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private long bytes;
    private boolean inBatch;
    private boolean closing;
    private Runnable onOpen = () -> {};

    ResponseSequencer(Channel channel, String listenerName, RequestMemory memory, BoundedLog log) {
        this.channel = channel;
        this.listenerName = listenerName;
        this.clientAddress = ((InetSocketAddress) channel.remoteAddress()).getAddress();
        this.memory = memory;
        this.log = log;
    }

    String listenerName() {
        return listenerName;
    }

    InetAddress clientAddress() {
        return clientAddress;
    }

    Executor executor() {
        return channel.eventLoop();
    }

    ByteBufAllocator alloc() {
        return channel.alloc();
    }

    /** Whether another request may be taken on. */
    boolean isOpen() {
        return !closing && requests.size() < MAX_REQUESTS && bytes < MAX_BYTES && channel.isWritable();
    }

    /** Whether a request waits for its handler. */
    boolean hasUnanswered() {
        return !requests.isEmpty();
    }

    /** Calls this whenever the gate may have opened. */
    void onOpen(Runnable listener) {
        onOpen = listener;
    }

    /** Takes a request on, behind all before it. */
    void add(InFlightRequest request) {
        requests.add(request);
        bytes += request.frame().capacity();
    }

    /** From here on answers are written but not flushed, so that those to one batch of requests leave together. */
    void beginBatch() {
        inBatch = true;
    }

    void endBatch() {
        if (inBatch) {
            inBatch = false;
            channel.flush();
        }
    }

    /** A request was answered. Any thread. */
    void onAnswered() {
        if (channel.eventLoop().inEventLoop()) {
            drain();
        } else if (drainScheduled.compareAndSet(false, true)) {
            channel.eventLoop().execute(() -> {
                drainScheduled.set(false);
                drain();
            });
        }
    }

    /** The peer reads again, or memory was freed. */
    void mayHaveOpened() {
        if (isOpen()) {
            onOpen.run();
        }
    }

    /** Something that the client sent is answered with an error, which an operator should know of. Any thread. */
    void reportRefusal(String what) {
        log.refused(channel.remoteAddress(), listenerName, what);
    }

    /** Closes the connection at once, before answers that are still to come. */
    void closeNow(String reason) {
        if (closing) {
            return;
        }
        closing = true;
        log.closed(channel.remoteAddress(), listenerName, reason);
        channel.close();
    }

    /** The connection is gone: answers that come from now on are dropped. */
    void onInactive() {
        closing = true;
        // A copy, because those that are told answer, which takes them out.
        for (InFlightRequest request : List.copyOf(requests)) {
            request.connectionClosed();
        }
        drain();
    }

    private void drain() {
        boolean wrote = false;
        InFlightRequest head;
        while ((head = requests.peek()) != null && head.isAnswered()) {
            requests.remove();
            wrote |= finish(head);
        }
        if (wrote && !inBatch) {
            channel.flush();
        }
        mayHaveOpened();
    }

    private boolean finish(InFlightRequest request) {
        ByteBuf frame = request.frame();
        int frameBytes = frame.capacity();
        bytes -= frameBytes;
        memory.release(frame, frameBytes);
        frame.release();
        ResponseBody response = request.response();
        if (closing) {
            if (response != null) {
                response.release();
            }
            return false;
        }
        String reason = request.closeReason();
        if (reason != null) {
            closing = true;
            log.closed(channel.remoteAddress(), listenerName, reason);
            channel.writeAndFlush(channel.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
            return false;
        }
        if (response == null) {
            return false;
        }
        write(request, response);
        return true;
    }

    private void write(InFlightRequest request, ResponseBody response) {
        int start = request.hasResponseTags() ? 0 : 1;
        ByteBuf head = response.head();
        head.setInt(start, Math.toIntExact(response.bytes() - start - Integer.BYTES));
        head.setInt(start + Integer.BYTES, request.correlationId());
        if (request.hasResponseTags()) {
            head.setByte(HEAD_BYTES - 1, 0);
        }
        head.readerIndex(start);
        while (response.remaining() > 0) {
            channel.write(response.take(), channel.voidPromise());
        }
    }
}
