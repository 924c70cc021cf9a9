package io.millrace.broker.controller;

import io.millrace.client.net.AddressLookup;
import io.millrace.client.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees at once that the process of another broker is gone, where ZooKeeper would tell only when its session has run out:
 * keeps a connection to its port, on which nothing is said, and tries again when that closes. A machine refuses connections to a
 * port that nobody listens at any more; two refusals in a row are reported, and later that the port is open again. Silence,
 * as of a machine that has lost its power or a process that stands still, means nothing here: that is left to the session.
 *
 * <p>What is reported is a reason to have others lead, which is safe at any time, and never more: a firewall refuses too.
 *
 * <p>Everything happens on one event loop of the transport; {@link #close} may be called by any thread.
 */
final class PortWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PortWatch.class);

    private static final int CONNECT_TIMEOUT_MS = 10_000;

    /** Between the first refusal and the second, and after that between looks whether the port is open again. */
    private static final long RETRY_MS = 50;

    private static final long LONGEST_RETRY_MS = 500;

    /** A connection that lasted shorter was turned away, by a limit of connections for instance: no reason to hurry. */
    private static final long ACCEPTED_FOR_MS = 1_000;

    private static final int REFUSALS = 2;

    /** Hears of the port; called on the event loop. */
    interface Listener {
        /** @param open false if it refuses connections, true if it takes them again after that */
        void onPort(boolean open);
    }

    private final String host;
    private final int port;
    private final Listener listener;
    private final Bootstrap bootstrap;
    private final EventLoop loop;
    private @Nullable Channel channel;
    private long acceptedNs;
    private int refusals;
    private long retryMs = RETRY_MS;
    private volatile boolean closed;

    private PortWatch(Transport transport, String host, int port, Listener listener) {
        this.host = host;
        this.port = port;
        this.listener = listener;
        this.loop = transport.group().next();
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(transport.channels())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new Deaf());
    }

    /** Begins to watch. */
    static PortWatch open(Transport transport, String host, int port, Listener listener) {
        PortWatch watch = new PortWatch(transport, host, port, listener);
        watch.loop.execute(watch::look);
        return watch;
    }

    private void look() {
        if (closed) {
            return;
        }
        // Each time, because a broker may move.
        AddressLookup.of(host).whenComplete((addresses, failure) -> {
            try {
                loop.execute(() -> {
                    if (addresses == null) {
                        lookLater();
                    } else {
                        connect(addresses, 0, true);
                    }
                });
            } catch (RejectedExecutionException e) {
                LOG.debug("The event loop has ended, {}:{} is not watched any more", host, port);
            }
        });
    }

    private void connect(InetAddress[] addresses, int index, boolean allRefused) {
        if (closed) {
            return;
        }
        bootstrap.connect(new InetSocketAddress(addresses[index], port)).addListener((ChannelFuture attempt) -> {
            if (attempt.isSuccess()) {
                onAccepted(attempt.channel());
                return;
            }
            boolean refused = allRefused && isRefusal(attempt.cause());
            if (index + 1 < addresses.length) {
                connect(addresses, index + 1, refused);
            } else {
                onFailure(refused);
            }
        });
    }

    private void onAccepted(Channel accepted) {
        if (closed) {
            accepted.close();
            return;
        }
        channel = accepted;
        acceptedNs = System.nanoTime();
        if (refusals >= REFUSALS) {
            LOG.info("{}:{} takes connections again", host, port);
            listener.onPort(true);
        }
        refusals = 0;
        retryMs = RETRY_MS;
        accepted.closeFuture().addListener(gone -> onClosed());
    }

    private void onFailure(boolean refused) {
        if (refused) {
            refusals++;
            if (refusals == REFUSALS) {
                LOG.info("{}:{} refuses connections", host, port);
                listener.onPort(false);
            }
        }
        lookLater();
    }

    private void onClosed() {
        channel = null;
        if (System.nanoTime() - acceptedNs >= TimeUnit.MILLISECONDS.toNanos(ACCEPTED_FOR_MS)) {
            look();
        } else {
            lookLater();
        }
    }

    private void lookLater() {
        if (!closed) {
            loop.schedule(this::look, retryMs, TimeUnit.MILLISECONDS);
            if (refusals >= REFUSALS) {
                retryMs = Math.min(LONGEST_RETRY_MS, 2 * retryMs);
            }
        }
    }

    private static boolean isRefusal(Throwable failure) {
        return failure instanceof ConnectException && !(failure instanceof ConnectTimeoutException);
    }

    /** Ends the watch; what is under way may still be heard of. */
    @Override
    public void close() {
        closed = true;
        // The loop may be gone already, with all its connections.
        if (!loop.isShuttingDown()) {
            loop.execute(() -> {
                if (channel != null) {
                    channel.close();
                }
            });
        }
    }

    /** Nothing is asked, so nothing is answered. */
    private static final class Deaf extends ChannelInboundHandlerAdapter {
        @Override
        public boolean isSharable() {
            return true;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
