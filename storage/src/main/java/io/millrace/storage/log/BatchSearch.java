package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Finds where batches go on behind bytes that are none: the next place at which a header makes sense and its checksum is right. */
final class BatchSearch {
    private static final int CHUNK_BYTES = 64 * 1024;

    private BatchSearch() {}

    /**
     * Position of the first sound batch at or behind {@code from}; -1 if there is none.
     *
     * @param minOffset its base offset at least
     * @param maxOffset its base offset is below
     */
    static long next(LogFile file, long from, long end, long minOffset, long maxOffset) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        BatchScanner scanner = BatchScanner.small();
        long position = from;
        while (end - position >= BatchHeader.RECORDS) {
            chunk.clear();
            int read = file.readAvailable(position, chunk, (int) Math.min(CHUNK_BYTES, end - position));
            int last = read - BatchHeader.RECORDS;
            for (int index = 0; index <= last; index++) {
                if (mayBegin(chunk, index, end - position - index, minOffset, maxOffset)) {
                    scanner.begin(file, position + index, end);
                    if (scanner.next() && scanner.checksumIsValid()) {
                        return position + index;
                    }
                }
            }
            if (last < 0) {
                break;
            }
            position += last + 1;
        }
        return -1;
    }

    private static boolean mayBegin(ByteBuffer chunk, int index, long room, long minOffset, long maxOffset) {
        if (BatchHeader.magic(chunk, index) != BatchHeader.CURRENT_MAGIC) {
            return false;
        }
        int length = BatchHeader.batchLength(chunk, index);
        long baseOffset = BatchHeader.baseOffset(chunk, index);
        return length >= BatchHeader.RECORDS - BatchHeader.LOG_OVERHEAD
                && length <= room - BatchHeader.LOG_OVERHEAD
                && baseOffset >= minOffset
                && baseOffset < maxOffset;
    }
}
