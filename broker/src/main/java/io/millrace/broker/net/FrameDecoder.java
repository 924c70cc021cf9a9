package io.millrace.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a connection receives into frames: an int32 length, then so many bytes. What leaves it is one direct buffer a
 * frame, without the length, whose capacity is the length of the frame.
 *
 * <p>Small frames are copied out of the buffer that the event loop receives into ({@link ReceiveBuffers}). Of a larger one
 * only the beginning is: its own buffer is handed to the next reads, so its bytes are written once by the kernel and once by
 * the log. That buffer starts small and grows with the bytes received, because the length is a mere claim of the peer; on a
 * connection that has delivered large frames before, it starts as large as the last of them.
 *
 * <p>Reading stops while the {@link ResponseSequencer} is shut or memory is short; what has been received by then is held.
 */
final class FrameDecoder extends ChannelInboundHandlerAdapter implements RequestMemory.Waiter {
    /** A claim of so many bytes is believed at once. */
    private static final int FIRST_BYTES = 64 * 1024;

    /** The most that is believed of a connection that has delivered as much before. */
    private static final int MAX_FIRST_BYTES = 2 * 1024 * 1024;

    /** Few steps to the largest frame, and at most a third of it copied on the way. */
    private static final int GROWTH = 4;

    /** How long the one frame that overdraws the memory may take before it has to make room for others. */
    private static final int OVERDRAFT_SECONDS = 30;

    private final int maxFrameBytes;
    private final RequestMemory memory;
    private final ResponseSequencer answers;

    private @Nullable ChannelHandlerContext context;
    private int lengthBytes;
    private int length;
    private @Nullable ByteBuf frame;
    private int reserved;
    private int lastFrameBytes;
    private @Nullable ByteBuf held;
    private int heldBytes;
    private @Nullable ByteBuf resumed;
    private boolean waitsForMemory;
    private boolean decoding;

    /** @param maxFrameBytes a longer frame closes the connection */
    FrameDecoder(int maxFrameBytes, RequestMemory memory, ResponseSequencer answers) {
        this.maxFrameBytes = maxFrameBytes;
        this.memory = memory;
        this.answers = answers;
        answers.onOpen(this::resume);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** Where the next bytes of the frame belong, retained once more; null if they are not to be received into its buffer. */
    @Nullable
    ByteBuf receiving() {
        ByteBuf buffer = frame;
        return buffer != null && !waitsForMemory && held == null && buffer.isWritable() ? buffer.retain() : null;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf received = (ByteBuf) message;
        answers.beginBatch();
        try {
            if (received == frame) {
                advance(ctx);
            } else if (held != null) {
                countHeld(received.readableBytes());
                held.writeBytes(received);
            } else {
                decode(ctx, received);
            }
        } finally {
            received.release();
        }
        resume();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        answers.endBatch();
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        discard();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        discard();
    }

    @Override
    public void onReserved(ByteBuf waiting, int bytes) {
        ChannelHandlerContext ctx = context();
        ctx.executor().execute(() -> {
            if (frame != waiting) {
                memory.release(waiting, bytes);
                return;
            }
            waitsForMemory = false;
            grow(bytes);
            ctx.executor().schedule(() -> makeRoom(waiting), OVERDRAFT_SECONDS, TimeUnit.SECONDS);
            resume();
        });
    }

    @Override
    public boolean gone() {
        return !context().channel().isActive();
    }

    /** Goes on with what is held, and then with reading, if nothing stands in the way. */
    private void resume() {
        ChannelHandlerContext ctx = context();
        if (decoding
                || waitsForMemory
                || ctx.channel().config().isAutoRead()
                || !ctx.channel().isActive()) {
            return;
        }
        ByteBuf rest = held;
        if (rest != null) {
            held = null;
            resumed = rest;
            answers.beginBatch();
            try {
                decode(ctx, rest);
            } finally {
                resumed = null;
                if (held == null) {
                    releaseHeld(rest);
                }
                rest.release();
                answers.endBatch();
            }
        }
        if (held == null && !waitsForMemory && (frame != null || answers.isOpen())) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    private void decode(ChannelHandlerContext ctx, ByteBuf in) {
        decoding = true;
        try {
            while (in.isReadable() && ctx.channel().isActive()) {
                if (frame == null && !begin(ctx, in)) {
                    break;
                }
                ByteBuf buffer = frame;
                if (buffer != null && !waitsForMemory) {
                    in.readBytes(buffer, Math.min(in.readableBytes(), buffer.writableBytes()));
                    advance(ctx);
                }
                if (waitsForMemory) {
                    hold(ctx, in);
                    break;
                }
            }
        } finally {
            decoding = false;
        }
    }

    /** Reads the length of the next frame; false if it is not all there, refused, or may not be read yet. */
    private boolean begin(ChannelHandlerContext ctx, ByteBuf in) {
        if (lengthBytes == 0 && !answers.isOpen()) {
            hold(ctx, in);
            return false;
        }
        while (lengthBytes < Integer.BYTES) {
            if (!in.isReadable()) {
                return false;
            }
            length = length << 8 | in.readUnsignedByte();
            lengthBytes++;
        }
        if (length <= 0 || length > maxFrameBytes) {
            in.skipBytes(in.readableBytes());
            answers.closeNow("a frame of " + length + " bytes, not between 1 and " + maxFrameBytes);
            return false;
        }
        int believed = Math.max(FIRST_BYTES, Math.min(lastFrameBytes, MAX_FIRST_BYTES));
        int capacity = Math.min(length, Math.max(in.readableBytes(), believed));
        if (memory.tryReserve(capacity)) {
            frame = ctx.alloc().directBuffer(capacity, length);
            reserved = capacity;
        } else {
            frame = ctx.alloc().directBuffer(0, length);
            reserved = 0;
            waitForMemory(ctx, capacity);
        }
        return true;
    }

    /** The frame has taken bytes in: passes it on if it is complete, sees to more room if it is full. */
    private void advance(ChannelHandlerContext ctx) {
        ByteBuf buffer = frame;
        if (buffer == null) {
            return;
        }
        if (buffer.writerIndex() == length) {
            lastFrameBytes = length;
            frame = null;
            reserved = 0;
            length = 0;
            lengthBytes = 0;
            ctx.fireChannelRead(buffer);
            if (!answers.isOpen()) {
                ctx.channel().config().setAutoRead(false);
            }
        } else if (!buffer.isWritable()) {
            int more = (int) Math.min((long) reserved * GROWTH, length) - reserved;
            if (memory.tryReserve(more)) {
                grow(more);
            } else {
                waitForMemory(ctx, more);
            }
        }
    }

    private void waitForMemory(ChannelHandlerContext ctx, int bytes) {
        ByteBuf buffer = frame;
        if (buffer != null) {
            waitsForMemory = true;
            ctx.channel().config().setAutoRead(false);
            memory.reserve(bytes, buffer, this);
        }
    }

    private void grow(int bytes) {
        ByteBuf buffer = frame;
        if (buffer != null) {
            reserved += bytes;
            buffer.capacity(reserved);
        }
    }

    private void hold(ChannelHandlerContext ctx, ByteBuf in) {
        ctx.channel().config().setAutoRead(false);
        if (in == resumed) {
            held = in.retain();
        } else if (in.isReadable()) {
            countHeld(in.readableBytes());
            held = ctx.alloc().directBuffer(in.readableBytes()).writeBytes(in);
        }
    }

    private void countHeld(int bytes) {
        heldBytes += bytes;
        memory.add(bytes);
    }

    private void releaseHeld(ByteBuf buffer) {
        int bytes = heldBytes;
        heldBytes = 0;
        memory.release(buffer, bytes);
    }

    private void makeRoom(ByteBuf waited) {
        if (frame == waited && memory.isShort()) {
            answers.closeNow("a frame of " + length + " bytes was not received within " + OVERDRAFT_SECONDS
                    + " s while memory for requests is short");
        }
    }

    private void discard() {
        ByteBuf buffer = frame;
        if (buffer != null) {
            frame = null;
            memory.release(buffer, reserved);
            buffer.release();
        }
        ByteBuf rest = held;
        if (rest != null) {
            held = null;
            releaseHeld(rest);
            rest.release();
        }
        waitsForMemory = false;
    }

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("Not in a pipeline yet");
        }
        return context;
    }
}
