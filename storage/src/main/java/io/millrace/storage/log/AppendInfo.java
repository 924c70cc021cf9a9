package io.millrace.storage.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What became of an append. The caller owns it and uses it again and again: one for each thread that appends, so that an
 * append creates no object. Filled by {@link PartitionLog#validate} and the append methods; valid until the next use.
 */
public final class AppendInfo {
    @Nullable
    ByteBuffer records;

    AppendOrigin origin = AppendOrigin.CLIENT;
    long firstOffset;
    long lastOffset;
    long maxTimestamp;
    long logAppendTime;
    long logStartOffset;

    /** When it began, ms. Asked once: on a small batch the clock is a fifth of the work. */
    long nowMs;

    int recordCount;
    int batchCount;
    int validBytes;
    boolean duplicate;
    private @Nullable BatchValidator validator;

    public AppendInfo() {
        clear();
    }

    /**
     * Offset of the first record appended; of the first append for a duplicate, or -1 if that is not remembered; -1 if nothing
     * was appended.
     */
    public long firstOffset() {
        return firstOffset;
    }

    /**
     * Offset of the last record appended; of the first append for a duplicate, or if that is not remembered one that it does not lie above;
     * -1 if nothing was appended.
     */
    public long lastOffset() {
        return lastOffset;
    }

    /** Largest timestamp of the records in ms; -1 if none. */
    public long maxTimestamp() {
        return maxTimestamp;
    }

    /** The broker's time in ms given to the records under LogAppendTime; -1 under CreateTime. */
    public long logAppendTime() {
        return logAppendTime;
    }

    /** Start of the log at the time of the append. */
    public long logStartOffset() {
        return logStartOffset;
    }

    /** Records in the batches appended. */
    public int recordCount() {
        return recordCount;
    }

    /** Bytes appended. */
    public int validBytes() {
        return validBytes;
    }

    /** Whether the batch had been appended before and was not appended again. */
    public boolean duplicate() {
        return duplicate;
    }

    ByteBuffer records() {
        ByteBuffer prepared = records;
        if (prepared == null) {
            throw new IllegalStateException("Nothing was validated for this append");
        }
        return prepared;
    }

    BatchValidator validator() {
        BatchValidator known = validator;
        if (known == null) {
            known = new BatchValidator();
            validator = known;
        }
        return known;
    }

    void clear() {
        records = null;
        firstOffset = -1;
        lastOffset = -1;
        maxTimestamp = -1;
        logAppendTime = -1;
        logStartOffset = -1;
        recordCount = 0;
        batchCount = 0;
        validBytes = 0;
        duplicate = false;
    }
}
