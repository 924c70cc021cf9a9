package io.millrace.broker.net;

import io.millrace.broker.api.ApiRegistry;
import io.millrace.broker.config.ListenerConfig;
import io.millrace.broker.config.NetConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of the broker and the event loops {@code io-N} that run its requests. {@link #bind} opens the ports, so that
 * they are known before the broker registers itself; {@link #start} begins to accept connections. Closed in reverse.
 */
public final class SocketServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SocketServer.class);

    /** A page of the system; the allocator cuts smaller buffers out of it. */
    private static final int PAGE_BYTES = 8_192;

    /** Chunks of 4 MiB: two event loops that answer small requests hold no more than 8 MiB. */
    private static final int CHUNK_ORDER = 9;

    /** A peer that has not read so much of its answers gets no more of its requests taken on, until it has read most of it. */
    private static final WriteBufferWaterMark UNREAD_BYTES = new WriteBufferWaterMark(256 * 1024, 1024 * 1024);

    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private enum State {
        LATENT,
        BOUND,
        STARTED,
        CLOSED
    }

    private final NetConfig config;
    private final Transport transport;
    private final EventLoopGroup eventLoops;
    private final PooledByteBufAllocator alloc;
    private final RequestMemory memory;
    private final ConnectionLimits limits;
    private final BoundedLog log = new BoundedLog(LOG, System::nanoTime);
    private final List<Channel> listeners = new ArrayList<>();
    private final ChannelGroup connections = new DefaultChannelGroup("connections", GlobalEventExecutor.INSTANCE);
    private State state = State.LATENT;

    public SocketServer(NetConfig config) {
        this(config, Transport.best());
    }

    SocketServer(NetConfig config, Transport transport) {
        this.config = config;
        this.transport = transport;
        this.eventLoops = new MultiThreadIoEventLoopGroup(config.ioThreads(), ioThreads(), transport.ioHandlers());
        this.alloc = new PooledByteBufAllocator(
                true,
                1,
                config.ioThreads(),
                PAGE_BYTES,
                CHUNK_ORDER,
                PooledByteBufAllocator.defaultSmallCacheSize(),
                PooledByteBufAllocator.defaultNormalCacheSize(),
                false);
        this.memory = new RequestMemory(config.maxQueuedRequestBytes());
        this.limits = new ConnectionLimits(config);
    }

    /**
     * Opens all listeners, without accepting anything yet.
     *
     * @param registry what will be answered
     * @param onFatalError told of an Error on an event loop; it should end the process
     * @return the port of each listener by its name
     * @throws IOException naming the listener, if one cannot be opened; none is open then
     */
    public synchronized Map<String, Integer> bind(ApiRegistry registry, Consumer<Error> onFatalError)
            throws IOException {
        require(State.LATENT);
        Map<String, Integer> ports = new HashMap<>();
        for (ListenerConfig listener : config.listeners()) {
            ports.put(listener.name(), open(listener, registry, onFatalError));
        }
        state = State.BOUND;
        return ports;
    }

    /** Accepts connections from now on. */
    public synchronized void start() {
        require(State.BOUND);
        for (Channel listener : listeners) {
            listener.config().setAutoRead(config.maxConnectionsPerSecond() > 0);
        }
        state = State.STARTED;
    }

    /** Connections that are open now. */
    public int connectionCount() {
        return limits.count();
    }

    /** Bytes that requests hold which are received in part or whole and not yet answered. */
    public long queuedRequestBytes() {
        return memory.used();
    }

    /** Accepts no more connections; those that are open go on. Does nothing if it is closed. */
    public synchronized void stopAccepting() {
        for (Channel listener : listeners) {
            listener.close().awaitUninterruptibly(CLOSE_TIMEOUT_MS);
        }
    }

    /** Closes listeners, connections and event loops, and waits for their threads to end. Does nothing the second time. */
    @Override
    public synchronized void close() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        stopAccepting();
        connections.close().awaitUninterruptibly(CLOSE_TIMEOUT_MS);
        eventLoops.shutdownGracefully(0, CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        if (!eventLoops.terminationFuture().awaitUninterruptibly(2 * CLOSE_TIMEOUT_MS)) {
            LOG.warn("Event loops still run {} ms after they were asked to end", 2 * CLOSE_TIMEOUT_MS);
        }
    }

    private int open(ListenerConfig listener, ApiRegistry registry, Consumer<Error> onFatalError) throws IOException {
        ChannelFuture bound = bootstrap(listener, registry, onFatalError)
                .bind(
                        listener.host().isEmpty()
                                ? new InetSocketAddress(listener.port())
                                : new InetSocketAddress(listener.host(), listener.port()))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            Throwable cause = bound.cause();
            stopAccepting();
            throw new IOException(
                    "Cannot listen at " + listener + ": " + reasonOf(cause)
                            + ". Is another process using the port, or is the address not one of this machine?",
                    cause);
        }
        listeners.add(bound.channel());
        int port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
        LOG.info(
                "Listening listener={} host={} port={} transport={}",
                listener.name(),
                listener.host(),
                port,
                transport);
        return port;
    }

    private static String reasonOf(Throwable cause) {
        // Such an exception has no message where the address was never resolved.
        return cause instanceof UnresolvedAddressException
                ? "the host name is not known"
                : String.valueOf(cause.getMessage());
    }

    /** The connections that are open now, for tests that look at their options. */
    ChannelGroup connections() {
        return connections;
    }

    private ServerBootstrap bootstrap(ListenerConfig listener, ApiRegistry registry, Consumer<Error> onFatalError) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(eventLoops)
                .channel(transport.serverChannel())
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, config.backlog())
                .handler(new AcceptRate(Math.max(1, config.maxConnectionsPerSecond())))
                .childOption(ChannelOption.ALLOCATOR, alloc)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.AUTO_READ, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNREAD_BYTES)
                .childHandler(new RequestPipeline(
                        listener.name(),
                        config.maxRequestBytes(),
                        config.connectionsMaxIdleMs(),
                        registry,
                        memory,
                        limits,
                        connections,
                        log,
                        onFatalError));
        // A size that is set, even the default one, ends the kernel's fitting it to the connection.
        if (config.receiveBufferBytes() > 0) {
            // On the listener, because the window scale is agreed on before the connection is accepted.
            bootstrap.option(ChannelOption.SO_RCVBUF, config.receiveBufferBytes());
        }
        if (config.sendBufferBytes() > 0) {
            bootstrap.childOption(ChannelOption.SO_SNDBUF, config.sendBufferBytes());
        }
        return bootstrap;
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException("The socket server is " + state + ", not " + expected);
        }
    }

    private static ThreadFactory ioThreads() {
        AtomicInteger next = new AtomicInteger();
        return task -> new FastThreadLocalThread(task, "io-" + next.getAndIncrement());
    }
}
