package io.millrace.client.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;

/** Sets up the pipeline of a connection, which is all there is: frames in, and what happens to the channel. */
final class ConnectionHandler extends ChannelInitializer<Channel> {
    private final BrokerConnection connection;
    private final int maxFrameBytes;
    private final FramePool memory;

    ConnectionHandler(BrokerConnection connection, int maxFrameBytes, FramePool memory) {
        this.connection = connection;
        this.maxFrameBytes = maxFrameBytes;
        this.memory = memory;
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.pipeline()
                .addLast(new FrameReader(maxFrameBytes, memory, connection::onFrame))
                .addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelInactive(ChannelHandlerContext context) {
                        connection.onInactive();
                    }

                    @Override
                    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                        connection.onFailure(cause);
                    }
                });
    }
}
