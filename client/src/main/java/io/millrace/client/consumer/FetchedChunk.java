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
 * @param answered the records as they were answered
 * @param frame the answer that they lie in
 */
record FetchedChunk(
        ByteBuffer records,
        long fetchOffset,
        long nextOffset,
        List<Fetch.Response.AbortedTransaction> aborted,
        ByteBuffer answered,
        FetchedFrame frame) {

    /**
     * Reads headers only, as many as there are whole batches; but what is of an old format is made into batches first.
     *
     * @throws io.millrace.protocol.record.InvalidRecordException if a message of an old format is damaged
     */
    static FetchedChunk of(
            ByteBuffer answered,
            long fetchOffset,
            List<Fetch.Response.AbortedTransaction> aborted,
            FetchedFrame frame) {
        ByteBuffer records = answered;
        long nextOffset = fetchOffset;
        int index = 0;
        while (true) {
            if (OldFormats.isAt(records, index)) {
                records = OldFormats.converted(records);
                index = 0;
            }
            if (!isWholeBatch(records, index)) {
                return new FetchedChunk(records, fetchOffset, nextOffset, aborted, answered, frame);
            }
            nextOffset = Math.max(nextOffset, BatchHeader.nextOffset(records, index));
            index += BatchHeader.sizeInBytes(records, index);
        }
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

    /** Says that it was read to its end, and that no view of it is looked through any more. */
    void onRead() {
        frame.onRead(answered);
    }

    int sizeInBytes() {
        return records.limit();
    }
}
