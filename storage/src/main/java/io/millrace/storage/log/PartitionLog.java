package io.millrace.storage.log;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.LogConfig;
import io.millrace.storage.checkpoint.LeaderEpochs;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * One partition's log: record batches by offset.
 *
 * <p>Threads: one writer at a time, which the caller sees to (the partition's lock) for append, truncate and change of role.
 * Readers take no lock: they see what {@link #logEndOffset} and {@link #highWatermark} publish. Background work (retention,
 * flush) excludes the writer only for the moment it changes the list of segments.
 *
 * <p>All methods may throw {@code StorageException} KAFKA_STORAGE_ERROR once the log's directory has failed.
 */
public final class PartitionLog {

    PartitionLog() {}

    public TopicPartition topicPartition() {
        throw new UnsupportedOperationException();
    }

    /** The topic's id; {@link Uuid#ZERO} if none was ever given. */
    public Uuid topicId() {
        throw new UnsupportedOperationException();
    }

    /** The partition's directory. */
    public Path path() {
        throw new UnsupportedOperationException();
    }

    /** The log directory that holds it. */
    public Path logDir() {
        throw new UnsupportedOperationException();
    }

    public LogConfig config() {
        throw new UnsupportedOperationException();
    }

    /** New settings; they hold from the next append on. */
    public void updateConfig(LogConfig config) {
        throw new UnsupportedOperationException();
    }

    /** First offset that may be read. */
    public long logStartOffset() {
        throw new UnsupportedOperationException();
    }

    /** Offset of the next record to be appended. */
    public long logEndOffset() {
        throw new UnsupportedOperationException();
    }

    /** Offset below which every in-sync replica has the records. */
    public long highWatermark() {
        throw new UnsupportedOperationException();
    }

    /** Offset below which no transaction is open; never above the high watermark. */
    public long lastStableOffset() {
        throw new UnsupportedOperationException();
    }

    /** Offset below which everything is known to be on disk. */
    public long recoveryPoint() {
        throw new UnsupportedOperationException();
    }

    /** Bytes of all segments. */
    public long size() {
        throw new UnsupportedOperationException();
    }

    /** Epochs of this log's batches. */
    public LeaderEpochs leaderEpochs() {
        throw new UnsupportedOperationException();
    }

    /** The producers that the log keeps state of; a copy, for DescribeProducers. */
    public List<ProducerView> activeProducers() {
        throw new UnsupportedOperationException();
    }

    /** Whether the log was closed in order before this start; false makes a replica suspect until it has caught up. */
    public boolean cleanStart() {
        throw new UnsupportedOperationException();
    }

    /**
     * Checks a leader's batches without any lock, and makes them ready: a legacy message set is converted, timestamps are set
     * under LogAppendTime, compression is changed where the topic wants another.
     *
     * @param records position to limit; bytes may be changed in place. Must stay untouched until {@link #appendAsLeader} returned
     * @param out receives what {@link #appendAsLeader(AppendInfo, int)} needs
     * @throws io.millrace.storage.StorageException CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE, INVALID_TIMESTAMP,
     *     UNSUPPORTED_COMPRESSION_TYPE
     */
    public void validate(ByteBuffer records, AppendOrigin origin, AppendInfo out) {
        throw new UnsupportedOperationException();
    }

    /**
     * Appends what {@link #validate} prepared. A batch that an idempotent producer repeats is not appended again:
     * {@link AppendInfo#duplicate} and the offsets of its first append say so.
     *
     * @param leaderEpoch stamped into the batches, at least 0
     * @throws io.millrace.storage.StorageException OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE,
     *     KAFKA_STORAGE_ERROR (also when the disk is full; the log stays as it was)
     */
    public void appendAsLeader(AppendInfo info, int leaderEpoch) {
        throw new UnsupportedOperationException();
    }

    /** {@link #validate} and {@link #appendAsLeader(AppendInfo, int)} in one, for callers that hold no lock others wait for. */
    public void appendAsLeader(ByteBuffer records, int leaderEpoch, AppendOrigin origin, AppendInfo out) {
        validate(records, origin, out);
        appendAsLeader(out, leaderEpoch);
    }

    /**
     * Appends batches as the leader stored them: offsets and epochs are kept. CRC and sizes are checked; a batch cut off at
     * the end is left out.
     *
     * @throws io.millrace.storage.StorageException CORRUPT_MESSAGE; KAFKA_STORAGE_ERROR; OFFSET_OUT_OF_RANGE if the first
     *     offset lies below the log end
     */
    public void appendAsFollower(ByteBuffer records, AppendInfo out) {
        throw new UnsupportedOperationException();
    }

    /**
     * Finds the batches from the one that holds {@code offset} on.
     *
     * @param maxBytes most bytes to find; the last batch may be cut off
     * @param minOneBatch whether the first batch is given whole even if it is larger than {@code maxBytes}
     * @param upperBoundOffset batches from this offset on are not given: high watermark, last stable offset or log end
     * @param out released by the caller before the call; left empty if there is nothing below the bound
     * @throws io.millrace.storage.StorageException OFFSET_OUT_OF_RANGE if {@code offset} is below the log's start or beyond its end
     */
    public void read(long offset, int maxBytes, boolean minOneBatch, long upperBoundOffset, LogSlice out) {
        throw new UnsupportedOperationException();
    }

    /**
     * The transactions aborted in a range, for a reader of committed records.
     *
     * @param fetchOffset first offset read
     * @param upperBoundOffset offset after the last one read
     */
    public List<AbortedTransaction> abortedTransactions(long fetchOffset, long upperBoundOffset) {
        throw new UnsupportedOperationException();
    }

    /** Sets the high watermark, kept between log start and log end; returns what it is then. */
    public long updateHighWatermark(long highWatermark) {
        throw new UnsupportedOperationException();
    }

    /** The first record whose timestamp is at least this one (ms); {@link TimestampOffset#NONE} if there is none. */
    public TimestampOffset offsetForTimestamp(long timestamp) {
        throw new UnsupportedOperationException();
    }

    /** The first of the records that have the largest timestamp of the log; {@link TimestampOffset#NONE} if it is empty. */
    public TimestampOffset offsetOfMaxTimestamp() {
        throw new UnsupportedOperationException();
    }

    /** Notes that an epoch begins at the log end, as a new leader does. */
    public void assignEpochStart(int leaderEpoch) {
        throw new UnsupportedOperationException();
    }

    /**
     * Removes all records from {@code offset} on. Epochs that begin there or later are forgotten even if there is nothing to
     * remove.
     */
    public void truncateTo(long offset) {
        throw new UnsupportedOperationException();
    }

    /** Removes everything; the next record gets {@code offset}. */
    public void truncateFullyAndStartAt(long offset) {
        throw new UnsupportedOperationException();
    }

    /**
     * Moves the log start: DeleteRecords, and what a follower learns from its leader. Segments wholly below go away later.
     *
     * @param offset new log start; -1 = the high watermark; a smaller one than the present does nothing
     * @return the log start afterwards
     * @throws io.millrace.storage.StorageException OFFSET_OUT_OF_RANGE if it lies beyond the high watermark
     */
    public long deleteRecords(long offset) {
        throw new UnsupportedOperationException();
    }

    /** Waits until everything appended so far is on disk. Not for event loops. */
    public void flush() {
        throw new UnsupportedOperationException();
    }
}
