package io.millrace.storage.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Where the last batches of an active segment lie: nearly every fetch asks for one of them, and finds its place here without a look at
 * index and file. Held by a segment while it is written to, so that an idle log has none.
 *
 * <p>One writer; readers take no lock and look again when the writer came between (a sequence lock). What they find was appended by this
 * process, so that it needs no check against the file. Batches of one segment follow each other without a gap between
 * their bytes; their offsets may leave gaps.
 */
final class RecentBatches {
    /** A reader that keeps up is a few batches behind, and this many lie in nine cache lines. */
    static final int CAPACITY = 16;

    private static final int BASE_OFFSET = 0;
    private static final int LAST_OFFSET = 1;
    private static final int PLACE = 2;
    private static final int FIELDS = 3;

    /** A writer is through within nanoseconds, unless it lost its processor. */
    private static final int TRIES = 3;

    private static final VarHandle VERSION;

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(RecentBatches.class, "version", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long[] fields = new long[CAPACITY * FIELDS];

    // Twice the number of batches noted; odd while one is being noted.
    private long version;

    /** What {@link #find} found; belongs to one thread. */
    static final class Found {
        long position;
        long end;
        int firstBatchBytes;
    }

    /** Notes the batch that was appended behind the last one. The writer. */
    void add(long baseOffset, long lastOffset, int position, int size) {
        long before = version;
        VERSION.setOpaque(this, before + 1);
        VarHandle.storeStoreFence();
        int at = slot(before >>> 1);
        fields[at + BASE_OFFSET] = baseOffset;
        fields[at + LAST_OFFSET] = lastOffset;
        fields[at + PLACE] = (long) position << 32 | size;
        VERSION.setRelease(this, before + 2);
    }

    private static int slot(long number) {
        return (int) (number & CAPACITY - 1) * FIELDS;
    }

    /**
     * Finds the batches from the one that holds {@code offset}, or is the first behind it, up to {@code upperBoundOffset} and
     * {@code maxBytes}; see {@link PartitionLog#read}. Nothing is below the bound where {@code end} is not behind {@code position}.
     *
     * @return false if the offset lies before the batches known here, or nothing is at or behind it
     */
    boolean find(long offset, int maxBytes, boolean minOneBatch, long upperBoundOffset, Found out) {
        for (int i = 0; i < TRIES; i++) {
            long before = (long) VERSION.getAcquire(this);
            if ((before & 1) == 0) {
                boolean found = search(before >>> 1, offset, maxBytes, minOneBatch, upperBoundOffset, out);
                VarHandle.loadLoadFence();
                if ((long) VERSION.getOpaque(this) == before) {
                    return found;
                }
            }
            Thread.onSpinWait();
        }
        return false;
    }

    // Whatever it reads while the writer comes between is thrown away.
    private boolean search(
            long count, long offset, int maxBytes, boolean minOneBatch, long upperBoundOffset, Found out) {
        long oldest = Math.max(0, count - CAPACITY);
        long first = count;
        while (first > oldest && fields[slot(first - 1) + LAST_OFFSET] >= offset) {
            first--;
        }
        // In a gap before the oldest another batch may begin that is not known here.
        if (first == count || first == oldest && fields[slot(first) + BASE_OFFSET] > offset) {
            return false;
        }
        int at = slot(first);
        long position = fields[at + PLACE] >>> 32;
        long limit = position + (minOneBatch ? Math.max(maxBytes, (int) fields[at + PLACE]) : maxBytes);
        long end = position;
        for (long next = first; next < count && end < limit; next++) {
            int then = slot(next);
            if (fields[then + LAST_OFFSET] >= upperBoundOffset) {
                break;
            }
            end = (fields[then + PLACE] >>> 32) + (int) fields[then + PLACE];
        }
        out.position = position;
        out.end = Math.min(limit, end);
        out.firstBatchBytes = (int) fields[at + PLACE];
        return true;
    }
}
