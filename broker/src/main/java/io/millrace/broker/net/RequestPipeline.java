package io.millrace.broker.net;

import io.millrace.broker.api.ApiRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Makes an accepted connection of one listener ready: counts it, or closes it where it is one too many, and puts the handlers
 * in their order. This is the one place that knows the order.
 */
final class RequestPipeline extends ChannelInitializer<Channel> {
    private final String listenerName;
    private final int maxRequestBytes;
    private final long maxIdleMs;
    private final ApiRegistry registry;
    private final RequestMemory memory;
    private final ConnectionLimits limits;
    private final ChannelGroup connections;
    private final BoundedLog log;
    private final Consumer<Error> onFatalError;

    RequestPipeline(
            String listenerName,
            int maxRequestBytes,
            long maxIdleMs,
            ApiRegistry registry,
            RequestMemory memory,
            ConnectionLimits limits,
            ChannelGroup connections,
            BoundedLog log,
            Consumer<Error> onFatalError) {
        this.listenerName = listenerName;
        this.maxRequestBytes = maxRequestBytes;
        this.maxIdleMs = maxIdleMs;
        this.registry = registry;
        this.memory = memory;
        this.limits = limits;
        this.connections = connections;
        this.log = log;
        this.onFatalError = onFatalError;
    }

    @Override
    protected void initChannel(Channel channel) {
        if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
            // It was reset before it was accepted.
            channel.close();
            return;
        }
        InetAddress address = remote.getAddress();
        if (!limits.opened(address)) {
            log.closed(remote, listenerName, "too many connections, of all clients or from this address");
            channel.close();
            return;
        }
        channel.closeFuture().addListener(closed -> limits.closed(address));
        connections.add(channel);

        ResponseSequencer answers = new ResponseSequencer(channel, listenerName, memory, log);
        FrameDecoder decoder = new FrameDecoder(maxRequestBytes, memory, answers);
        channel.config().setRecvByteBufAllocator(new ReceiveBuffers(decoder));
        channel.config().setMessageSizeEstimator(PendingBytes.INSTANCE);
        if (maxIdleMs > 0) {
            channel.pipeline().addLast(new IdleStateHandler(true, 0, 0, maxIdleMs, TimeUnit.MILLISECONDS));
        }
        channel.pipeline().addLast(decoder, new RequestDispatcher(registry, answers, onFatalError));
    }
}
