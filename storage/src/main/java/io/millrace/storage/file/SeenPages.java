package io.millrace.storage.file;

import java.util.Arrays;

/**
 * Which pages of a file a look has read by a call a short while ago, so that they are in memory: a page that is not would be fetched by
 * a fault, and the safepoints of the whole JVM wait for a thread that is in one, on a disk that hangs for ever. A read call holds up
 * nobody but its thread. A page may be evicted in the meantime, so what is known is {@link #forget forgotten} from time to time, and
 * what was read ahead to be sent, which goes first, is not taken in.
 *
 * <p>Any thread, without a lock: a bit that two threads lose to each other costs one more call. Unit of all positions and counts: bytes.
 */
final class SeenPages {
    /** Of no file. */
    static final SeenPages NONE = new SeenPages(new long[0]);

    private static final int PAGE_SHIFT = 12;

    // A bit for each page.
    private final long[] words;

    private SeenPages(long[] words) {
        this.words = words;
    }

    /** @param length up to which it keeps count */
    static SeenPages of(int length) {
        return new SeenPages(new long[(page(length) >> 6) + 1]);
    }

    private static int page(long position) {
        return (int) (position >> PAGE_SHIFT);
    }

    /** Whether all pages of these bytes, at least one, were seen. */
    boolean holds(long position, int count) {
        int last = page(position + count - 1);
        if (last >> 6 >= words.length) {
            return false;
        }
        for (int page = page(position); page <= last; page++) {
            if ((words[page >> 6] & 1L << page) == 0) {
                return false;
            }
        }
        return true;
    }

    /** These bytes have been read by a call; what lies behind the length is left out. */
    void add(long position, int count) {
        int last = Math.min(page(position + count - 1), (words.length << 6) - 1);
        for (int page = page(position); page <= last; page++) {
            words[page >> 6] |= 1L << page;
        }
    }

    /** Nothing is known any more. */
    void forget() {
        Arrays.fill(words, 0);
    }
}
