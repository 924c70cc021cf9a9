package io.millrace.storage.log;

import io.millrace.storage.file.EntryReader;
import io.millrace.storage.index.OffsetIndex;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Finds the batches that a fetch is given. There are three ways, each for those for whom the one before has no answer: the list of the
 * last batches, for who reads at the tail; the index alone, where it knows each batch, for who catches up; index and a look
 * at the batches, always.
 *
 * <p>Each thread has one and uses it again and again, so that a fetch makes no object.
 */
final class SliceSearch {
    /** What was appended so few bytes ago is in memory, and who reads it is spared the question. */
    private static final long NEAR_BYTES = 4L * 1024 * 1024;

    private final BatchScanner scanner = new BatchScanner(ByteBuffer.allocateDirect(BatchLocator.CHUNK_BYTES));
    private final RecentBatches.Found found = new RecentBatches.Found();
    private final OffsetIndex.Place place = new OffsetIndex.Place();
    private final EntryReader entries = new EntryReader();

    // What is looked for.
    private long offset;
    private int maxBytes;
    private boolean minOneBatch;
    private long upperBound;

    /**
     * Sets the slice, or leaves it alone if nothing may be given.
     *
     * @param all the segments, in order
     * @return false if the log begins behind the offset
     */
    boolean find(
            LogSegment[] all,
            long wantedOffset,
            int mostBytes,
            boolean wholeFirstBatch,
            long upperBoundOffset,
            LogSlice out)
            throws IOException {
        int first = Segments.slotOf(all, wantedOffset);
        if (first < 0) {
            return false;
        }
        offset = wantedOffset;
        maxBytes = mostBytes;
        minOneBatch = wholeFirstBatch;
        upperBound = upperBoundOffset;
        if (first == all.length - 1 && findRecent(all[first], out)) {
            noteDistance(all, first, out);
            return true;
        }
        for (int slot = first; slot < all.length; slot++) {
            boolean bounded = slot + 1 == all.length || all[slot + 1].baseOffset() > upperBound;
            if (findIn(all[slot], bounded, out)) {
                noteDistance(all, slot, out);
                break;
            }
        }
        return true;
    }

    private static void noteDistance(LogSegment[] all, int slot, LogSlice out) {
        long behind = all[slot].size() - out.position();
        for (int later = slot + 1; later < all.length && behind <= NEAR_BYTES; later++) {
            behind += all[later].size();
        }
        if (behind > NEAR_BYTES && out.length() > 0) {
            out.liesFarBehind();
        }
    }

    private boolean findRecent(LogSegment active, LogSlice out) throws IOException {
        RecentBatches recent = active.recent();
        if (recent == null || !recent.find(offset, maxBytes, minOneBatch, upperBound, found)) {
            return false;
        }
        set(out, active, found.position, found.end, found.firstBatchBytes);
        return true;
    }

    // False if the segment ends before the offset.
    private boolean findIn(LogSegment segment, boolean bounded, LogSlice out) throws IOException {
        if (segment.size() == 0 && segment.damage().isEmpty()) {
            return false;
        }
        int cuts = segment.damage().cuts();
        segment.offsetIndex().find(offset, place);
        return findByIndex(segment, bounded, out) || findByBatches(segment, bounded, cuts, out);
    }

    // Without a look at the log, where the index knows each batch from the one before the first to the one behind it.
    private boolean findByIndex(LogSegment segment, boolean bounded, LogSlice out) throws IOException {
        long end = segment.size();
        long batch = segment.damage().isEmpty() ? place.ownBatch() : OffsetIndex.NONE;
        if (batch == OffsetIndex.NONE) {
            return false;
        }
        int start = OffsetIndex.position(batch);
        int firstBatchBytes = OffsetIndex.bytes(batch);
        long limit = limit(start, firstBatchBytes, end);
        if (limit <= start || bounded && !liesBelowBound(segment, limit)) {
            return false;
        }
        set(out, segment, start, limit, firstBatchBytes);
        return true;
    }

    /** Whether the index knows that everything up to {@code limit} bytes lies below the bound; false says nothing. */
    private boolean liesBelowBound(LogSegment segment, long limit) throws IOException {
        long entry = segment.offsetIndex().lookup(upperBound, entries);
        return entry != OffsetIndex.NONE
                && OffsetIndex.position(entry) >= limit
                && segment.offsetIndex().isOwn(entry);
    }

    private boolean findByBatches(LogSegment segment, boolean bounded, int cuts, LogSlice out) throws IOException {
        long end = segment.size();
        if (!BatchLocator.seek(segment, offset, end, place, cuts, scanner)) {
            return false;
        }
        long start = scanner.position();
        int firstBatchBytes = scanner.size();
        if (scanner.lastOffset() >= upperBound) {
            return true;
        }
        if (minOneBatch && firstBatchBytes > maxBytes && !isWhole(segment, start, end)) {
            return true;
        }
        if (!segment.damage().isEmpty()) {
            end = Math.min(end, segment.damage().nextPosition(start));
        }
        long limit = limit(start, firstBatchBytes, end);
        set(out, segment, start, bounded ? belowBound(segment, limit, end) : limit, firstBatchBytes);
        return true;
    }

    // Whoever is given more than he asked for takes memory for it: only for what is a batch, not for what a flipped bit
    // of a length makes one. False if it is being cut off.
    private static boolean isWhole(LogSegment segment, long start, long end) throws IOException {
        int cuts = segment.damage().cuts();
        BatchScanner whole = BatchScanner.large();
        whole.begin(segment.log(), start, end);
        if (whole.next() && whole.checksumIsValid()) {
            return true;
        }
        if (segment.size() >= end && segment.damage().isUncutSince(cuts)) {
            throw BatchLocator.corrupt(segment, start);
        }
        return false;
    }

    private long limit(long start, int firstBatchBytes, long end) {
        return Math.min(start + (minOneBatch ? Math.max(maxBytes, firstBatchBytes) : maxBytes), end);
    }

    private static void set(LogSlice out, LogSegment segment, long start, long end, int firstBatchBytes)
            throws IOException {
        if (end > start) {
            out.set(segment.log(), start, (int) (end - start), firstBatchBytes);
        }
    }

    // The scanner stands on the first batch of the slice. Batches that end below the bound may go out, up to the limit.
    private long belowBound(LogSegment segment, long limit, long end) throws IOException {
        long entry = segment.offsetIndex().lookup(upperBound, entries);
        if (entry != OffsetIndex.NONE) {
            int position = OffsetIndex.position(entry);
            if (position >= limit && segment.offsetIndex().isOwn(entry)) {
                return limit;
            }
            long start = scanner.position();
            long firstEnd = scanner.lastOffset();
            if (position > start && position < end) {
                if (position >= limit) {
                    scanner.beginAlone(segment.log(), position, end);
                } else {
                    scanner.begin(segment.log(), position, end);
                }
                if (scanner.next()
                        && scanner.baseOffset() > firstEnd
                        && scanner.baseOffset() <= segment.offsetIndex().offset(entry)) {
                    if (position >= limit) {
                        return limit;
                    }
                } else {
                    // The entry is wrong, or a truncation is under way: the batches themselves say where the bound
                    // lies.
                    scanner.begin(segment.log(), start, end);
                    if (!scanner.next()) {
                        return start;
                    }
                }
            }
        }
        while (scanner.lastOffset() < upperBound) {
            // Where no batch follows a truncation is under way: what it takes away lies above the bound.
            if (scanner.position() >= limit || !scanner.next()) {
                break;
            }
        }
        return Math.min(limit, scanner.position());
    }
}
