package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.LogConfig;
import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.producer.CompletedTransaction;
import io.millrace.storage.producer.ProducerEntry;
import io.millrace.storage.producer.ProducerSnapshot;
import io.millrace.storage.producer.ProducerStates;
import io.millrace.storage.producer.SequenceCheck;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings stamped batches into the active segment, rolls to a new one when it is time, and keeps producers and epochs in step.
 * Under the log's lock. Makes no object for a batch unless it rolls or ends a transaction.
 */
final class LogAppender {
    private static final Logger LOG = LoggerFactory.getLogger(LogAppender.class);

    /**
     * Records after which a log is flushed of which each is synced. What acknowledgements wait for is the sync; a flush for each besides
     * would have the disk do the same twice, and this is often enough for recovery to be short.
     */
    private static final long FLUSH_AFTER_SYNCED = 10_000;

    private final Path dir;
    private final DirectoryOwner owner;
    private final LogHost host;
    private final Segments segments;
    private final LeaderEpochs epochs;
    private final ProducerStates producers;
    private final LogFlusher flusher;
    private long snapshotOffset;
    private long rollAfterMs;
    private long nextMarkPosition;
    private long unflushedMessages;
    private long lastAppendMs;

    /** Whether the log ends with the last batch for sure. */
    private boolean appendedToEnd;

    LogAppender(Path dir, DirectoryOwner owner, LogHost host, Segments segments, LogState state, LogFlusher flusher) {
        this.dir = dir;
        this.owner = owner;
        this.host = host;
        this.segments = segments;
        this.epochs = state.epochs();
        this.producers = state.producers();
        this.snapshotOffset = state.snapshotOffset();
        this.flusher = flusher;
        this.nextMarkPosition = nextMark(segments.active().size());
    }

    /**
     * Whether a batch that a leader is about to append is there already; its offsets are in {@code info} then, without the first
     * offset if that is long ago. A client may have more unanswered batches in a log than the last five: an error such as too few
     * replicas makes room for another request though the batch has been appended. Apache Kafka takes such a batch for a gap, upon which
     * the client begins a new epoch and sends all of them again.
     *
     * @throws io.millrace.storage.StorageException if it is neither that nor what comes next
     */
    boolean isDuplicate(ByteBuffer records, int index, AppendInfo info) {
        if (!BatchHeader.hasProducerId(records, index)) {
            return false;
        }
        long producerId = BatchHeader.producerId(records, index);
        short epoch = BatchHeader.producerEpoch(records, index);
        ProducerEntry entry = producers.entry(producerId);
        if (BatchHeader.isControl(records, index)) {
            SequenceCheck.requireMarker(
                    entry, producerId, epoch, info.validator().coordinatorEpoch(records, index));
            return false;
        }
        if (info.origin != AppendOrigin.CLIENT) {
            return false;
        }
        int baseSequence = BatchHeader.baseSequence(records, index);
        if (entry != null && entry.epoch() == epoch) {
            int lastSequence = BatchHeader.lastSequence(records, index);
            long known = entry.lastOffsetOfBatch(baseSequence, lastSequence);
            if (known >= 0) {
                info.duplicate = true;
                info.lastOffset = known;
                info.firstOffset = known - BatchHeader.lastOffsetDelta(records, index);
                return true;
            }
            if (entry.holds(baseSequence, lastSequence)) {
                // Nobody remembers where. It is committed when what came after it is.
                info.duplicate = true;
                info.lastOffset = entry.lastOffset();
                return true;
            }
        }
        SequenceCheck.require(entry, producerId, epoch, baseSequence, BatchHeader.isTransactional(records, index));
        return false;
    }

    /**
     * Appends one batch.
     *
     * @param logEnd where the log ends before it
     * @return the offset after it
     * @throws io.millrace.storage.file.DiskFullException if there is no room; the log is as it was
     */
    long append(ByteBuffer records, int index, long logEnd, LogConfig config) throws IOException {
        int size = BatchHeader.sizeInBytes(records, index);
        long baseOffset = BatchHeader.baseOffset(records, index);
        long lastOffset = BatchHeader.lastOffset(records, index);
        long maxTimestamp = BatchHeader.maxTimestamp(records, index);
        LogSegment active = segments.active();
        if (shouldRoll(active, size, lastOffset, maxTimestamp, config)) {
            // A gap of offsets before the batch goes into the new segment if it can: one between two segments is how a
            // loss looks, see SegmentRecovery. A log that was cut ends in such a gap if compaction had left one there.
            long oldEnd = appendedToEnd ? logEnd : Math.min(logEnd, active.endOfLastBatch());
            active = roll(lastOffset - oldEnd <= Integer.MAX_VALUE ? oldEnd : baseOffset, config);
        }
        owner.beforeFile();
        active.reserve(size, config.indexIntervalBytes());
        active.append(records, index, size, lastOffset, maxTimestamp, config.indexIntervalBytes());
        appendedToEnd = true;
        epochs.assign(BatchHeader.partitionLeaderEpoch(records, index), baseOffset);
        CompletedTransaction completed = producers.append(records, index);
        if (completed != null && completed.aborted()) {
            active.txnIndex()
                    .append(new AbortedTransaction(
                            completed.producerId(),
                            completed.firstOffset(),
                            completed.lastOffset(),
                            completed.lastStableOffset()));
        }
        if (active.size() >= nextMarkPosition) {
            nextMarkPosition = nextMark(active.size());
            flusher.marks().mark(active.mark(lastOffset + 1, producers));
        }
        return lastOffset + 1;
    }

    private long nextMark(long position) {
        RecoveryMarks marks = host.marks();
        return marks == null ? Long.MAX_VALUE : position + marks.intervalBytes();
    }

    /** Something was appended. */
    void onAppended(AppendInfo info, LogConfig config) {
        unflushedMessages += info.recordCount;
        lastAppendMs = info.nowMs;
        flusher.sync().request();
        if (unflushedMessages >= (config.flushesEach() ? FLUSH_AFTER_SYNCED : config.flushMessages())) {
            unflushedMessages = 0;
            flusher.request();
        }
    }

    /** When something was appended last, in ms; 0 = not since the start. */
    long lastAppendMs() {
        return lastAppendMs;
    }

    private boolean shouldRoll(LogSegment active, int size, long lastOffset, long maxTimestamp, LogConfig config)
            throws IOException {
        if (active.size() == 0) {
            return !active.canHold(lastOffset);
        }
        return active.size() + size > config.segmentBytes()
                || active.offsetIndex().isFull()
                || active.timeIndex().isFull()
                || !active.canHold(lastOffset)
                || active.times().areOlderThan(rollAfterMs, maxTimestamp, host.clock());
    }

    /** Seals the active segment and begins a new one. */
    LogSegment roll(long baseOffset, LogConfig config) throws IOException {
        LogSegment old = segments.active();
        boolean empty = old.size() == 0;
        if (!empty) {
            old.seal();
            takeSnapshot(baseOffset);
        }
        LogSegment fresh = LogSegment.create(
                dir,
                baseOffset,
                SegmentShape.of(config, old.log().windowLength()),
                host.clock().millis(),
                host.files());
        if (empty) {
            // At once: it may be the only one, and readers need one.
            segments.replace(List.of(old), fresh);
            old.files().delete();
        } else {
            segments.add(fresh);
        }
        nextMarkPosition = nextMark(0);
        chooseRollTime(config);
        flusher.request();
        LOG.info("Rolled to a new segment log={} baseOffset={}", dir.getFileName(), baseOffset);
        return fresh;
    }

    /** Settles when the active segment rolls by time. */
    void chooseRollTime(LogConfig config) {
        // What must be compacted in time must not wait in the active segment.
        long longest =
                config.compact() ? Math.min(config.segmentMs(), config.maxCompactionLagMs()) : config.segmentMs();
        long jitter = Math.min(config.segmentJitterMs(), longest);
        rollAfterMs = longest - (jitter == 0 ? 0 : ThreadLocalRandom.current().nextLong(jitter));
    }

    /** The log was cut and ends at {@code end}. */
    void onTruncated(long end, LogConfig config) {
        flusher.onTruncated(end);
        appendedToEnd = false;
        nextMarkPosition = nextMark(segments.active().size());
        snapshotOffset = Math.min(snapshotOffset, end - 1);
        chooseRollTime(config);
    }

    /** Seals the active segment for good. */
    void close(long end) throws IOException {
        if (segments.active().files().active()) {
            flusher.onFilesChanged();
        }
        segments.active().seal();
        for (LogSegment segment : segments.array()) {
            segment.files().dropDistrustedIndex();
        }
        if (end > snapshotOffset && segments.size() > 0) {
            takeSnapshot(end);
        }
        flusher.marks().forget();
    }

    private void takeSnapshot(long offset) {
        flusher.addSnapshot(offset, ProducerSnapshot.encode(producers));
        snapshotOffset = offset;
    }
}
