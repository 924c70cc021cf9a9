package io.millrace.broker.api;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import java.nio.ByteBuffer;

/**
 * What the version of a Produce request says about the records in it, before any log sees them. Everything that holds for
 * records whatever brought them, the log checks itself.
 */
final class ProduceRules {
    /** From this version on a partition gets exactly one batch, of format 2. */
    private static final int FIRST_WITH_BATCHES = 3;

    /** From this version on clients know zstd. */
    private static final int FIRST_WITH_ZSTD = 7;

    private ProduceRules() {}

    static boolean isAcks(short acks) {
        return acks >= -1 && acks <= 1;
    }

    /** NONE, or why the records cannot be meant. */
    static ErrorCode check(ByteBuffer body, int index, int length, int version) {
        if (length <= BatchHeader.MAGIC) {
            // Old producers may send nothing, which appends nothing; the log says so.
            return version >= FIRST_WITH_BATCHES || length < 0 ? ErrorCode.INVALID_RECORD : ErrorCode.NONE;
        }
        byte magic = body.get(index + BatchHeader.MAGIC);
        if (magic < BatchHeader.CURRENT_MAGIC) {
            return version >= FIRST_WITH_BATCHES ? ErrorCode.INVALID_RECORD : ErrorCode.NONE;
        }
        boolean zstd = length >= BatchHeader.RECORDS && codec(body, index) == Compression.ZSTD.id();
        return zstd && version < FIRST_WITH_ZSTD ? ErrorCode.UNSUPPORTED_COMPRESSION_TYPE : ErrorCode.NONE;
    }

    /** Whether the first batch belongs to a transaction. */
    static boolean isTransactional(ByteBuffer body, int index, int length) {
        return length >= BatchHeader.RECORDS
                && body.get(index + BatchHeader.MAGIC) == BatchHeader.CURRENT_MAGIC
                && BatchHeader.isTransactional(body, index);
    }

    private static int codec(ByteBuffer body, int index) {
        return BatchHeader.attributes(body, index) & 7;
    }
}
