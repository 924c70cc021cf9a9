package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.index.TimeIndex;
import java.io.IOException;
import java.time.Clock;

/**
 * The timestamps of a segment's batches, all in ms: which is the largest, and where to look for one. Found by a walk when they are first
 * asked for, kept by appends from then on.
 *
 * <p>The writer changes them; anybody may ask, and have them found. A walk without the log's lock may meet a cut, and its outcome is
 * worth nothing then: it is given but not kept.
 */
final class SegmentTimes {
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final LogSegment segment;

    // Read by lookups after they have read the log's end offset, which is published after these.
    private long max = UNKNOWN;
    private long offsetOfMax = -1;
    private long first = UNKNOWN;

    SegmentTimes(LogSegment segment) {
        this.segment = segment;
    }

    /** There are no batches yet. */
    void clear() {
        max = -1;
        offsetOfMax = -1;
        first = UNKNOWN;
    }

    /** What they were at a recovery mark. */
    void resume(long maxAtMark, long offsetOfMaxAtMark) {
        max = maxAtMark;
        offsetOfMax = offsetOfMaxAtMark;
    }

    /** Another batch, whose largest timestamp this is. */
    void note(int position, long lastOffset, long timestamp) throws IOException {
        if (timestamp > max()) {
            offsetOfMax = lastOffset;
            max = timestamp;
        }
        if (position == 0) {
            first = timestamp;
        }
    }

    /** The first batch was cut off. */
    void forgetFirst() {
        first = UNKNOWN;
    }

    /** The largest; -1 if no batch has one. */
    long max() throws IOException {
        return max == UNKNOWN ? rescanMax() : max;
    }

    /** Last offset of the first batch that has {@link #max}; -1 if none has. */
    long offsetOfMax() throws IOException {
        max();
        return offsetOfMax;
    }

    /**
     * The time by which retention judges the segment: its largest timestamp; without one, or with one in
     * the future that would keep it for ever, when the file was last written.
     */
    long forRetention(Clock clock) throws IOException {
        long largest = max();
        if (largest >= 0 && largest <= clock.millis()) {
            return largest;
        }
        return segment.lastWrittenMs();
    }

    /** Whether {@code ageLimitMs} have passed, by the batches' clock, between the first batch and one of {@code timestamp}. */
    boolean areOlderThan(long ageLimitMs, long timestamp, Clock clock) throws IOException {
        long begin = first();
        return begin >= 0 && timestamp >= 0
                ? timestamp - begin > ageLimitMs
                : clock.millis() - segment.createdMs() > ageLimitMs;
    }

    /** That of the first batch; -1 if it has none or there is no batch. */
    long first() throws IOException {
        long found = first;
        if (found == UNKNOWN && segment.size() > 0) {
            int cuts = segment.damage().cuts();
            BatchScanner scanner = BatchScanner.small();
            scanner.begin(segment.log(), 0, segment.size());
            found = scanner.next() ? scanner.maxTimestamp() : -1;
            synchronized (segment.damage()) {
                if (segment.damage().isUncutSince(cuts)) {
                    first = found;
                }
            }
        }
        return found;
    }

    /**
     * Finds the largest anew and returns it. It looks from the batch of the last index entry on, if there is such a batch: what a
     * retention decides by must not come from garbage.
     */
    long rescanMax() throws IOException {
        int cuts = segment.damage().cuts();
        TimeIndex index = segment.timeIndex();
        BatchScanner scanner = BatchScanner.small();
        long end = segment.size();
        long largest = index.lastTimestamp();
        long offset = index.lastOffset();
        boolean more = largest >= 0 && isEntry(largest, offset, scanner);
        if (!more) {
            if (index.entries().count() > 0 && segment.damage().isUncutSince(cuts)) {
                index.distrust();
            }
            largest = -1;
            offset = -1;
            scanner.begin(segment.log(), 0, end);
            more = BatchLocator.nextSound(segment, end, scanner);
        }
        while (more) {
            if (scanner.maxTimestamp() > largest) {
                largest = scanner.maxTimestamp();
                offset = scanner.lastOffset();
            }
            more = BatchLocator.nextSound(segment, end, scanner);
        }
        keep(cuts, largest, offset);
        return largest;
    }

    private void keep(int cuts, long largest, long offset) {
        // As one step with the count, so that no walk of before a cut comes after the walk of the cut.
        synchronized (segment.damage()) {
            if (segment.damage().isUncutSince(cuts)) {
                offsetOfMax = offset;
                max = largest;
            }
        }
    }

    // Whether the batch that holds this offset has this timestamp; the scanner stands on it then.
    private boolean isEntry(long timestamp, long offset, BatchScanner scanner) throws IOException {
        return offset >= segment.baseOffset()
                && BatchLocator.seekSound(segment, offset, segment.size(), scanner)
                && (scanner.magic() < BatchHeader.CURRENT_MAGIC || scanner.baseOffset() <= offset)
                && scanner.maxTimestamp() == timestamp;
    }

    /** Offset from which a search for the first batch of at least this timestamp may begin. */
    long searchStart(long timestamp) throws IOException {
        int cuts = segment.damage().cuts();
        TimeIndex index = segment.timeIndex();
        int slot = index.floor(timestamp);
        if (slot < 0) {
            return segment.baseOffset();
        }
        long offset = index.offset(slot);
        if (isEntry(index.timestamp(slot), offset, BatchScanner.small())) {
            return offset;
        }
        if (segment.damage().isUncutSince(cuts)) {
            index.distrust();
        }
        return segment.baseOffset();
    }
}
