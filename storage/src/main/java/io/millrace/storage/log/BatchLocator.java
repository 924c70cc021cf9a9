package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.StorageException;
import io.millrace.storage.index.OffsetIndex;
import java.io.IOException;

/**
 * From offset to position inside one segment. The index is a hint: what it points at must be a batch that can hold the
 * offset, else the segment is walked from its beginning and the index is not asked again.
 */
final class BatchLocator {
    /** One index interval: enough to find a small batch with one look at the file. */
    static final int CHUNK_BYTES = 4096;

    private BatchLocator() {}

    /**
     * Puts the scanner on the first batch whose last offset is not below {@code offset}.
     *
     * @param end bytes of the segment that may be looked at
     * @return false if there is none
     * @throws StorageException CORRUPT_MESSAGE if bytes on the way are not batches, or the offset lies in bytes known to be damaged
     */
    static boolean seek(LogSegment segment, long offset, long end, BatchScanner scanner) throws IOException {
        OffsetIndex.Place place = new OffsetIndex.Place();
        int cuts = segment.damage().cuts();
        segment.offsetIndex().find(offset, place);
        return seek(segment, offset, end, place, cuts, scanner);
    }

    /**
     * Likewise, when the index has been asked already.
     *
     * @param place what it said of the offset
     * @param cuts how often the segment had been cut before that, see {@link SegmentDamage#cuts}
     */
    static boolean seek(
            LogSegment segment, long offset, long end, OffsetIndex.Place place, int cuts, BatchScanner scanner)
            throws IOException {
        if (!segment.damage().isEmpty()) {
            long damaged = segment.damage().positionOfOffset(offset);
            if (damaged >= 0) {
                throw corrupt(segment, damaged);
            }
        } else if (beginAtOwnEntry(segment, offset, end, place, scanner)) {
            return true;
        }
        if (!beginAtIndex(segment, place.floor(), end, cuts, scanner)) {
            scanner.begin(segment.log(), 0, end);
            if (!next(segment, end, scanner)) {
                return false;
            }
        }
        while (scanner.lastOffset() < offset) {
            if (!next(segment, end, scanner)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Steps to the next batch, over bytes known to be damaged; false at the end.
     *
     * @throws StorageException CORRUPT_MESSAGE if there are bytes that are no batch
     */
    private static boolean next(LogSegment segment, long end, BatchScanner scanner) throws IOException {
        return scanner.next() && segment.damage().isEmpty() || nextSound(segment, end, scanner, false);
    }

    /** Like {@link #seek}, for walks that have to come to the end: what is damaged is noted and stepped over. */
    static boolean seekSound(LogSegment segment, long offset, long end, BatchScanner scanner) throws IOException {
        int cuts = segment.damage().cuts();
        boolean found = beginAtIndex(segment, segment.offsetIndex().lookup(offset), end, cuts, scanner);
        if (!found) {
            scanner.begin(segment.log(), 0, end);
            found = nextSound(segment, end, scanner);
        }
        while (found && scanner.lastOffset() < offset) {
            found = nextSound(segment, end, scanner);
        }
        return found;
    }

    /** Steps to the next batch over whatever is none, which is noted as damage; false at the end. */
    static boolean nextSound(LogSegment segment, long end, BatchScanner scanner) throws IOException {
        scanner.next();
        return nextSound(segment, end, scanner, true);
    }

    // The scanner has made its step: onto a batch, or to where none is.
    private static boolean nextSound(LogSegment segment, long end, BatchScanner scanner, boolean search)
            throws IOException {
        while (true) {
            long position = scanner.position();
            long behind = segment.damage().endOfStretchAt(position);
            if (behind < 0) {
                if (scanner.size() > 0) {
                    return true;
                }
                if (position >= end) {
                    return false;
                }
                if (!search) {
                    throw corrupt(segment, position);
                }
                behind = noteDamage(segment, position, end);
            }
            scanner.begin(segment.log(), behind, end);
            scanner.next();
        }
    }

    /** Notes that no sound batch begins at {@code position}; returns where one does again, or the end. */
    private static long noteDamage(LogSegment segment, long position, long end) throws IOException {
        int cuts = segment.damage().cuts();
        BatchScanner scanner = BatchScanner.small();
        // Whoever walks without the log's lock may have met a cut; what looks damaged after this is.
        if (segment.size() < end) {
            return end;
        }
        scanner.begin(segment.log(), position, end);
        if (scanner.next()) {
            return position;
        }
        long firstOffset = segment.baseOffset();
        scanner.begin(segment.log(), 0, position);
        while (nextSound(segment, position, scanner)) {
            firstOffset = scanner.lastOffset() + 1;
        }
        long nextOffset = segment.nextBase();
        long behind = BatchSearch.next(segment.log(), position + 1, end, firstOffset, nextOffset);
        if (behind < 0) {
            behind = end;
        } else {
            scanner.begin(segment.log(), behind, end);
            scanner.next();
            nextOffset = scanner.baseOffset();
        }
        segment.markDamaged(cuts, position, behind, firstOffset, nextOffset);
        return behind;
    }

    /**
     * Large batches have an index entry each, and as an entry holds the last offset of its batch, the one that is right begins
     * where the first entry not below the offset says: one look at its header instead of two at the batch before and at itself.
     * False where that is not so; it says nothing about the index then.
     */
    private static boolean beginAtOwnEntry(
            LogSegment segment, long offset, long end, OffsetIndex.Place place, BatchScanner scanner)
            throws IOException {
        long entry = place.ceilingOfLarge(2 * CHUNK_BYTES);
        int position = OffsetIndex.position(entry);
        if (entry == OffsetIndex.NONE || position < 0) {
            return false;
        }
        scanner.beginAlone(segment.log(), position, end);
        return scanner.next()
                && scanner.baseOffset() >= segment.baseOffset()
                && scanner.baseOffset() <= offset
                && scanner.lastOffset() == segment.offsetIndex().offset(entry);
    }

    private static boolean beginAtIndex(LogSegment segment, long entry, long end, int cuts, BatchScanner scanner)
            throws IOException {
        if (entry == OffsetIndex.NONE) {
            return false;
        }
        int position = OffsetIndex.position(entry);
        if (segment.damage().endOfStretchAt(position) >= 0) {
            return false;
        }
        if (leadsToBatch(segment, entry, end, scanner)) {
            return true;
        }
        // Unless the caller looks at less than the whole segment, or at one that is being cut.
        if ((position < end || end >= segment.size()) && segment.damage().isUncutSince(cuts)) {
            segment.offsetIndex().distrust();
        }
        return false;
    }

    /** Whether an index entry leads to a batch that can hold what it promises; the scanner stands on it then. */
    static boolean leadsToBatch(LogSegment segment, long entry, long end, BatchScanner scanner) throws IOException {
        int position = OffsetIndex.position(entry);
        if (position < 0 || position >= end) {
            return false;
        }
        scanner.begin(segment.log(), position, end);
        return scanner.next()
                && scanner.baseOffset() >= segment.baseOffset()
                && scanner.baseOffset() <= segment.offsetIndex().offset(entry);
    }

    static StorageException corrupt(LogSegment segment, long position) {
        return new StorageException(
                ErrorCode.CORRUPT_MESSAGE,
                "No batch lies at position " + position + " of " + segment + ": it is damaged");
    }
}
