package io.millrace.client.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The event loops that connections run on, and the kind of channel that fits them. A caller with loops of its own (a
 * broker) passes those; a client makes one loop for itself with {@link #nio}.
 *
 * @param group the loops; owned by whoever made them
 * @param channels makes a channel that these loops can run
 */
public record Transport(EventLoopGroup group, ChannelFactory<? extends Channel> channels) {
    private static final long SHUTDOWN_TIMEOUT_MS = 5_000;

    /**
     * Loops on the selector of the JDK.
     *
     * @param threadName of the daemon thread; with more than one thread a dash and a number follow
     * @param threads 1 or more
     */
    public static Transport nio(String threadName, int threads) {
        AtomicInteger next = new AtomicInteger();
        ThreadFactory factory = task -> {
            String name = threads == 1 ? threadName : threadName + "-" + next.getAndIncrement();
            Thread thread = new io.netty.util.concurrent.FastThreadLocalThread(task, name);
            thread.setDaemon(true);
            return thread;
        };
        return new Transport(
                new MultiThreadIoEventLoopGroup(threads, factory, NioIoHandler.newFactory()), NioSocketChannel::new);
    }

    /** Has the loops stop soon, and does not wait for that. */
    public void stop() {
        group.shutdownGracefully(0, SHUTDOWN_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    /** Stops the loops and waits a few seconds for them. Not to be called on one of them. */
    public void shutdown() {
        stop();
        group.terminationFuture().awaitUninterruptibly(SHUTDOWN_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }
}
