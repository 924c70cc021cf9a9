package io.millrace.client.net;

import io.millrace.protocol.wire.WireException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Cuts what arrives into frames: four bytes of size, then so many bytes. A frame is copied once, into an array that belongs
 * to whoever takes it, so that record batches may be read from it for as long as they are needed. Who knows when that is
 * over may give the array back to the {@link FramePool} that it came from.
 */
final class FrameReader extends ChannelInboundHandlerAdapter {
    private final int maxFrameBytes;
    private final FramePool memory;
    private final Consumer<ByteBuffer> frames;

    private int size;
    private int sizeBytesLeft = Integer.BYTES;
    private byte[] frame = new byte[0];
    private int filled;

    FrameReader(int maxFrameBytes, FramePool memory, Consumer<ByteBuffer> frames) {
        this.maxFrameBytes = maxFrameBytes;
        this.memory = memory;
        this.frames = frames;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable()) {
                if (sizeBytesLeft > 0) {
                    readSizeByte(in);
                } else {
                    readFrameBytes(in);
                }
            }
        } finally {
            in.release();
        }
    }

    private void readSizeByte(ByteBuf in) {
        size = (size << 8) | in.readUnsignedByte();
        if (--sizeBytesLeft == 0) {
            if (size <= 0 || size > maxFrameBytes) {
                throw new WireException("An answer of " + Integer.toUnsignedString(size)
                        + " bytes was announced, where 1 to " + maxFrameBytes + " are allowed");
            }
            frame = memory.take(size);
            filled = 0;
        }
    }

    private void readFrameBytes(ByteBuf in) {
        int count = Math.min(in.readableBytes(), size - filled);
        in.readBytes(frame, filled, count);
        filled += count;
        if (filled == size) {
            ByteBuffer complete = ByteBuffer.wrap(frame, 0, size).slice();
            frame = new byte[0];
            size = 0;
            sizeBytesLeft = Integer.BYTES;
            frames.accept(complete);
        }
    }
}
