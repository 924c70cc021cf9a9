package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.index.AbortedTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One partition's log: record batches by offset.
 *
 * <p>Threads: the changing methods exclude each other by a lock of the log's own, which is never held while something waits for the
 * disk, save that an append past the space provided ahead waits for more, and that a truncation waits for what must be on disk before
 * and after it. Only followers truncate, and who appends to a follower's log is who has it cut. Readers take no lock: they see what
 * {@link #logEndOffset} and {@link #highWatermark} publish.
 *
 * <p>All methods may throw {@code StorageException} KAFKA_STORAGE_ERROR once the log's directory has failed.
 */
public final class PartitionLog {
    private final LogCore core;
    private final LogReader reader;
    private final LogUpkeep upkeep;
    private final boolean cleanStart;

    private PartitionLog(
            TopicPartition topicPartition,
            DirectoryOwner owner,
            Path path,
            LogConfig config,
            LogHost host,
            LogState state) {
        this.core = new LogCore(topicPartition, owner, path, config, host, state);
        this.reader = new LogReader(core.segments);
        this.upkeep = new LogUpkeep(core);
        this.cleanStart = state.clean();
    }

    /** An empty log in a directory that was just created. */
    public static PartitionLog create(
            TopicPartition topicPartition, Uuid topicId, Path path, LogConfig config, LogHost host) throws IOException {
        return new PartitionLog(
                topicPartition,
                DirectoryOwner.ofNew(path, topicId),
                path,
                config,
                host,
                LogLoader.load(path, config, host, LogHints.NEW));
    }

    /**
     * Loads the log of a directory, which exists; recovers it if need be.
     *
     * @param hints what the checkpoints say of it
     * @throws IOException if the disk fails
     */
    public static PartitionLog open(
            TopicPartition topicPartition, Path path, LogConfig config, LogHost host, LogHints hints)
            throws IOException {
        LogState state = LogLoader.load(path, config, host, hints);
        PartitionLog log = new PartitionLog(topicPartition, DirectoryOwner.read(path), path, config, host, state);
        log.updateHighWatermark(hints.highWatermark());
        if (!state.clean()) {
            log.core.flusher.request();
        }
        return log;
    }

    public TopicPartition topicPartition() {
        return core.topicPartition;
    }

    /** The topic's id; {@link Uuid#ZERO} if none was ever given. */
    public Uuid topicId() {
        return core.owner.topicId();
    }

    /** Gives its topic's id to a log that had none. */
    public void assignTopicId(Uuid newTopicId) {
        core.lock.lock();
        try {
            core.requireWritable();
            core.owner.assign(newTopicId);
        } catch (IOException e) {
            throw core.failed("writing the topic id of " + core.topicPartition, e);
        } finally {
            core.lock.unlock();
        }
    }

    /** The partition's directory. */
    public Path path() {
        return core.path();
    }

    /** The log directory that holds it. */
    public Path logDir() {
        return core.host.health().dir();
    }

    public LogConfig config() {
        return core.config();
    }

    /** New settings; they hold from the next append on. */
    public void updateConfig(LogConfig newConfig) {
        core.lock.lock();
        try {
            core.config(newConfig);
        } finally {
            core.lock.unlock();
        }
    }

    /** First offset that may be read. */
    public long logStartOffset() {
        return core.offsets.logStart();
    }

    /** Offset of the next record to be appended. */
    public long logEndOffset() {
        return core.offsets.logEnd();
    }

    /** Offset below which every in-sync replica has the records. */
    public long highWatermark() {
        return core.offsets.highWatermark();
    }

    /** Offset below which no transaction is open; never above the high watermark. */
    public long lastStableOffset() {
        return Math.min(core.offsets.highWatermark(), core.offsets.firstUnstable());
    }

    /** Offset below which everything is known to be on disk, and a restart has nothing to check. */
    public long recoveryPoint() {
        return core.flusher.recoveryPoint();
    }

    /**
     * Offset below which records may be acknowledged, or asked for more: where a loss of power cannot take them away under the sync
     * policy {@code group} or with {@code flush.messages=1}, else the log end. Never above the log end.
     */
    public long durableOffset() {
        return core.flusher.sync().durableOffset();
    }

    /** Has {@link #durableOffset} reach the present log end soon; never waits. Appends have it done by themselves. */
    public void requestSync() {
        core.flusher.sync().request();
    }

    /**
     * Has a task run whenever {@link #durableOffset} has moved because of a sync, on the thread that synced; it must not wait. One
     * listener: a second takes the first one's place. Not called where the log end counts.
     */
    public void onDurable(Runnable listener) {
        core.flusher.sync().onDurable(listener);
    }

    /** Bytes of all segments. */
    public long size() {
        return core.segments.size();
    }

    /** Base offset of the oldest segment; the log start may lie above it. */
    public long firstSegmentBaseOffset() {
        return core.segments.first().baseOffset();
    }

    /** Number of segments. */
    public int segmentCount() {
        return core.segments.count();
    }

    /** Epochs of this log's batches. */
    public LeaderEpochs leaderEpochs() {
        return core.epochs;
    }

    /** What storage threads do for the log from time to time. */
    public LogUpkeep upkeep() {
        return upkeep;
    }

    /** The producers that the log keeps state of; a copy, for DescribeProducers. */
    public List<ProducerView> activeProducers() {
        core.lock.lock();
        try {
            return ProducerView.of(core.producers);
        } finally {
            core.lock.unlock();
        }
    }

    /** What cannot be read because it is damaged, as far as that is known. */
    public List<DamagedRange> damagedRanges() {
        List<DamagedRange> ranges = new ArrayList<>();
        for (LogSegment segment : core.segments.array()) {
            segment.collectDamage(ranges);
        }
        return ranges;
    }

    /** Whether the log was closed in order before this start; false makes a replica suspect until it has caught up. */
    public boolean cleanStart() {
        return cleanStart;
    }

    /**
     * Checks a leader's batches without any lock, and makes them ready: a legacy message set is converted, timestamps are set
     * under LogAppendTime, compression is changed where the topic wants another.
     *
     * @param records position to limit; bytes may be changed in place. Must stay untouched until {@link #appendAsLeader} returned
     * @param out receives what {@link #appendAsLeader(AppendInfo, int)} needs
     * @throws StorageException CORRUPT_MESSAGE, INVALID_RECORD, MESSAGE_TOO_LARGE, INVALID_TIMESTAMP,
     *     UNSUPPORTED_COMPRESSION_TYPE
     */
    public void validate(ByteBuffer records, AppendOrigin origin, AppendInfo out) {
        out.clear();
        out.nowMs = core.host.clock().millis();
        out.validator().validate(records, origin, core.config(), out);
    }

    /**
     * Appends what {@link #validate} prepared. A batch that an idempotent producer repeats is not appended again:
     * {@link AppendInfo#duplicate} and the offsets of its first append say so.
     *
     * @param leaderEpoch stamped into the batches, at least 0
     * @throws StorageException OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, RECORD_LIST_TOO_LARGE,
     *     KAFKA_STORAGE_ERROR (also when the disk is full; the log stays as it was)
     */
    public void appendAsLeader(AppendInfo info, int leaderEpoch) {
        ByteBuffer records = info.records();
        LogOffsets offsets = core.offsets;
        core.lock.lock();
        try {
            core.requireWritable();
            LogConfig now = core.config();
            if (info.validBytes > now.segmentBytes()) {
                throw new StorageException(
                        ErrorCode.RECORD_LIST_TOO_LARGE,
                        info.validBytes + " bytes of records are larger than segment.bytes, " + now.segmentBytes());
            }
            info.logStartOffset = offsets.logStart();
            int index = records.position();
            int limit = index + info.validBytes;
            if (core.appender.isDuplicate(records, index, info)) {
                return;
            }
            info.firstOffset = offsets.logEnd();
            try {
                while (index < limit) {
                    BatchHeader.stamp(records, index, offsets.logEnd(), leaderEpoch);
                    index += appendBatch(records, index, now);
                }
            } finally {
                onAppended(info.firstOffset, info, now);
            }
            info.lastOffset = offsets.logEnd() - 1;
        } catch (IOException | InternalError e) {
            throw core.failed("appending to " + core.topicPartition, e);
        } finally {
            core.lock.unlock();
        }
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
     * @param records position to limit; left unchanged
     * @throws StorageException CORRUPT_MESSAGE; KAFKA_STORAGE_ERROR; OFFSET_OUT_OF_RANGE if the first
     *     offset lies below the log end
     */
    public void appendAsFollower(ByteBuffer records, AppendInfo out) {
        out.clear();
        out.nowMs = core.host.clock().millis();
        FollowerBatches.check(records, out);
        LogOffsets offsets = core.offsets;
        core.lock.lock();
        try {
            core.requireWritable();
            LogConfig now = core.config();
            out.logStartOffset = offsets.logStart();
            int index = records.position();
            int limit = index + out.validBytes;
            long endBefore = offsets.logEnd();
            try {
                while (index < limit) {
                    long baseOffset = BatchHeader.baseOffset(records, index);
                    if (baseOffset < offsets.logEnd()) {
                        throw new StorageException(
                                ErrorCode.OFFSET_OUT_OF_RANGE,
                                "The leader sent offset " + baseOffset + " for " + core.topicPartition
                                        + ", whose log ends at " + offsets.logEnd());
                    }
                    out.firstOffset = out.firstOffset < 0 ? baseOffset : out.firstOffset;
                    index += appendBatch(records, index, now);
                    out.lastOffset = offsets.logEnd() - 1;
                }
            } finally {
                onAppended(endBefore, out, now);
            }
        } catch (IOException | InternalError e) {
            throw core.failed("appending to " + core.topicPartition, e);
        } finally {
            core.lock.unlock();
        }
    }

    // Also if only some of the batches could be: those are there, and count once they are synced.
    private void onAppended(long endBefore, AppendInfo info, LogConfig now) {
        if (core.offsets.logEnd() > endBefore) {
            core.appender.onAppended(info, now);
        }
    }

    // One stamped batch; returns its size. Nothing has happened when a DiskFullException comes out.
    private int appendBatch(ByteBuffer records, int index, LogConfig now) throws IOException {
        long end = core.appender.append(records, index, core.offsets.logEnd(), now);
        if (BatchHeader.isTransactional(records, index)) {
            core.publishFirstUnstableOffset();
        }
        core.offsets.logEnd(end);
        return BatchHeader.sizeInBytes(records, index);
    }

    /**
     * Finds the batches from the one that holds {@code offset} on.
     *
     * @param maxBytes most bytes to find; the last batch may be cut off
     * @param minOneBatch whether the first batch is given whole even if it is larger than {@code maxBytes}; its checksum is looked at then
     * @param upperBoundOffset batches from this offset on are not given: high watermark, last stable offset or log end
     * @param out released by the caller before the call; left empty if there is nothing below the bound
     * @throws StorageException OFFSET_OUT_OF_RANGE if {@code offset} is below the log's start or beyond its end; CORRUPT_MESSAGE if the
     *     log is damaged there
     */
    public void read(long offset, int maxBytes, boolean minOneBatch, long upperBoundOffset, LogSlice out) {
        long end = logEndOffset();
        requireInRange(offset, end);
        long bound = Math.min(upperBoundOffset, end);
        if (offset >= bound) {
            return;
        }
        try {
            if (!reader.read(offset, maxBytes, minOneBatch, bound, out)) {
                requireInRange(offset, end);
            }
        } catch (IOException e) {
            requireInRange(offset, logEndOffset());
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR, "Cannot read offset " + offset + " of " + core.topicPartition, e);
        } catch (StorageException e) {
            upkeep.onReadRefused(e, offset);
            throw e;
        }
    }

    private void requireInRange(long offset, long end) {
        long start = core.offsets.logStart();
        if (offset < start || offset > end) {
            throw new StorageException(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    "Offset " + offset + " of " + core.topicPartition + " is not between its log's start " + start
                            + " and end " + end);
        }
    }

    /**
     * The transactions aborted in a range, for a reader of committed records.
     *
     * @param fetchOffset first offset read
     * @param upperBoundOffset offset after the last one read
     */
    public List<AbortedTransaction> abortedTransactions(long fetchOffset, long upperBoundOffset) {
        return reader.abortedTransactions(fetchOffset, upperBoundOffset);
    }

    /** Sets the high watermark, kept between log start and log end; returns what it is then. */
    public long updateHighWatermark(long newHighWatermark) {
        LogOffsets offsets = core.offsets;
        core.lock.lock();
        try {
            long bounded = Math.max(offsets.logStart(), Math.min(newHighWatermark, offsets.logEnd()));
            core.producers.transactions().onHighWatermark(bounded);
            core.publishFirstUnstableOffset();
            offsets.highWatermark(bounded);
            return bounded;
        } finally {
            core.lock.unlock();
        }
    }

    /** The first record whose timestamp is at least this one (ms); {@link TimestampOffset#NONE} if there is none. */
    public TimestampOffset offsetForTimestamp(long timestamp) {
        try {
            return reader.offsetForTimestamp(timestamp, logStartOffset());
        } catch (IOException | InvalidRecordException e) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    "Cannot find timestamp " + timestamp + " in " + core.topicPartition,
                    e);
        }
    }

    /** The first of the records that have the largest timestamp of the log; {@link TimestampOffset#NONE} if it is empty. */
    public TimestampOffset offsetOfMaxTimestamp() {
        try {
            return reader.offsetOfMaxTimestamp(logStartOffset());
        } catch (IOException | InvalidRecordException e) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR, "Cannot find the largest timestamp of " + core.topicPartition, e);
        }
    }

    /** Notes that an epoch begins at the log end, as a new leader does. On disk with the next checkpoint or flush. */
    public void assignEpochStart(int leaderEpoch) {
        core.lock.lock();
        try {
            core.epochs.assign(leaderEpoch, core.offsets.logEnd());
        } finally {
            core.lock.unlock();
        }
    }

    /**
     * Removes all records from {@code offset} on. Epochs that begin there or later are forgotten even if there is nothing to
     * remove. If a batch spans the offset the whole batch goes, and the log ends before it.
     */
    public void truncateTo(long offset) {
        core.lock.lock();
        try {
            core.requireWritable();
            new LogTruncation(core).truncateTo(offset);
            core.flusher.request();
        } catch (IOException e) {
            throw core.failed("truncating " + core.topicPartition + " to " + offset, e);
        } finally {
            core.lock.unlock();
        }
    }

    /** Removes everything; the next record gets {@code offset}. */
    public void truncateFullyAndStartAt(long offset) {
        core.lock.lock();
        try {
            core.requireWritable();
            new LogTruncation(core).restartAt(offset);
            core.flusher.request();
        } catch (IOException e) {
            throw core.failed("truncating " + core.topicPartition + " to start at " + offset, e);
        } finally {
            core.lock.unlock();
        }
    }

    /**
     * Moves the log start: DeleteRecords, and what a follower learns from its leader. Segments wholly below go away later.
     *
     * @param offset new log start; -1 = the high watermark; a smaller one than the present does nothing
     * @return the log start afterwards
     * @throws StorageException OFFSET_OUT_OF_RANGE if it lies beyond the high watermark
     */
    public long deleteRecords(long offset) {
        core.lock.lock();
        try {
            core.requireWritable();
            long highWatermark = core.offsets.highWatermark();
            long wanted = offset == -1 ? highWatermark : offset;
            if (wanted > highWatermark || wanted < 0) {
                throw new StorageException(
                        ErrorCode.OFFSET_OUT_OF_RANGE,
                        "Cannot delete the records of " + core.topicPartition + " below " + wanted
                                + ": its high watermark is " + highWatermark);
            }
            core.moveStartTo(wanted);
            return core.offsets.logStart();
        } finally {
            core.lock.unlock();
        }
    }

    /** Waits until everything appended so far is on disk. Not for event loops. */
    public void flush() {
        core.flush();
    }

    /** Seals the log: no append follows. Files are cut to size in the background; then comes {@link #finish}. */
    public void close() {
        core.lock.lock();
        try {
            if (!core.closed()) {
                core.close();
                core.flusher.directory().stop();
                core.appender.close(core.offsets.logEnd());
            }
        } catch (IOException e) {
            throw core.failed("closing " + core.topicPartition, e);
        } finally {
            core.lock.unlock();
        }
    }

    /** Brings a {@link #close closed} log to disk, so that the next start needs no recovery. */
    public void finish() {
        core.flush();
    }

    /** Takes a deleted log out of use and gives its directory another name. */
    public void closeAndRename(Path target) {
        core.lock.lock();
        try {
            core.close();
            core.flusher.directory().moveAway(target);
            for (LogSegment segment : core.segments.array()) {
                // A new log of the same name must not be taken for this one.
                segment.files().moveTo(target);
                segment.rest();
            }
            core.movedTo(target);
        } catch (IOException e) {
            throw core.failed("renaming " + core.path() + " to " + target, e);
        } finally {
            core.lock.unlock();
        }
    }

    /**
     * Takes a log whose directory has failed out of use and lets go of its memory and files, as far as no reader is left. Nothing is
     * written to them.
     */
    public void abandon() {
        core.lock.lock();
        try {
            core.close();
            core.flusher.directory().stop();
            for (LogSegment segment : core.segments.array()) {
                segment.abandon();
            }
        } finally {
            core.lock.unlock();
        }
    }

    /** Closes the files of a log that is out of use, as far as no reader is left. */
    public void closeFiles() {
        for (LogSegment segment : core.segments.array()) {
            segment.files().close();
        }
    }

    @Override
    public String toString() {
        return core.topicPartition + "[" + logStartOffset() + ".." + logEndOffset() + ")";
    }
}
