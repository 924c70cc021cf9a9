package io.millrace.client.net;

import io.netty.buffer.ByteBuf;

/** An encoded request and the call it belongs to. */
record OutgoingFrame(PendingCall<?> call, ByteBuf bytes) {

    void release() {
        bytes.release();
    }
}
