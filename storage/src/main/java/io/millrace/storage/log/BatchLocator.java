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
     * @throws StorageException CORRUPT_MESSAGE if bytes on the way are not batches
     */
    static boolean seek(LogSegment segment, long offset, long end, BatchScanner scanner) throws IOException {
        if (!beginAtIndex(segment, offset, end, scanner)) {
            scanner.begin(segment.log(), 0, end);
            if (!scanner.next()) {
                return endOf(segment, end, scanner);
            }
        }
        while (scanner.lastOffset() < offset) {
            if (!scanner.next()) {
                return endOf(segment, end, scanner);
            }
        }
        return true;
    }

    private static boolean beginAtIndex(LogSegment segment, long offset, long end, BatchScanner scanner)
            throws IOException {
        OffsetIndex index = segment.offsetIndex();
        long entry = index.lookup(offset);
        if (entry == OffsetIndex.NONE) {
            return false;
        }
        int position = OffsetIndex.position(entry);
        if (position >= 0 && position < end) {
            scanner.begin(segment.log(), position, end);
            if (scanner.next()
                    && scanner.baseOffset() >= segment.baseOffset()
                    && scanner.baseOffset() <= index.offset(entry)) {
                return true;
            }
        } else if (position >= end && end < segment.size()) {
            // The caller looks at less than the whole segment.
            return false;
        }
        index.distrust();
        return false;
    }

    private static boolean endOf(LogSegment segment, long end, BatchScanner scanner) {
        if (scanner.position() < end) {
            throw corrupt(segment, scanner.position());
        }
        return false;
    }

    static StorageException corrupt(LogSegment segment, long position) {
        return new StorageException(
                ErrorCode.CORRUPT_MESSAGE,
                "No batch lies at position " + position + " of " + segment + ": it is damaged");
    }
}
