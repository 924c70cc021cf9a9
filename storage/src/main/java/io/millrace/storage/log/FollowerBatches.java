package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.storage.StorageException;
import java.nio.ByteBuffer;

/** Checks what a leader sent to its follower: whole batches, checksums, rising offsets. Makes no object. */
final class FollowerBatches {
    private FollowerBatches() {}

    /** Fills in how many bytes and records are whole batches; a batch cut off at the end is not counted. */
    static void check(ByteBuffer records, AppendInfo out) {
        int index = records.position();
        int limit = records.limit();
        long nextOffset = 0;
        while (limit - index >= BatchHeader.RECORDS) {
            int length = BatchHeader.batchLength(records, index);
            if (length > limit - index - BatchHeader.LOG_OVERHEAD) {
                break;
            }
            try {
                BatchHeader.requireWhole(records, index);
            } catch (InvalidRecordException e) {
                throw new StorageException(e.errorCode(), e.getMessage(), e);
            }
            if (!BatchHeader.crcIsValid(records, index)) {
                throw corrupt("The checksum of the leader's batch at offset " + BatchHeader.baseOffset(records, index)
                        + " is not that of its bytes");
            }
            if (BatchHeader.baseOffset(records, index) < nextOffset
                    || BatchHeader.lastOffsetDelta(records, index) < 0) {
                throw corrupt("The leader's batches do not rise: offset " + BatchHeader.baseOffset(records, index)
                        + " after " + nextOffset);
            }
            nextOffset = BatchHeader.nextOffset(records, index);
            out.maxTimestamp = Math.max(out.maxTimestamp, BatchHeader.maxTimestamp(records, index));
            out.recordCount += BatchHeader.recordCount(records, index);
            out.batchCount++;
            index += length + BatchHeader.LOG_OVERHEAD;
        }
        out.validBytes = index - records.position();
    }

    private static StorageException corrupt(String message) {
        return new StorageException(ErrorCode.CORRUPT_MESSAGE, message);
    }
}
