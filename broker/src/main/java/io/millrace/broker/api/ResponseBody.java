package io.millrace.broker.api;

import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCounted;
import java.util.Arrays;

/**
 * The body of a response in wire form, as pieces that leave one after the other: buffers, and regions of files that the
 * kernel sends. It owns its pieces until {@link #take} has handed them out; whoever holds it writes it or releases it.
 * For one thread at a time.
 */
public final class ResponseBody {
    private ReferenceCounted[] pieces;
    private int count;
    private int taken;
    private long bytes;

    /** @param head from {@link RequestContext#newBuffer}; what is written to it later counts too */
    public ResponseBody(ByteBuf head) {
        pieces = new ReferenceCounted[] {head};
        count = 1;
    }

    /** Adds a buffer; complete, it must not be written to any more. */
    public ResponseBody add(ByteBuf piece) {
        bytes += piece.readableBytes();
        append(piece);
        return this;
    }

    /** Adds a region of a file. */
    public ResponseBody add(FileRegion piece) {
        bytes += piece.count();
        append(piece);
        return this;
    }

    /** The first piece. */
    public ByteBuf head() {
        return (ByteBuf) pieces[0];
    }

    /** Bytes of all pieces together, the room in front of the body included. */
    public long bytes() {
        return head().writerIndex() + bytes;
    }

    /** Pieces not yet taken. */
    public int remaining() {
        return count - taken;
    }

    /** Hands out the next piece, which belongs to the caller then. */
    public ReferenceCounted take() {
        return pieces[taken++];
    }

    /** Lets go of all pieces that were not taken. */
    public void release() {
        while (taken < count) {
            pieces[taken++].release();
        }
    }

    private void append(ReferenceCounted piece) {
        if (count == pieces.length) {
            pieces = Arrays.copyOf(pieces, Math.max(4, count * 2));
        }
        pieces[count++] = piece;
    }
}
