package io.millrace.storage.log;

import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The segments of a log in order. Invariants: never empty once filled; base offsets rise; every offset from the first base
 * offset to the log end belongs to the last segment whose base is not above it. Readers see one array as a whole; the log's
 * writer replaces it.
 */
final class Segments {
    private volatile LogSegment[] array = new LogSegment[0];

    /** The present array; not to be changed. */
    LogSegment[] array() {
        return array;
    }

    LogSegment first() {
        return array[0];
    }

    LogSegment active() {
        LogSegment[] now = array;
        return now[now.length - 1];
    }

    int count() {
        return array.length;
    }

    /** Slot in {@code segments} of the one an offset belongs to; -1 if the offset lies before all of them. */
    static int slotOf(LogSegment[] segments, long offset) {
        // Nearly everybody reads at the end.
        int high = segments.length - 1;
        if (high >= 0 && segments[high].baseOffset() <= offset) {
            return high;
        }
        int low = 0;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (segments[middle].baseOffset() <= offset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    void add(LogSegment segment) {
        LogSegment[] now = array;
        LogSegment[] longer = Arrays.copyOf(now, now.length + 1);
        longer[now.length] = segment;
        publish(longer);
    }

    void removeAll(List<LogSegment> gone) {
        publish(Arrays.stream(array).filter(segment -> !gone.contains(segment)).toArray(LogSegment[]::new));
    }

    boolean contains(LogSegment segment) {
        return Arrays.asList(array).contains(segment);
    }

    /**
     * Of a segment whose file was not found by who works in the background: retention or truncation may have removed it meanwhile.
     *
     * @throws NoSuchFileException if it should be there
     */
    void requireGone(LogSegment segment, NoSuchFileException cause) throws NoSuchFileException {
        if (contains(segment) && !segment.files().marked()) {
            throw cause;
        }
    }

    /** Whether these segments, neighbours once, still are. */
    boolean contains(List<LogSegment> group) {
        LogSegment[] now = array;
        int slot = slotOf(now, group.get(0).baseOffset());
        return slot >= 0
                && slot + group.size() < now.length
                && Arrays.asList(now).subList(slot, slot + group.size()).equals(group);
    }

    /** Puts one segment in the place of its neighbours. */
    void replace(List<LogSegment> group, LogSegment one) {
        List<LogSegment> all = new ArrayList<>(Arrays.asList(array));
        all.set(all.indexOf(group.get(0)), one);
        all.removeAll(group);
        replaceAll(all);
    }

    void replaceAll(List<LogSegment> all) {
        publish(all.toArray(new LogSegment[0]));
    }

    private void publish(LogSegment[] all) {
        for (int slot = 0; slot < all.length; slot++) {
            all[slot].nextBase(slot + 1 < all.length ? all[slot + 1].baseOffset() : Long.MAX_VALUE);
        }
        array = all;
    }

    /** Bytes of all segments. */
    long size() {
        long size = 0;
        for (LogSegment segment : array) {
            size += segment.size();
        }
        return size;
    }
}
