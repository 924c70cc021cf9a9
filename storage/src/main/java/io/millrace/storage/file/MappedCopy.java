package io.millrace.storage.file;

import java.nio.ByteBuffer;

/**
 * Copies out of mapped memory, and finds out whether the disk gave it all. Any thread; makes no object unless there is a fault.
 *
 * <p>A page that cannot be read is no exception at the place where it is touched: the JVM goes on behind the access as if nothing had been,
 * and throws an {@link InternalError} later, on Java 17 much later and anywhere in what the thread does next. A copy does stop at such a
 * page. So marks are put beforehand where the first and the last bytes of each page are going to be: one that is still there
 * was not copied over, and then the error is waited for here.
 */
final class MappedCopy {
    /** Fewer bytes have no room for a mark. */
    static final int MIN_BYTES = Long.BYTES;

    // Not likely to be data; what is data nonetheless is read by a call.
    private static final long MARK = 0x8f3a_61c4_d29b_07e5L;

    /** The smallest page there is: marks at its multiples are in each larger one too. */
    private static final int PAGE = 4096;

    /** Larger than what a thread allocates by itself: the JVM is asked for it, and throws what it has kept. */
    private static final int LARGE_BYTES = 4 * 1024 * 1024;

    private static final int TRIES = 16;

    private static volatile byte[] sink = {};

    private MappedCopy() {}

    /**
     * Copies {@code count} bytes, at least {@link #MIN_BYTES}; neither buffer's position moves.
     *
     * @param filePosition of the first byte: a multiple of the page size where a page begins
     * @return false if a page could not be read: what is in the target is worthless
     */
    static boolean copy(ByteBuffer mapped, int from, long filePosition, ByteBuffer target, int at, int count) {
        // Nothing else in this method: an error that the JVM throws while it leaves compiled code, as where the first
        // fault takes a way
        // that was never taken before, passes by the handlers of the innermost method.
        try {
            return copyMarked(mapped, from, filePosition, target, at, count);
        } catch (InternalError e) {
            return false;
        }
    }

    private static boolean copyMarked(
            ByteBuffer mapped, int from, long filePosition, ByteBuffer target, int at, int count) {
        int last = at + count - Long.BYTES;
        int firstPage = at + (int) (-filePosition & (PAGE - 1));
        target.putLong(at, MARK).putLong(last, MARK);
        for (int page = firstPage; page < last; page += PAGE) {
            target.putLong(page, MARK);
        }
        target.put(at, mapped, from, count);
        boolean whole = target.getLong(at) != MARK && target.getLong(last) != MARK;
        for (int page = firstPage; page < last; page += PAGE) {
            whole &= target.getLong(page) != MARK;
        }
        if (!whole) {
            awaitError();
        }
        return whole;
    }

    private static void awaitError() {
        for (int i = 0; i < TRIES; i++) {
            sink = new byte[LARGE_BYTES];
        }
        sink = new byte[0];
    }
}
