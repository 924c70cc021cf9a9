package io.millrace.client.net;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The arrays that large answers are read into, to be used again once somebody says that nobody reads them any more. Who
 * never says so loses nothing: then the array is garbage like any other. Any thread.
 */
public final class FramePool {
    /** Smaller frames are as cheap to allocate. */
    private static final int SMALLEST = 16 << 10;

    /** What lies here unused is at most this. One consumer has few frames under way: a broker has one, or two. */
    private static final int MAX_SPARE_BYTES = 16 << 20;

    /** An array serves for a frame that fills a quarter of it: else small frames would hold on to large arrays. */
    private static final int LARGEST_WASTE = 4;

    /** Arrays are rounded up by an eighth at most, so that frames of about the same size fit into each other's. */
    private static final int ROUNDING = 8;

    private final List<byte[]> spares = new ArrayList<>();
    private long spareBytes;

    /** An array to read a frame of {@code size} bytes into, from its start. */
    byte[] take(int size) {
        return size < SMALLEST ? new byte[size] : takeLarge(size);
    }

    private synchronized byte[] takeLarge(int size) {
        int best = -1;
        for (int i = 0; i < spares.size(); i++) {
            int length = spares.get(i).length;
            if (length >= size && length / LARGEST_WASTE <= size && (best < 0 || length < spares.get(best).length)) {
                best = i;
            }
        }
        if (best < 0) {
            int step = Integer.highestOneBit(size) / ROUNDING;
            return new byte[(int) Math.min(Integer.MAX_VALUE - Long.BYTES, ((long) size + step - 1) / step * step)];
        }
        byte[] spare = spares.remove(best);
        spareBytes -= spare.length;
        return spare;
    }

    /** Says that nobody reads what lies in the memory of this buffer any more, neither through it nor through another one. */
    public synchronized void giveBack(ByteBuffer frame) {
        if (!frame.hasArray() || frame.array().length < SMALLEST) {
            return;
        }
        spares.add(frame.array());
        spareBytes += frame.array().length;
        while (spareBytes > MAX_SPARE_BYTES) {
            spareBytes -= spares.remove(0).length; // the oldest: nobody has found it fitting
        }
    }
}
