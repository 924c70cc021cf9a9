package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchBuilder;
import io.millrace.protocol.record.BatchCheck;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.Compression;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.protocol.record.LegacyConversion;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TimestampType;
import io.millrace.protocol.record.TransactionMarker;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a leader is about to append, and makes it what the topic wants: timestamps, compression. Belongs to one
 * {@link AppendInfo}, that is to one thread; uses no lock, and makes no object for an uncompressed batch that is in order.
 */
final class BatchValidator {
    private final BatchCheck check = new BatchCheck();
    private @Nullable RecordCursor cursor;
    private @Nullable BatchBuilder builder;

    /** See {@link PartitionLog#validate}. */
    void validate(ByteBuffer records, AppendOrigin origin, LogConfig config, AppendInfo out) {
        try {
            validateAll(records, origin, config, out);
        } catch (InvalidRecordException e) {
            throw new StorageException(e.errorCode(), e.getMessage(), e);
        }
    }

    private void validateAll(ByteBuffer received, AppendOrigin origin, LogConfig config, AppendInfo out) {
        long nowMs = out.nowMs;
        if (!received.hasRemaining()) {
            throw invalid("There is no batch to append", -1);
        }
        ByteBuffer records = isLegacy(received) ? upConvert(received, config, nowMs) : received;
        int index = records.position();
        int limit = records.limit();
        out.origin = origin;
        out.records = records;
        while (index < limit) {
            int size = validateBatch(records, index, origin, config, nowMs, out);
            index += size;
            if (origin == AppendOrigin.CLIENT && index < limit) {
                throw invalid("A producer sends one batch for a partition; bytes follow the first", -1);
            }
        }
        out.validBytes = limit - records.position();
        int codec = config.compressionType().codec();
        if (codec >= 0) {
            recompress(Compression.of(codec), config, out);
        }
    }

    private static boolean isLegacy(ByteBuffer records) {
        int index = records.position();
        if (records.remaining() <= BatchHeader.MAGIC) {
            return false;
        }
        byte magic = BatchHeader.magic(records, index);
        return magic >= 0 && magic < BatchHeader.CURRENT_MAGIC;
    }

    // A message set of format 0 or 1 as one batch, in the codec of its first message.
    private ByteBuffer upConvert(ByteBuffer set, LogConfig config, long nowMs) {
        int index = set.position();
        if (set.remaining() > config.maxMessageBytes()
                && BatchHeader.sizeInBytes(set, index) > config.maxMessageBytes()) {
            throw new StorageException(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "A message of " + BatchHeader.sizeInBytes(set, index) + " bytes is larger than max.message.bytes, "
                            + config.maxMessageBytes());
        }
        BatchBuilder building = builder().begin(Compression.of(LegacyHeader.codec(set, index)));
        if (config.messageTimestampType() == TimestampType.LOG_APPEND_TIME) {
            building.logAppendTime(nowMs);
        }
        new LegacyConversion().upConvert(set, index, set.remaining(), building);
        ByteBuffer batch = building.finish();
        return ByteBuffer.allocate(batch.remaining()).put(batch).flip();
    }

    private int validateBatch(
            ByteBuffer records, int index, AppendOrigin origin, LogConfig config, long nowMs, AppendInfo out) {
        int size = BatchHeader.requireWhole(records, index);
        if (size > config.maxMessageBytes()) {
            throw new StorageException(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "A batch of " + size + " bytes is larger than max.message.bytes, " + config.maxMessageBytes());
        }
        check.run(records, index);
        if (origin == AppendOrigin.CLIENT) {
            requireClientMay(records, index);
        }
        if (config.compact() && check.firstWithoutKey() >= 0 && !BatchHeader.isControl(records, index)) {
            throw invalid(
                    "A compacted topic needs a key in every record, record " + check.firstWithoutKey() + " has none",
                    check.firstWithoutKey());
        }
        long maxTimestamp = check.maxTimestamp();
        if (config.messageTimestampType() == TimestampType.LOG_APPEND_TIME) {
            maxTimestamp = nowMs;
            out.logAppendTime = nowMs;
            BatchHeader.setMaxTimestamp(records, index, TimestampType.LOG_APPEND_TIME, nowMs);
        } else {
            requireTimestamps(records, index, config, nowMs);
            BatchHeader.setMaxTimestamp(records, index, TimestampType.CREATE_TIME, maxTimestamp);
        }
        out.maxTimestamp = Math.max(out.maxTimestamp, maxTimestamp);
        out.recordCount += BatchHeader.recordCount(records, index);
        out.batchCount++;
        return size;
    }

    private static void requireClientMay(ByteBuffer records, int index) {
        if (BatchHeader.baseOffset(records, index) != 0) {
            throw invalid(
                    "A producer's batch begins at offset 0, this one at " + BatchHeader.baseOffset(records, index), -1);
        }
        if (BatchHeader.isControl(records, index)) {
            throw invalid("Only a coordinator writes control batches", -1);
        }
        if (BatchHeader.hasProducerId(records, index)
                && (BatchHeader.baseSequence(records, index) < 0 || BatchHeader.producerEpoch(records, index) < 0)) {
            throw invalid(
                    "Producer " + BatchHeader.producerId(records, index) + " sent epoch "
                            + BatchHeader.producerEpoch(records, index) + " and sequence "
                            + BatchHeader.baseSequence(records, index) + "; neither may be negative",
                    -1);
        }
    }

    private void requireTimestamps(ByteBuffer records, int index, LogConfig config, long nowMs) {
        if (BatchHeader.timestampType(records, index) == TimestampType.LOG_APPEND_TIME) {
            throw new StorageException(
                    ErrorCode.INVALID_TIMESTAMP, "A producer's batch claims timestamps of the broker (LogAppendTime)");
        }
        // A record without a timestamp is allowed, and hides the smallest of the others.
        boolean suspicious = isOutside(check.minTimestamp(), config, nowMs)
                || isOutside(check.maxTimestamp(), config, nowMs)
                || (check.minTimestamp() == BatchHeader.NO_TIMESTAMP
                        && config.messageTimestampBeforeMaxMs() != Long.MAX_VALUE);
        if (!suspicious) {
            return;
        }
        RecordCursor walk = cursor().wrap(records, index);
        while (walk.next()) {
            if (isOutside(walk.timestamp(), config, nowMs)) {
                throw new StorageException(
                        ErrorCode.INVALID_TIMESTAMP,
                        "Record " + walk.offsetDelta() + " has timestamp " + walk.timestamp()
                                + ", which is further from "
                                + nowMs + " than message.timestamp.before.max.ms "
                                + config.messageTimestampBeforeMaxMs() + " or message.timestamp.after.max.ms "
                                + config.messageTimestampAfterMaxMs() + " allow",
                        walk.offsetDelta(),
                        null);
            }
        }
    }

    private static boolean isOutside(long timestamp, LogConfig config, long nowMs) {
        return timestamp != BatchHeader.NO_TIMESTAMP
                && (nowMs - timestamp > config.messageTimestampBeforeMaxMs()
                        || timestamp - nowMs > config.messageTimestampAfterMaxMs());
    }

    // Builds the batches anew that have another codec than the topic wants. Copies: the builder's memory is used again.
    private void recompress(Compression wanted, LogConfig config, AppendInfo out) {
        ByteBuffer records = out.records();
        int bytes = 0;
        boolean changed = false;
        ByteBuffer[] rebuilt = new ByteBuffer[out.batchCount];
        int index = records.position();
        for (int i = 0; i < rebuilt.length; i++) {
            int size = BatchHeader.sizeInBytes(records, index);
            if (BatchHeader.isControl(records, index) || BatchHeader.compression(records, index) == wanted) {
                rebuilt[i] = records.slice(index, size);
            } else {
                rebuilt[i] = rebuild(records, index, wanted, config);
                changed = true;
            }
            bytes += rebuilt[i].remaining();
            index += size;
        }
        if (changed) {
            ByteBuffer all = ByteBuffer.allocate(bytes);
            for (ByteBuffer batch : rebuilt) {
                all.put(batch);
            }
            out.records = all.flip();
            out.validBytes = bytes;
        }
    }

    private ByteBuffer rebuild(ByteBuffer records, int index, Compression wanted, LogConfig config) {
        BatchBuilder rebuilding = builder()
                .begin(wanted)
                .producer(
                        BatchHeader.producerId(records, index),
                        BatchHeader.producerEpoch(records, index),
                        BatchHeader.baseSequence(records, index))
                .transactional(BatchHeader.isTransactional(records, index));
        if (BatchHeader.timestampType(records, index) == TimestampType.LOG_APPEND_TIME) {
            rebuilding.logAppendTime(BatchHeader.maxTimestamp(records, index));
        }
        rebuilding.baseOffset(BatchHeader.baseOffset(records, index));
        RecordCursor walk = cursor().wrap(records, index);
        while (walk.next()) {
            rebuilding.append(walk);
        }
        ByteBuffer batch = rebuilding.finish();
        if (batch.remaining() > config.maxMessageBytes()) {
            throw new StorageException(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "A batch takes " + batch.remaining()
                            + " bytes with the topic's compression, more than max.message.bytes, "
                            + config.maxMessageBytes());
        }
        return ByteBuffer.allocate(batch.remaining()).put(batch).flip();
    }

    /** Epoch of the coordinator that wrote a control batch. */
    int coordinatorEpoch(ByteBuffer records, int index) {
        RecordCursor walk = cursor().wrap(records, index);
        if (!walk.next()) {
            throw invalid("A control batch without a record", -1);
        }
        return TransactionMarker.coordinatorEpoch(walk);
    }

    private RecordCursor cursor() {
        RecordCursor known = cursor;
        if (known == null) {
            known = new RecordCursor();
            cursor = known;
        }
        return known;
    }

    private BatchBuilder builder() {
        BatchBuilder known = builder;
        if (known == null) {
            known = new BatchBuilder();
            builder = known;
        }
        return known;
    }

    private static StorageException invalid(String message, int recordIndex) {
        return new StorageException(ErrorCode.INVALID_RECORD, message, recordIndex, null);
    }
}
