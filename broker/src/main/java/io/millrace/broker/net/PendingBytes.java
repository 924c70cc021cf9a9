package io.millrace.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import io.netty.channel.MessageSizeEstimator;

/**
 * Counts what waits to be sent. Unlike Netty's own estimate it counts regions of files too: they take no memory, but a peer
 * that does not read them shall not get more of its requests taken on.
 */
enum PendingBytes implements MessageSizeEstimator, MessageSizeEstimator.Handle {
    INSTANCE;

    @Override
    public Handle newHandle() {
        return this;
    }

    @Override
    public int size(Object message) {
        if (message instanceof ByteBuf buffer) {
            return buffer.readableBytes();
        }
        if (message instanceof FileRegion region) {
            return (int) Math.min(region.count(), Integer.MAX_VALUE);
        }
        return 0;
    }
}
