package io.millrace.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Says into which buffer a connection receives: into that of the frame it is in the middle of, or else into one buffer that
 * all connections of an event loop share, since what is received is decoded before the loop turns to the next connection.
 * So an idle connection holds no buffer, and a large frame is not copied.
 */
final class ReceiveBuffers implements RecvByteBufAllocator {
    /** Many small requests, or the beginning of a large one that is copied; larger only spoils the cache. */
    private static final int SHARED_BYTES = 64 * 1024;

    /** Reads of one connection before the others have their turn. */
    private static final int MAX_READS = 16;

    private static final FastThreadLocal<ByteBuf> SHARED = new FastThreadLocal<>() {
        @Override
        protected ByteBuf initialValue() {
            return Unpooled.directBuffer(SHARED_BYTES, SHARED_BYTES);
        }

        @Override
        protected void onRemoval(ByteBuf buffer) {
            buffer.release();
        }
    };

    private final FrameDecoder decoder;

    ReceiveBuffers(FrameDecoder decoder) {
        this.decoder = decoder;
    }

    @Override
    @SuppressWarnings(
            "deprecation") // the interface asks for its own deprecated Handle; what comes back is the extended one
    public Handle newHandle() {
        return new Reads();
    }

    private final class Reads implements ExtendedHandle {
        private ChannelConfig config;
        private int reads;
        private int attempted;
        private int lastRead;

        @Override
        public ByteBuf allocate(ByteBufAllocator alloc) {
            ByteBuf own = decoder.receiving();
            if (own != null) {
                return own;
            }
            ByteBuf shared = SHARED.get();
            // Somebody may have kept it, as a handler in front of the decoder would have to.
            return shared.refCnt() == 1 ? shared.retain().clear() : alloc.directBuffer(SHARED_BYTES);
        }

        @Override
        public int guess() {
            return SHARED_BYTES;
        }

        @Override
        public void reset(ChannelConfig config) {
            this.config = config;
            reads = 0;
            lastRead = 0;
            attempted = 0;
        }

        @Override
        public void incMessagesRead(int count) {
            reads += count;
        }

        @Override
        public void lastBytesRead(int bytes) {
            lastRead = bytes;
        }

        @Override
        public int lastBytesRead() {
            return lastRead;
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            attempted = bytes;
        }

        @Override
        public int attemptedBytesRead() {
            return attempted;
        }

        @Override
        public boolean continueReading() {
            return continueReading(() -> attempted == lastRead);
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return config.isAutoRead() && reads < MAX_READS && lastRead > 0 && maybeMoreData.get();
        }

        @Override
        public void readComplete() {}
    }
}
