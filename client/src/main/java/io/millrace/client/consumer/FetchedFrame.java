package io.millrace.client.consumer;

import io.millrace.client.net.FramePool;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The memory of one answer to a fetch, which is to be used again when all of its chunks have been read. One that is dropped
 * unread, because its partition is gone or was sought elsewhere, leaves the memory to the garbage collector.
 */
final class FetchedFrame {
    private final FramePool pool;
    private final AtomicInteger unread;

    /** @param chunks how many lie in the answer; each says once that it was read */
    FetchedFrame(FramePool pool, int chunks) {
        this.pool = pool;
        this.unread = new AtomicInteger(chunks);
    }

    /** The records of a chunk were read to their end, and none of their bytes are needed any more. */
    void onRead(ByteBuffer records) {
        if (unread.decrementAndGet() == 0) {
            pool.giveBack(records);
        }
    }
}
