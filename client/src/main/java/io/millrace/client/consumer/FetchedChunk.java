package io.millrace.client.consumer;

import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.record.BatchHeader;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What one answer brought for one partition: batches, undecoded.
 *
 * @param records a view of the answer, from position 0; the last batch may be cut off
 * @param fetchOffset where the answer was asked to begin; its first batch may begin before that
 * @param nextOffset where to fetch on
 * @param aborted the aborted transactions that have records here
 */
record FetchedChunk(
        ByteBuffer records, long fetchOffset, long nextOffset, List<Fetch.Response.AbortedTransaction> aborted) {

    /** Reads headers only, as many as there are whole batches. */
    static FetchedChunk of(ByteBuffer records, long fetchOffset, List<Fetch.Response.AbortedTransaction> aborted) {
        long nextOffset = fetchOffset;
        int index = 0;
        while (isWholeBatch(records, index)) {
            nextOffset = Math.max(nextOffset, BatchHeader.nextOffset(records, index));
            index += BatchHeader.sizeInBytes(records, index);
        }
        return new FetchedChunk(records, fetchOffset, nextOffset, aborted);
    }

    /** Whether a batch of format 2 lies whole at this index. */
    static boolean isWholeBatch(ByteBuffer records, int index) {
        int left = records.limit() - index;
        if (left < BatchHeader.RECORDS) {
            return false;
        }
        int length = BatchHeader.batchLength(records, index);
        return length >= BatchHeader.RECORDS - BatchHeader.LOG_OVERHEAD
                && length <= left - BatchHeader.LOG_OVERHEAD
                && BatchHeader.magic(records, index) == BatchHeader.CURRENT_MAGIC;
    }

    int sizeInBytes() {
        return records.limit();
    }
}
