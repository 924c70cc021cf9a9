package io.millrace.storage.log;

import java.util.Arrays;

/**
 * The stretches of a segment that are known to be damaged: found by recovery or by the scrubber, stepped over by everybody since.
 * What was on disk once is never cut because of damage in front of it. Reads are lock-free; any thread.
 *
 * <p>A walk without the log's lock that meets a truncation sees damage where there is none, so the cuts are counted here, as in a
 * sequence lock: what was seen counts only if no cut began or ended between the first look and the note.
 */
final class SegmentDamage {
    private static final int POSITION = 0;
    private static final int END = 1;
    private static final int FIRST_OFFSET = 2;
    private static final int NEXT_OFFSET = 3;
    private static final int FIELDS = 4;
    private static final long[] NONE = {};

    // In the order of their positions.
    private volatile long[] stretches = NONE;

    // Odd during a cut.
    private volatile int cuts;

    boolean isEmpty() {
        return stretches.length == 0;
    }

    /** To be asked before a walk without the log's lock, and given to {@link #isUncutSince} behind it. */
    int cuts() {
        return cuts;
    }

    /** Whether the segment was not being cut then, and has not been since: what a walk saw is what lies there. */
    boolean isUncutSince(int cutsBefore) {
        return cuts == cutsBefore && (cutsBefore & 1) == 0;
    }

    /**
     * Notes a stretch, unless the segment was cut meanwhile.
     *
     * @param cutsBefore {@link #cuts} before the look at it
     * @param firstOffset no record before it is hurt
     * @param nextOffset first record behind it
     * @return false if it was known, or is not believed
     */
    synchronized boolean add(int cutsBefore, long position, long end, long firstOffset, long nextOffset) {
        if (!isUncutSince(cutsBefore)) {
            return false;
        }
        long[] now = stretches;
        int at = 0;
        while (at < now.length && now[at + POSITION] < position) {
            at += FIELDS;
        }
        if (at < now.length && now[at + POSITION] == position) {
            return false;
        }
        long[] longer = new long[now.length + FIELDS];
        System.arraycopy(now, 0, longer, 0, at);
        System.arraycopy(now, at, longer, at + FIELDS, now.length - at);
        longer[at + POSITION] = position;
        longer[at + END] = end;
        longer[at + FIRST_OFFSET] = firstOffset;
        longer[at + NEXT_OFFSET] = nextOffset;
        stretches = longer;
        return true;
    }

    /** Position after the stretch that holds {@code position}; -1 if none does. */
    long endOfStretchAt(long position) {
        long[] now = stretches;
        for (int at = 0; at < now.length; at += FIELDS) {
            if (position >= now[at + POSITION] && position < now[at + END]) {
                return now[at + END];
            }
        }
        return -1;
    }

    /** Position of the stretch that may hold the record at {@code offset}; -1 if none may. */
    long positionOfOffset(long offset) {
        long[] now = stretches;
        for (int at = 0; at < now.length; at += FIELDS) {
            if (offset >= now[at + FIRST_OFFSET] && offset < now[at + NEXT_OFFSET]) {
                return now[at + POSITION];
            }
        }
        return -1;
    }

    /** Offset of the first record that may be hurt by the stretch that begins at {@code position}; -1 if none does. */
    long firstOffsetAt(long position) {
        long[] now = stretches;
        for (int at = 0; at < now.length; at += FIELDS) {
            if (now[at + POSITION] == position) {
                return now[at + FIRST_OFFSET];
            }
        }
        return -1;
    }

    /** Offset of the first record behind the stretch that holds {@code position}; -1 if none does. */
    long nextOffsetAt(long position) {
        long[] now = stretches;
        for (int at = 0; at < now.length; at += FIELDS) {
            if (position >= now[at + POSITION] && position < now[at + END]) {
                return now[at + NEXT_OFFSET];
            }
        }
        return -1;
    }

    /** Position of the first damaged byte at or behind {@code position}; {@link Long#MAX_VALUE} if there is none. */
    long nextPosition(long position) {
        long[] now = stretches;
        for (int at = 0; at < now.length; at += FIELDS) {
            // What is missing altogether has no bytes, and a batch may have come to where it was.
            if (now[at + POSITION] >= position && now[at + END] > now[at + POSITION]) {
                return now[at + POSITION];
            }
        }
        return Long.MAX_VALUE;
    }

    /** The segment is going to be cut: what looks damaged from here to {@link #cutAt} need not be. The writer. */
    synchronized void beginCut() {
        cuts |= 1;
    }

    /** The segment was cut. The writer. */
    synchronized void cutAt(long position) {
        cuts = (cuts | 1) + 1;
        long[] now = stretches;
        int kept = 0;
        while (kept < now.length && now[kept + POSITION] < position) {
            kept += FIELDS;
        }
        if (kept < now.length) {
            stretches = Arrays.copyOf(now, kept);
        }
    }

    /** Takes what is known of a stretch. */
    interface Visitor {
        void visit(long position, long end, long firstOffset, long nextOffset);
    }

    void forEach(Visitor visitor) {
        long[] now = stretches;
        for (int at = 0; at < now.length; at += FIELDS) {
            visitor.visit(now[at + POSITION], now[at + END], now[at + FIRST_OFFSET], now[at + NEXT_OFFSET]);
        }
    }
}
