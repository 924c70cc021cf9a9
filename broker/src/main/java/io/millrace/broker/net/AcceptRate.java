package io.millrace.broker.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;

/**
 * Accepts no more than so many connections a second at one listener. Those beyond wait in the backlog of the system, and a
 * client sees a slow connect rather than a refusal. On the event loop of the listener.
 */
final class AcceptRate extends ChannelInboundHandlerAdapter {
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int maxPerSecond;
    private long secondStart = System.nanoTime();
    private int inSecond;

    /** @param maxPerSecond 1 or more */
    AcceptRate(int maxPerSecond) {
        this.maxPerSecond = maxPerSecond;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object connection) {
        long now = System.nanoTime();
        if (now - secondStart >= SECOND_NANOS) {
            secondStart = now;
            inSecond = 0;
        }
        if (++inSecond >= maxPerSecond && ctx.channel().config().isAutoRead()) {
            ctx.channel().config().setAutoRead(false);
            long waitNanos = secondStart + SECOND_NANOS - now;
            ctx.executor().schedule(() -> ctx.channel().config().setAutoRead(true), waitNanos, TimeUnit.NANOSECONDS);
        }
        ctx.fireChannelRead(connection);
    }
}
