package io.millrace.storage.file;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * Copies out of mapped memory and into it, and finds out whether each page was there. Any thread; makes no object unless there is a fault.
 *
 * <p>A page that cannot be had is no exception at the place where it is touched: the JVM goes on behind the access as if nothing had been,
 * and throws an {@link InternalError} later, on Java 17 much later and anywhere in what the thread does next. A copy does stop at such a
 * page. So marks are put beforehand where the first and the last bytes of each page are going to be: one that is still there
 * was not copied over, and then the error is waited for here. What is stored is looked at in the same way.
 */
final class MappedCopy {
    /** Fewer bytes have no room for a mark. */
    static final int MIN_BYTES = Long.BYTES;

    /** Not data: nobody can know it, or records that hold it would make each look at them as dear as a fault. */
    private static final long MARK = new SecureRandom().nextLong();

    private static final int INT_MARK = (int) MARK;

    /** The smallest page there is: marks at its multiples are in each larger one too. */
    static final int PAGE = 4096;

    /** Larger than what a thread allocates by itself: the JVM is asked for it, and throws what it has kept. */
    private static final int LARGE_BYTES = 4 * 1024 * 1024;

    private static final int TRIES = 16;

    private static volatile byte[] sink = {};

    private MappedCopy() {}

    /**
     * Copies {@code count} bytes, at least {@link #MIN_BYTES}; neither buffer's position moves.
     *
     * @param filePosition of the first byte: a multiple of the page size where a page begins
     * @return false if a page could not be read, or if that could not be told: what is in the target is worthless
     */
    static boolean copy(ByteBuffer mapped, int from, long filePosition, ByteBuffer target, int at, int count) {
        int inLastPage = (int) (filePosition + count & (PAGE - 1));
        if (inLastPage > 0 && inLastPage < Long.BYTES && inLastPage < count) {
            // No room for a mark, and the one before the end is partly in the page before.
            return false;
        }
        // The copy is in a method of its own: an error that the JVM throws while it leaves compiled code, as where the
        // first fault takes a way that was never taken before, passes by the handlers of the innermost one.
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

    /**
     * Copies {@code count} bytes into mapped memory and looks back at the end of each page of them: what a page has not taken would be
     * acknowledged else, and be gone.
     *
     * @param filePosition of the first byte: a multiple of the page size where a page begins
     * @param lookBack room for eight bytes, the caller's own
     * @return false if a page could not be written
     */
    static boolean store(
            ByteBuffer source,
            int index,
            ByteBuffer mapped,
            int at,
            long filePosition,
            int count,
            ByteBuffer lookBack) {
        // Nothing else here, as above.
        try {
            return storeAndLookBack(source, index, mapped, at, filePosition, count, lookBack);
        } catch (InternalError e) {
            return false;
        }
    }

    private static boolean storeAndLookBack(
            ByteBuffer source,
            int index,
            ByteBuffer mapped,
            int at,
            long filePosition,
            int count,
            ByteBuffer lookBack) {
        mapped.put(at, source, index, count);
        lookBack.order(source.order());
        boolean whole = true;
        for (int end = (int) (PAGE - (filePosition & (PAGE - 1))); end < count; end += PAGE) {
            whole &= isThere(source, index, mapped, at, end, lookBack);
        }
        whole &= isThere(source, index, mapped, at, count, lookBack);
        if (!whole) {
            awaitError();
        }
        return whole;
    }

    // Up to eight bytes before `end`.
    private static boolean isThere(
            ByteBuffer source, int index, ByteBuffer mapped, int at, int end, ByteBuffer lookBack) {
        int bytes = Math.min(Long.BYTES, end);
        int from = end - bytes;
        if (bytes == Long.BYTES) {
            long expected = source.getLong(index + from);
            lookBack.putLong(0, ~expected).put(0, mapped, at + from, bytes);
            return lookBack.getLong(0) == expected;
        }
        boolean same = true;
        for (int i = 0; i < bytes; i++) {
            byte expected = source.get(index + i);
            lookBack.put(0, (byte) ~expected).put(0, mapped, at + i, 1);
            same &= lookBack.get(0) == expected;
        }
        return same;
    }

    /**
     * Whether four bytes can be read.
     *
     * @param at a multiple of four, so that they lie in one page
     * @param target room for four bytes, the caller's own
     */
    static boolean isThere(ByteBuffer mapped, int at, ByteBuffer target) {
        // Nothing else here, as above.
        try {
            return replacesMark(mapped, at, target);
        } catch (InternalError e) {
            return false;
        }
    }

    private static boolean replacesMark(ByteBuffer mapped, int at, ByteBuffer target) {
        target.putInt(0, INT_MARK).put(0, mapped, at, Integer.BYTES);
        if (target.getInt(0) != INT_MARK) {
            return true;
        }
        // So short a mark can be data, but not two of them.
        target.putInt(0, ~INT_MARK).put(0, mapped, at, Integer.BYTES);
        if (target.getInt(0) != ~INT_MARK) {
            return true;
        }
        awaitError();
        return false;
    }

    /**
     * Stores eight bytes as one, so that whoever looks at them meanwhile sees all or nothing, and four more behind them, and looks
     * back.
     *
     * @param at a multiple of four
     * @param bytes 8, and {@code tail} is not stored, or 12
     * @param lookBack room for twelve bytes, the caller's own
     * @return false if a page could not be written
     */
    static boolean storeEntry(ByteBuffer mapped, int at, long head, int tail, int bytes, ByteBuffer lookBack) {
        // Nothing else here, as above.
        try {
            return storeEntryAndLookBack(mapped, at, head, tail, bytes, lookBack);
        } catch (InternalError e) {
            return false;
        }
    }

    private static boolean storeEntryAndLookBack(
            ByteBuffer mapped, int at, long head, int tail, int bytes, ByteBuffer lookBack) {
        mapped.putLong(at, head);
        if (bytes > Long.BYTES) {
            mapped.putInt(at + Long.BYTES, tail);
        }
        lookBack.putLong(0, ~head).putInt(Long.BYTES, ~tail).put(0, mapped, at, bytes);
        boolean whole = lookBack.getLong(0) == head && (bytes == Long.BYTES || lookBack.getInt(Long.BYTES) == tail);
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
