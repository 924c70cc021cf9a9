package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.InvalidRecordException;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.checkpoint.PartitionMetadataFile;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.file.DurableFiles;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.producer.ProducerEntry;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One partition's log: record batches by offset.
 *
 * <p>Threads: the changing methods exclude each other by a lock of the log's own, which is never held while something waits for the
 * disk, save that an append past the space provided ahead waits for more. Readers take no lock: they see what
 * {@link #logEndOffset} and {@link #highWatermark} publish.
 *
 * <p>All methods may throw {@code StorageException} KAFKA_STORAGE_ERROR once the log's directory has failed.
 */
public final class PartitionLog {
    private static final VarHandle LOG_END_OFFSET;
    private static final VarHandle HIGH_WATERMARK;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LOG_END_OFFSET = lookup.findVarHandle(PartitionLog.class, "logEndOffset", long.class);
            HIGH_WATERMARK = lookup.findVarHandle(PartitionLog.class, "highWatermark", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final TopicPartition topicPartition;
    private volatile Uuid topicId;
    private final LogHost host;
    private final ReentrantLock lock = new ReentrantLock();
    private final Segments segments = new Segments();
    private final LogReader reader = new LogReader(segments);
    private final LeaderEpochs epochs;
    private final ProducerStates producers;
    private final LogFlusher flusher;
    private final LogAppender appender;
    private final boolean cleanStart;

    private volatile Path path;
    private volatile LogConfig config;
    private volatile long logStartOffset;
    private volatile long firstUnstableOffset;
    private volatile boolean closed;

    @SuppressWarnings("FieldMayBeFinal") // changed through LOG_END_OFFSET
    private long logEndOffset;

    @SuppressWarnings("FieldMayBeFinal") // changed through HIGH_WATERMARK
    private long highWatermark;

    // Under the lock.
    private long unflushedMessages;
    private long lastAppendMs;

    private PartitionLog(
            TopicPartition topicPartition, Uuid topicId, Path path, LogConfig config, LogHost host, LogState state) {
        this.topicPartition = topicPartition;
        this.topicId = topicId;
        this.path = path;
        this.config = config;
        this.host = host;
        this.epochs = state.epochs();
        this.producers = state.producers();
        this.logStartOffset = state.logStartOffset();
        this.logEndOffset = state.logEndOffset();
        this.highWatermark = state.logStartOffset();
        this.cleanStart = state.clean();
        segments.replaceAll(state.segments());
        flusher = new LogFlusher(path, segments, epochs, this::logEndOffset, state.recoveryPoint(), host);
        appender = new LogAppender(path, host, segments, state, flusher);
        publishFirstUnstableOffset();
        appender.chooseRollTime(config);
    }

    /** An empty log in a directory that was just created. */
    public static PartitionLog create(
            TopicPartition topicPartition, Uuid topicId, Path path, LogConfig config, LogHost host) throws IOException {
        return new PartitionLog(
                topicPartition, topicId, path, config, host, LogLoader.load(path, config, host, LogHints.NEW));
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
        PartitionLog log =
                new PartitionLog(topicPartition, PartitionMetadataFile.read(path), path, config, host, state);
        log.updateHighWatermark(hints.highWatermark());
        if (!state.clean()) {
            log.flusher.request();
        }
        return log;
    }

    public TopicPartition topicPartition() {
        return topicPartition;
    }

    /** The topic's id; {@link Uuid#ZERO} if none was ever given. */
    public Uuid topicId() {
        return topicId;
    }

    /** Gives its topic's id to a log that had none. */
    public void assignTopicId(Uuid newTopicId) {
        lock.lock();
        try {
            requireWritable();
            PartitionMetadataFile.write(path, newTopicId);
            topicId = newTopicId;
        } catch (IOException e) {
            throw failed("writing the topic id of " + topicPartition, e);
        } finally {
            lock.unlock();
        }
    }

    /** The partition's directory. */
    public Path path() {
        return path;
    }

    /** The log directory that holds it. */
    public Path logDir() {
        return host.health().dir();
    }

    public LogConfig config() {
        return config;
    }

    /** New settings; they hold from the next append on. */
    public void updateConfig(LogConfig newConfig) {
        lock.lock();
        try {
            config = newConfig;
            appender.chooseRollTime(newConfig);
        } finally {
            lock.unlock();
        }
    }

    /** First offset that may be read. */
    public long logStartOffset() {
        return logStartOffset;
    }

    /** Offset of the next record to be appended. */
    public long logEndOffset() {
        return (long) LOG_END_OFFSET.getAcquire(this);
    }

    /** Offset below which every in-sync replica has the records. */
    public long highWatermark() {
        return (long) HIGH_WATERMARK.getAcquire(this);
    }

    /** Offset below which no transaction is open; never above the high watermark. */
    public long lastStableOffset() {
        return Math.min(highWatermark(), firstUnstableOffset);
    }

    /** Offset below which everything is known to be on disk. */
    public long recoveryPoint() {
        return flusher.recoveryPoint();
    }

    /** Bytes of all segments. */
    public long size() {
        return segments.size();
    }

    /** Base offset of the oldest segment; the log start may lie above it. */
    public long firstSegmentBaseOffset() {
        return segments.first().baseOffset();
    }

    /** Number of segments. */
    public int segmentCount() {
        return segments.count();
    }

    /** Epochs of this log's batches. */
    public LeaderEpochs leaderEpochs() {
        return epochs;
    }

    /** The producers that the log keeps state of; a copy, for DescribeProducers. */
    public List<ProducerView> activeProducers() {
        lock.lock();
        try {
            List<ProducerView> views = new ArrayList<>();
            for (ProducerEntry entry : producers.entries()) {
                views.add(new ProducerView(
                        entry.producerId(),
                        entry.epoch(),
                        entry.lastSequence(),
                        entry.lastOffset(),
                        entry.lastTimestamp(),
                        entry.coordinatorEpoch(),
                        entry.currentTxnFirstOffset()));
            }
            return views;
        } finally {
            lock.unlock();
        }
    }

    /** What cannot be read because it is damaged, as far as that is known. */
    public List<DamagedRange> damagedRanges() {
        List<DamagedRange> ranges = new ArrayList<>();
        for (LogSegment segment : segments.array()) {
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
        out.validator().validate(records, origin, config, host.clock().millis(), out);
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
        lock.lock();
        try {
            requireWritable();
            LogConfig now = config;
            if (info.validBytes > now.segmentBytes()) {
                throw new StorageException(
                        ErrorCode.RECORD_LIST_TOO_LARGE,
                        info.validBytes + " bytes of records are larger than segment.bytes, " + now.segmentBytes());
            }
            info.logStartOffset = logStartOffset;
            int index = records.position();
            int limit = index + info.validBytes;
            if (appender.isDuplicate(records, index, info)) {
                return;
            }
            info.firstOffset = logEndOffset;
            while (index < limit) {
                BatchHeader.stamp(records, index, logEndOffset, leaderEpoch);
                index += appendBatch(records, index, now);
            }
            info.lastOffset = logEndOffset - 1;
            onAppended(info.recordCount, now);
        } catch (IOException e) {
            throw failed("appending to " + topicPartition, e);
        } finally {
            lock.unlock();
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
        FollowerBatches.check(records, out);
        lock.lock();
        try {
            requireWritable();
            LogConfig now = config;
            out.logStartOffset = logStartOffset;
            int index = records.position();
            int limit = index + out.validBytes;
            while (index < limit) {
                long baseOffset = BatchHeader.baseOffset(records, index);
                if (baseOffset < logEndOffset) {
                    throw new StorageException(
                            ErrorCode.OFFSET_OUT_OF_RANGE,
                            "The leader sent offset " + baseOffset + " for " + topicPartition + ", whose log ends at "
                                    + logEndOffset);
                }
                out.firstOffset = out.firstOffset < 0 ? baseOffset : out.firstOffset;
                index += appendBatch(records, index, now);
                out.lastOffset = logEndOffset - 1;
            }
            onAppended(out.recordCount, now);
        } catch (IOException e) {
            throw failed("appending to " + topicPartition, e);
        } finally {
            lock.unlock();
        }
    }

    // One stamped batch; returns its size. Nothing has happened when a DiskFullException comes out.
    private int appendBatch(ByteBuffer records, int index, LogConfig now) throws IOException {
        long end = appender.append(records, index, now);
        if (BatchHeader.isTransactional(records, index)) {
            publishFirstUnstableOffset();
        }
        LOG_END_OFFSET.setRelease(this, end);
        return BatchHeader.sizeInBytes(records, index);
    }

    private void onAppended(int recordCount, LogConfig now) {
        unflushedMessages += recordCount;
        lastAppendMs = host.clock().millis();
        if (unflushedMessages >= now.flushMessages()) {
            unflushedMessages = 0;
            flusher.request();
        }
    }

    /**
     * Finds the batches from the one that holds {@code offset} on.
     *
     * @param maxBytes most bytes to find; the last batch may be cut off
     * @param minOneBatch whether the first batch is given whole even if it is larger than {@code maxBytes}
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
                    ErrorCode.KAFKA_STORAGE_ERROR, "Cannot read offset " + offset + " of " + topicPartition, e);
        }
    }

    private void requireInRange(long offset, long end) {
        if (offset < logStartOffset || offset > end) {
            throw new StorageException(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    "Offset " + offset + " of " + topicPartition + " is not between its log's start " + logStartOffset
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
        lock.lock();
        try {
            long bounded = Math.max(logStartOffset, Math.min(newHighWatermark, logEndOffset));
            producers.transactions().onHighWatermark(bounded);
            publishFirstUnstableOffset();
            HIGH_WATERMARK.setRelease(this, bounded);
            return bounded;
        } finally {
            lock.unlock();
        }
    }

    private void publishFirstUnstableOffset() {
        long first = producers.transactions().firstUnstableOffset();
        if (first != firstUnstableOffset) {
            firstUnstableOffset = first;
        }
    }

    /** The first record whose timestamp is at least this one (ms); {@link TimestampOffset#NONE} if there is none. */
    public TimestampOffset offsetForTimestamp(long timestamp) {
        try {
            return reader.offsetForTimestamp(timestamp, logStartOffset);
        } catch (IOException | InvalidRecordException e) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR, "Cannot find timestamp " + timestamp + " in " + topicPartition, e);
        }
    }

    /** The first of the records that have the largest timestamp of the log; {@link TimestampOffset#NONE} if it is empty. */
    public TimestampOffset offsetOfMaxTimestamp() {
        try {
            return reader.offsetOfMaxTimestamp(logStartOffset);
        } catch (IOException | InvalidRecordException e) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR, "Cannot find the largest timestamp of " + topicPartition, e);
        }
    }

    /** Notes that an epoch begins at the log end, as a new leader does. On disk with the next checkpoint or flush. */
    public void assignEpochStart(int leaderEpoch) {
        lock.lock();
        try {
            epochs.assign(leaderEpoch, logEndOffset);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes all records from {@code offset} on. Epochs that begin there or later are forgotten even if there is nothing to
     * remove. If a batch spans the offset the whole batch goes, and the log ends before it.
     */
    public void truncateTo(long offset) {
        lock.lock();
        try {
            requireWritable();
            if (offset < segments.first().baseOffset()) {
                restartAt(offset);
            } else if (offset < logEndOffset) {
                long end =
                        new LogTruncation(path, segments, producers, host).truncateTo(offset, logStartOffset, config);
                if (end < logStartOffset) {
                    restartAt(logStartOffset);
                } else {
                    epochs.truncateFromEnd(end);
                    moveEndTo(end);
                }
            } else {
                epochs.truncateFromEnd(offset);
            }
            flusher.request();
        } catch (IOException e) {
            throw failed("truncating " + topicPartition + " to " + offset, e);
        } finally {
            lock.unlock();
        }
    }

    /** Removes everything; the next record gets {@code offset}. */
    public void truncateFullyAndStartAt(long offset) {
        lock.lock();
        try {
            requireWritable();
            restartAt(offset);
            flusher.request();
        } catch (IOException e) {
            throw failed("truncating " + topicPartition + " to start at " + offset, e);
        } finally {
            lock.unlock();
        }
    }

    private void restartAt(long offset) throws IOException {
        new LogTruncation(path, segments, producers, host).restartAt(offset, config);
        epochs.clear();
        logStartOffset = offset;
        HIGH_WATERMARK.setRelease(this, offset);
        moveEndTo(offset);
    }

    private void moveEndTo(long end) throws IOException {
        appender.onTruncated(end, config);
        LOG_END_OFFSET.setRelease(this, end);
        logStartOffset = Math.min(logStartOffset, end);
        HIGH_WATERMARK.setRelease(this, Math.min(highWatermark, end));
        publishFirstUnstableOffset();
        // What is appended next is not on disk: no restart may take it for flushed because the old point lay behind it.
        host.recoveryPoints().lower(topicPartition, end);
    }

    /**
     * Moves the log start: DeleteRecords, and what a follower learns from its leader. Segments wholly below go away later.
     *
     * @param offset new log start; -1 = the high watermark; a smaller one than the present does nothing
     * @return the log start afterwards
     * @throws StorageException OFFSET_OUT_OF_RANGE if it lies beyond the high watermark
     */
    public long deleteRecords(long offset) {
        lock.lock();
        try {
            requireWritable();
            long wanted = offset == -1 ? highWatermark : offset;
            if (wanted > highWatermark || wanted < 0) {
                throw new StorageException(
                        ErrorCode.OFFSET_OUT_OF_RANGE,
                        "Cannot delete the records of " + topicPartition + " below " + wanted
                                + ": its high watermark is " + highWatermark);
            }
            moveStartTo(wanted);
            return logStartOffset;
        } finally {
            lock.unlock();
        }
    }

    private void moveStartTo(long offset) {
        if (offset > logStartOffset) {
            logStartOffset = offset;
            epochs.truncateFromStart(offset);
            producers.truncateFromStart(offset);
            publishFirstUnstableOffset();
        }
    }

    /**
     * Takes the oldest segments out of the log and removes their files. For retention.
     *
     * @param count how many; if it is all of them a new active segment is begun first
     */
    public void removeOldest(int count) {
        List<LogSegment> gone = new ArrayList<>(count);
        lock.lock();
        try {
            requireWritable();
            LogConfig now = config;
            if (count >= segments.count() && segments.active().size() > 0) {
                appender.roll(logEndOffset, now);
            }
            LogSegment[] all = segments.array();
            for (int slot = 0; slot < count && slot + 1 < all.length; slot++) {
                if (all[slot + 1].baseOffset() > highWatermark) {
                    break;
                }
                gone.add(all[slot]);
            }
            if (gone.isEmpty()) {
                return;
            }
            // Without the others the name of its first file is all that says where the log goes on.
            all[gone.size()].createFileIfMissing();
            long newStart = all[gone.size()].baseOffset();
            // First, so that who reads below finds out rather than being given what comes behind.
            moveStartTo(newStart);
            segments.removeAll(gone);
            flusher.onStartMoved(newStart);
            new SegmentRemoval(path, host).remove(gone, now.fileDeleteDelayMs());
        } catch (IOException e) {
            throw failed("removing old segments of " + topicPartition, e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes the sealed segments that end at or below an offset anew through a filter. For compaction, on a storage thread.
     *
     * @throws StorageException CORRUPT_MESSAGE if a segment is damaged; it and those behind it stay as they are
     */
    public void rewrite(long endOffset, BatchFilter filter) {
        requireWritable();
        LogConfig now = config;
        SegmentRewrite rewrite = new SegmentRewrite(path, host, now);
        try {
            for (List<LogSegment> group : rewrite.groups(segments.array(), endOffset)) {
                LogSegment cleaned = rewrite.write(group, filter);
                if (!replace(group, cleaned)) {
                    cleaned.delete();
                    return;
                }
                DurableFiles.syncDirectory(path);
                new SegmentRemoval(path, host).deleteLater(group, now.fileDeleteDelayMs());
            }
        } catch (IOException e) {
            throw failed("compacting " + topicPartition, e);
        }
    }

    private boolean replace(List<LogSegment> group, LogSegment cleaned) throws IOException {
        lock.lock();
        try {
            return !closed && SegmentReplacement.replace(path, segments, group, cleaned);
        } finally {
            lock.unlock();
        }
    }

    /** What retention decides by: the segments from the oldest to the active one. A snapshot. */
    public List<SegmentView> segmentViews() throws IOException {
        LogSegment[] all = segments.array();
        List<SegmentView> views = new ArrayList<>(all.length);
        for (int slot = 0; slot < all.length; slot++) {
            long end = slot + 1 < all.length ? all[slot + 1].baseOffset() : logEndOffset();
            views.add(new SegmentView(
                    all[slot].baseOffset(), end, all[slot].size(), all[slot].retentionTimestamp(host.clock())));
        }
        return views;
    }

    /** Forgets producers that have been silent since before this time (ms). */
    public void removeExpiredProducers(long expiredBeforeMs) {
        lock.lock();
        try {
            producers.removeExpired(expiredBeforeMs);
        } finally {
            lock.unlock();
        }
    }

    /** Flushes if something was appended longer than {@code flush.ms} ago and is not on disk. */
    public void maybeFlush() {
        if (recoveryPoint() < logEndOffset() && flusher.ageMs() >= config.flushMs()) {
            flush();
        }
    }

    /** Waits until everything appended so far is on disk. Not for event loops. */
    public void flush() {
        host.health().requireOnline();
        try {
            flusher.flush();
        } catch (IOException e) {
            throw failed("flushing " + topicPartition, e);
        }
    }

    /** Brings the leader epochs to disk if they have changed. Not for event loops. */
    public void checkpointEpochs() {
        try {
            if (!closed) {
                flusher.saveEpochs();
            }
        } catch (IOException e) {
            throw failed("writing the leader epochs of " + topicPartition, e);
        }
    }

    /** Lets go of the memory of a log that nobody has appended to for {@code idleMs}. The next append takes it back. */
    public void restIfIdle(long idleMs) {
        if (!segments.active().active() || !lock.tryLock()) {
            return;
        }
        try {
            if (host.clock().millis() - lastAppendMs >= idleMs) {
                segments.active().rest();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Seals the log: no append follows. Files are cut to size in the background; then comes {@link #finish}. */
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                flusher.stop();
                appender.close(logEndOffset);
            }
        } catch (IOException e) {
            throw failed("closing " + topicPartition, e);
        } finally {
            lock.unlock();
        }
    }

    /** Brings a {@link #close closed} log to disk, so that the next start needs no recovery. */
    public void finish() {
        flush();
    }

    /** Takes a deleted log out of use and gives its directory another name. */
    public void closeAndRename(Path target) {
        lock.lock();
        try {
            closed = true;
            flusher.moveAway(target);
            for (LogSegment segment : segments.array()) {
                // A new log of the same name must not be taken for this one.
                segment.moveTo(target);
                segment.rest();
            }
            path = target;
        } catch (IOException e) {
            throw failed("renaming " + path + " to " + target, e);
        } finally {
            lock.unlock();
        }
    }

    /** Closes the files of a log that is out of use, as far as no reader is left. */
    public void closeFiles() {
        for (LogSegment segment : segments.array()) {
            segment.closeFiles();
        }
    }

    private void requireWritable() {
        host.health().requireOnline();
        if (closed) {
            throw new StorageException(ErrorCode.KAFKA_STORAGE_ERROR, "The log of " + topicPartition + " is closed");
        }
    }

    // A full disk is refused and forgotten, and so is the interrupt of a thread, which closes the file it is inside of;
    // any other error takes the directory out of service.
    private StorageException failed(String doing, IOException cause) {
        if (!(cause instanceof DiskFullException) && !(cause instanceof ClosedChannelException)) {
            host.health().fail(doing, cause);
        }
        return new StorageException(
                ErrorCode.KAFKA_STORAGE_ERROR, "Error while " + doing + ": " + cause.getMessage(), cause);
    }

    @Override
    public String toString() {
        return topicPartition + "[" + logStartOffset + ".." + logEndOffset() + ")";
    }
}
