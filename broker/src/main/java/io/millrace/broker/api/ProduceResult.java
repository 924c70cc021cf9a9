package io.millrace.broker.api;

import io.millrace.broker.replica.Partition;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.view.ProduceRequestView;
import io.millrace.protocol.view.ProduceResponseWriter;
import io.millrace.storage.StorageException;
import io.millrace.storage.log.AppendInfo;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of each partition of a Produce request, in the order of the request, in arrays that are used again for the next
 * one. The answer is written by walking the request a second time beside it.
 */
final class ProduceResult {
    private static final String REJECTED =
            "One or more records have been rejected; the record errors say which and why";

    private int count;
    private boolean failed;
    private ErrorCode[] errors = new ErrorCode[4];
    private long[] baseOffsets = new long[4];
    private long[] endOffsets = new long[4];
    private long[] logAppendTimes = new long[4];
    private long[] logStartOffsets = new long[4];
    private int[] leaderIds = new int[4];
    private int[] leaderEpochs = new int[4];
    private @Nullable Partition[] partitions = new Partition[4];
    private @Nullable StorageException[] causes = new StorageException[4];

    void clear() {
        Arrays.fill(partitions, 0, count, null);
        Arrays.fill(causes, 0, count, null);
        count = 0;
        failed = false;
    }

    int count() {
        return count;
    }

    /** Whether any partition has an error. */
    boolean failed() {
        return failed;
    }

    ErrorCode error(int index) {
        return errors[index];
    }

    /** Where it was appended; null if it was not. */
    @Nullable
    Partition partition(int index) {
        return partitions[index];
    }

    /** Offset after the last record appended. */
    long endOffset(int index) {
        return endOffsets[index];
    }

    void appended(Partition partition, AppendInfo info) {
        int i = next(ErrorCode.NONE);
        baseOffsets[i] = info.firstOffset();
        if (info.duplicate() && info.firstOffset() < 0) {
            // By which clients know that they have succeeded, at an offset that cannot be told.
            errors[i] = ErrorCode.DUPLICATE_SEQUENCE_NUMBER;
        }
        endOffsets[i] = info.lastOffset() + 1;
        // Kafka answers a repeated batch with the time of the first append, whatever the topic's timestamps are.
        logAppendTimes[i] = info.duplicate() ? info.maxTimestamp() : info.logAppendTime();
        logStartOffsets[i] = info.logStartOffset();
        partitions[i] = partition;
    }

    void refused(ErrorCode error) {
        next(error);
    }

    /** The log refused the records for what is in them. */
    void refused(StorageException cause, long logStartOffset) {
        int i = next(cause.error());
        causes[i] = cause;
        logStartOffsets[i] = tellsLogStart(cause.error()) ? logStartOffset : -1;
    }

    /** Not the leader: tells who is, as far as is known. */
    void refused(ErrorCode error, int leaderId, int leaderEpoch) {
        int i = next(error);
        leaderIds[i] = leaderId;
        leaderEpochs[i] = leaderEpoch;
    }

    /** What was appended is not as safe as was asked for. */
    void failLater(int index, ErrorCode error) {
        if (error != ErrorCode.NONE) {
            errors[index] = error;
            failed = true;
        }
        Partition partition = partitions[index];
        if (error == ErrorCode.NOT_LEADER_OR_FOLLOWER && partition != null) {
            leaderIds[index] = partition.leaderId();
            leaderEpochs[index] = partition.leaderEpoch();
        }
    }

    /** Writes the answer, or measures it, which takes the same calls. */
    void write(ProduceRequestView request, ProduceResponseWriter writer, LeaderHints hints) {
        request.rewind();
        writer.begin(request.topicCount());
        int i = 0;
        while (request.nextTopic()) {
            writer.topic(request.topic(), request.topicId(), request.partitionsInTopic());
            while (request.nextPartition()) {
                write(i, request.partition(), writer, hints);
                i++;
            }
        }
        writer.end(0, hints.endpoints());
    }

    private void write(int i, int partition, ProduceResponseWriter writer, LeaderHints hints) {
        ErrorCode error = errors[i];
        if (error == ErrorCode.NONE) {
            writer.partition(partition, error.code(), baseOffsets[i], logAppendTimes[i], logStartOffsets[i]);
            return;
        }
        boolean tellsLeader = leaderIds[i] >= 0;
        if (tellsLeader) {
            hints.add(leaderIds[i]);
        }
        StorageException cause = causes[i];
        boolean tellsRecord = cause != null && cause.recordIndex() >= 0;
        writer.partition(
                partition,
                error.code(),
                baseOffsets[i],
                -1,
                logStartOffsets[i],
                tellsRecord ? List.of(recordError(cause)) : List.of(),
                tellsRecord ? REJECTED : null,
                tellsLeader ? leaderIds[i] : -1,
                tellsLeader ? leaderEpochs[i] : -1);
    }

    /** Where the log begins tells a producer whether records it thinks missing were deleted; not so when the batch is broken. */
    private static boolean tellsLogStart(ErrorCode error) {
        return switch (error) {
            case CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, KAFKA_STORAGE_ERROR -> false;
            default -> true;
        };
    }

    private static Produce.Response.BatchIndexAndErrorMessage recordError(StorageException cause) {
        Produce.Response.BatchIndexAndErrorMessage error = new Produce.Response.BatchIndexAndErrorMessage();
        error.batchIndex = cause.recordIndex();
        error.batchIndexErrorMessage = cause.getMessage();
        return error;
    }

    private int next(ErrorCode error) {
        if (count == errors.length) {
            grow(count * 2);
        }
        int i = count++;
        errors[i] = error;
        baseOffsets[i] = -1;
        endOffsets[i] = -1;
        logAppendTimes[i] = -1;
        logStartOffsets[i] = -1;
        leaderIds[i] = -1;
        leaderEpochs[i] = -1;
        failed |= error != ErrorCode.NONE;
        return i;
    }

    private void grow(int size) {
        errors = Arrays.copyOf(errors, size);
        baseOffsets = Arrays.copyOf(baseOffsets, size);
        endOffsets = Arrays.copyOf(endOffsets, size);
        logAppendTimes = Arrays.copyOf(logAppendTimes, size);
        logStartOffsets = Arrays.copyOf(logStartOffsets, size);
        leaderIds = Arrays.copyOf(leaderIds, size);
        leaderEpochs = Arrays.copyOf(leaderEpochs, size);
        partitions = Arrays.copyOf(partitions, size);
        causes = Arrays.copyOf(causes, size);
    }
}
