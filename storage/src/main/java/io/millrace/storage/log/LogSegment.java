package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.LogFile;
import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.index.OffsetIndex;
import io.millrace.storage.index.TimeIndex;
import io.millrace.storage.index.TransactionIndex;
import io.millrace.storage.producer.CompletedTransaction;
import io.millrace.storage.producer.ProducerRuns;
import io.millrace.storage.producer.ProducerSnapshot;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stretch of the log: one file of batches with its indexes. The last segment of a log is appended to, the others are sealed.
 * Appends and changes belong to the log's writer; the rest is for any thread.
 */
final class LogSegment {
    private static final Logger LOG = LoggerFactory.getLogger(LogSegment.class);

    private final long baseOffset;
    private final SegmentFileSet files;
    private final SegmentDamage damage = new SegmentDamage();

    private volatile long nextBase = Long.MAX_VALUE;

    // While it is appended to.
    private volatile @Nullable RecentBatches recent;

    private final SegmentTimes times = new SegmentTimes(this);

    // The writer's.
    private long bytesSinceIndexEntry;
    private long createdMs;

    private LogSegment(long baseOffset, SegmentFileSet files) {
        this.baseOffset = baseOffset;
        this.files = files;
    }

    /** A new, empty segment; no file exists until the first append. */
    static LogSegment create(Path dir, long baseOffset, SegmentShape shape, long nowMs, FileHost host) {
        return empty(baseOffset, nowMs, new SegmentFileSet(dir, baseOffset, shape, host));
    }

    /** One that compaction fills, under names of its own. */
    static LogSegment createCleaned(Path dir, long baseOffset, SegmentShape shape, long nowMs, FileHost host) {
        return empty(baseOffset, nowMs, SegmentFileSet.withSuffix(dir, baseOffset, shape, host, SegmentFiles.CLEANED));
    }

    private static LogSegment empty(long baseOffset, long nowMs, SegmentFileSet files) {
        LogSegment segment = new LogSegment(baseOffset, files);
        segment.times.clear();
        segment.createdMs = nowMs;
        return segment;
    }

    /** A segment found on disk whose files are believed: nothing is opened. */
    static LogSegment open(Path dir, long baseOffset, SegmentShape shape, FileHost host) throws IOException {
        LogSegment segment = new LogSegment(baseOffset, SegmentFileSet.found(dir, baseOffset, shape, host));
        segment.createdMs = segment.files.lastWrittenMs(0);
        return segment;
    }

    long baseOffset() {
        return baseOffset;
    }

    /** Base offset of the segment that follows; {@link Long#MAX_VALUE} if none does. */
    long nextBase() {
        return nextBase;
    }

    /** Another segment follows now, or none. */
    void nextBase(long offset) {
        nextBase = offset;
    }

    /** What it consists of. */
    SegmentFileSet files() {
        return files;
    }

    LogFile log() {
        return files.log();
    }

    OffsetIndex offsetIndex() {
        return files.offsetIndex();
    }

    TimeIndex timeIndex() {
        return files.timeIndex();
    }

    TransactionIndex txnIndex() {
        return files.txnIndex();
    }

    /** What is known to be damaged in it. */
    SegmentDamage damage() {
        return damage;
    }

    long size() {
        return files.size();
    }

    /** The timestamps of its batches. */
    SegmentTimes times() {
        return times;
    }

    /** When it was begun, or its file was last written before this start, ms. */
    long createdMs() {
        return createdMs;
    }

    /** When its file was last written, ms; when it was begun if it has none. */
    long lastWrittenMs() throws IOException {
        return files.lastWrittenMs(createdMs);
    }

    /** Whether a record at this offset can be addressed from the base offset. */
    boolean canHold(long offset) {
        return offset - baseOffset <= Integer.MAX_VALUE;
    }

    /** Notes that bytes are damaged: what they hold cannot be served, everything else can. The log's lock is held. */
    void markDamaged(long position, long end, long firstOffset, long nextOffset) {
        markDamaged(damage.cuts(), position, end, firstOffset, nextOffset);
    }

    /**
     * Likewise without the lock, by somebody who began to look when the segment had been cut {@code cutsBefore} times: bytes that were
     * being cut off look damaged.
     */
    void markDamaged(int cutsBefore, long position, long end, long firstOffset, long nextOffset) {
        if (damage.add(cutsBefore, position, end, firstOffset, nextOffset)) {
            LOG.error(
                    "Damaged bytes from position={} to={} of segment={}: records from offset={} up to offset={} cannot be"
                            + " served, the others can",
                    position,
                    end,
                    this,
                    firstOffset,
                    nextOffset);
        }
    }

    void collectDamage(List<DamagedRange> ranges) {
        damage.forEach((position, end, firstOffset, nextOffset) ->
                ranges.add(new DamagedRange(log().path(), position, end, firstOffset, nextOffset)));
    }

    /**
     * Makes sure that a batch of this size fits, with its index entries.
     *
     * @throws io.millrace.storage.file.DiskFullException if there is no room; nothing has changed
     */
    void reserve(int bytes, int indexIntervalBytes) throws IOException {
        log().reserve(bytes);
        if (bytesSinceIndexEntry > indexIntervalBytes) {
            offsetIndex().entries().ensureRoom();
            timeIndex().entries().ensureRoom();
        }
    }

    /** Appends one batch; room was {@link #reserve reserved}. */
    void append(
            ByteBuffer source, int index, int bytes, long lastOffset, long batchMaxTimestamp, int indexIntervalBytes)
            throws IOException {
        int position = (int) log().size();
        log().append(source, index, bytes);
        RecentBatches batches = recent;
        if (batches == null) {
            batches = new RecentBatches();
            recent = batches;
        }
        batches.add(BatchHeader.baseOffset(source, index), lastOffset, position, bytes);
        note(position, bytes, lastOffset, batchMaxTimestamp, indexIntervalBytes, true);
    }

    /** Takes note of a batch that is in the file already: rebuilds the indexes while recovery walks the log. */
    void recovered(int position, int bytes, long lastOffset, long batchMaxTimestamp, int indexIntervalBytes)
            throws IOException {
        note(position, bytes, lastOffset, batchMaxTimestamp, indexIntervalBytes, false);
    }

    /** Likewise of a transaction that one of its batches has ended; null if it ended none. */
    void noteAborted(@Nullable CompletedTransaction completed) {
        if (completed != null && completed.aborted()) {
            txnIndex()
                    .append(new AbortedTransaction(
                            completed.producerId(),
                            completed.firstOffset(),
                            completed.lastOffset(),
                            completed.lastStableOffset()));
        }
    }

    /** Has its aborted transactions on disk. If there is no room its offset index goes, and the next start looks for them again. */
    void saveAborted() throws IOException {
        try {
            txnIndex().replaceFile();
        } catch (DiskFullException e) {
            goWithoutIndex();
        }
    }

    private void note(
            int position, int bytes, long lastOffset, long batchMaxTimestamp, int indexIntervalBytes, boolean reserved)
            throws IOException {
        times.note(position, lastOffset, batchMaxTimestamp);
        if (bytesSinceIndexEntry > indexIntervalBytes) {
            if (!reserved && !makeRoomForEntry()) {
                return;
            }
            offsetIndex().append(lastOffset, position);
            timeIndex().maybeAppend(times.max(), times.offsetOfMax());
            bytesSinceIndexEntry = 0;
        } else {
            offsetIndex().skip();
        }
        bytesSinceIndexEntry += bytes;
    }

    // A start goes on without indexes when there is no room for them: the log is walked instead, until the next start.
    private boolean makeRoomForEntry() throws IOException {
        try {
            offsetIndex().entries().ensureRoom();
            timeIndex().entries().ensureRoom();
            return true;
        } catch (DiskFullException e) {
            goWithoutIndex();
            return false;
        }
    }

    private void goWithoutIndex() throws IOException {
        if (!offsetIndex().distrusted()) {
            LOG.warn("No room for the indexes of segment={}: it is searched without until the next start", this);
            offsetIndex().distrust();
            offsetIndex().entries().delete();
        }
    }

    /** Likewise for a segment that was found on disk, which is opened in any case. */
    void sealRecovered() throws IOException {
        try {
            seal();
        } catch (DiskFullException e) {
            goWithoutIndex();
            rest();
        }
    }

    /** Writes the closing entry of the time index and lets go of memory; zeros behind the data are cut off in the background. */
    void seal() throws IOException {
        if (size() > 0 && times.max() > timeIndex().lastTimestamp()) {
            timeIndex().entries().ensureRoom();
            timeIndex().maybeAppend(times.max(), times.offsetOfMax());
        }
        rest();
    }

    /** Where its last batches lie, of which none is damaged; null while it is at rest. */
    @Nullable
    RecentBatches recent() {
        return damage.isEmpty() ? recent : null;
    }

    /** Lets go of memory and open files; the next append takes them back. */
    void rest() {
        recent = null;
        files.rest();
    }

    /** Likewise, of a disk that has failed and is not written to any more. */
    void abandon() {
        recent = null;
        files.abandon();
    }

    /** Empties the indexes before {@link #recovered} fills them anew. */
    void resetIndexes() throws IOException {
        offsetIndex().reset();
        timeIndex().reset();
        txnIndex().clear();
        bytesSinceIndexEntry = 0;
        times.clear();
    }

    /** Cuts everything from the batch at {@code position} on, whose first offset is {@code offset}. */
    void truncateTo(long position, long offset) throws IOException {
        recent = null;
        damage.beginCut();
        log().truncateTo(position);
        offsetIndex().truncateToPosition(position);
        timeIndex().truncateToOffset(offset);
        txnIndex().truncateTo(offset);
        damage.cutAt(position);
        bytesSinceIndexEntry = position - lastIndexedPosition();
        times.rescanMax();
        if (position == 0) {
            times.forgetFirst();
        }
    }

    /** Position of the last index entry, from where a walk finds the end; 0 if there is none, or none that leads to a batch. */
    long lastIndexedPosition() throws IOException {
        long entry = offsetIndex().last();
        return entry == OffsetIndex.NONE || !BatchLocator.leadsToBatch(this, entry, size(), BatchScanner.small())
                ? 0
                : OffsetIndex.position(entry);
    }

    /**
     * The offset behind its last batch, found by a walk from the last index entry on; {@link Long#MAX_VALUE} if it has none, or if it is
     * damaged, since what is missing behind that batch may be a loss then.
     */
    long endOfLastBatch() throws IOException {
        if (!damage.isEmpty()) {
            return Long.MAX_VALUE;
        }
        BatchScanner scanner = BatchScanner.small();
        scanner.begin(log(), lastIndexedPosition(), size());
        long end = Long.MAX_VALUE;
        while (BatchLocator.nextSound(this, size(), scanner)) {
            end = scanner.lastOffset() + 1;
        }
        return end;
    }

    /** Whether the ends of its indexes fit its batches, so that more can be appended to both. */
    boolean indexesFit() throws IOException {
        times.rescanMax();
        long entry = offsetIndex().last();
        return !timeIndex().distrusted()
                && (entry == OffsetIndex.NONE || BatchLocator.leadsToBatch(this, entry, size(), BatchScanner.small()));
    }

    /** Makes offset and time index anew from the batches, which are believed. */
    void rebuildIndexes(int indexIntervalBytes) throws IOException {
        offsetIndex().reset();
        timeIndex().reset();
        bytesSinceIndexEntry = 0;
        times.clear();
        BatchScanner scanner = BatchScanner.small();
        scanner.begin(log(), 0, size());
        while (BatchLocator.nextSound(this, size(), scanner)) {
            recovered(
                    (int) scanner.position(),
                    scanner.size(),
                    scanner.lastOffset(),
                    scanner.maxTimestamp(),
                    indexIntervalBytes);
        }
        sealRecovered();
    }

    /** Finds the largest timestamp and the distance to the last index entry by walking what lies behind that entry. */
    void rescanTail() throws IOException {
        bytesSinceIndexEntry = size() - lastIndexedPosition();
        times.rescanMax();
    }

    /** What it is now, for a recovery to begin at; the identity is not in it yet. The writer. */
    RecoveryMark mark(long logEndOffset, ProducerStates producers) throws IOException {
        return new RecoveryMark(
                "",
                baseOffset,
                (int) size(),
                logEndOffset,
                offsetIndex().entries().count(),
                timeIndex().entries().count(),
                bytesSinceIndexEntry,
                times.max(),
                times.offsetOfMax(),
                ProducerSnapshot.encode(producers),
                ProducerRuns.encode(producers));
    }

    /** Goes back to what it was at a mark; false if the files do not bear it out, and nothing is known then. */
    boolean resumeAt(RecoveryMark mark) throws IOException {
        if (!offsetIndex().entries().has(mark.offsetEntries())
                || !timeIndex().entries().has(mark.timeEntries())) {
            return false;
        }
        offsetIndex().entries().truncateTo(mark.offsetEntries());
        timeIndex().truncateTo(mark.timeEntries());
        txnIndex().truncateTo(mark.offset());
        bytesSinceIndexEntry = mark.sinceEntry();
        times.resume(mark.maxTimestamp(), mark.offsetOfMaxTimestamp());
        long position = lastIndexedPosition();
        BatchScanner scanner = BatchScanner.small();
        scanner.begin(log(), position, mark.position());
        long end = -1;
        while (scanner.next() && scanner.checksumIsValid()) {
            end = scanner.lastOffset() + 1;
        }
        return scanner.position() == mark.position()
                && end == mark.offset()
                && mark.position() - position == mark.sinceEntry();
    }

    @Override
    public String toString() {
        return files.toString();
    }
}
