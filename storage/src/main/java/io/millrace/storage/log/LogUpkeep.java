package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import io.millrace.storage.file.DiskFullException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What is done for a log from time to time, on storage threads: retention, compaction, flushing by age, rest, a look at its bytes. See
 * {@link PartitionLog#upkeep}.
 */
public final class LogUpkeep {
    /** How long after a look that found nothing the next one may follow: what seemed damaged was just being cut off. */
    private static final long LOOK_AGAIN_MS = 60_000;

    private final LogCore log;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile long nextLookMs;

    LogUpkeep(LogCore log) {
        this.log = log;
    }

    /** What retention and compaction decide by: the segments from the oldest to the active one. A snapshot. */
    public List<SegmentView> segmentViews() throws IOException {
        LogSegment[] all = log.segments.array();
        List<SegmentView> views = new ArrayList<>(all.length);
        for (int slot = 0; slot < all.length; slot++) {
            long end = slot + 1 < all.length ? all[slot + 1].baseOffset() : log.offsets.logEnd();
            long timestamp = all[slot].times().forRetention(log.host.clock());
            // A look at the file of its own, the first time: only for who needs it.
            long first = log.config().compact() ? all[slot].times().first() : -1;
            views.add(new SegmentView(
                    all[slot].baseOffset(), end, all[slot].size(), timestamp, first > 0 ? first : timestamp));
        }
        return views;
    }

    /** Where the segment ends that an offset belongs to; the log end if that is the active one. */
    public long endOfSegmentAt(long offset) {
        LogSegment[] all = log.segments.array();
        int next = Segments.slotOf(all, offset) + 1;
        return next < all.length ? all[next].baseOffset() : log.offsets.logEnd();
    }

    /**
     * Takes the oldest segments out of the log and removes their files. For retention, which decided on what it saw a moment ago: by now
     * there may be other segments, and newer records in the last one.
     *
     * @param endOffset segments that end at or below it go; if that is the log end a new active segment is begun first
     */
    public void removeUpTo(long endOffset) {
        log.lock.lock();
        try {
            log.requireWritable();
            LogConfig config = log.config();
            Segments segments = log.segments;
            if (endOffset >= log.offsets.logEnd() && segments.active().size() > 0) {
                rollIfThereIsRoom(config);
            }
            LogSegment[] all = segments.array();
            long limit = Math.min(endOffset, log.offsets.highWatermark());
            List<LogSegment> gone = new ArrayList<>();
            for (int slot = 0; slot + 1 < all.length && all[slot + 1].baseOffset() <= limit; slot++) {
                gone.add(all[slot]);
            }
            if (gone.isEmpty()) {
                return;
            }
            // Without the others the name of its first file is all that says where the log goes on.
            all[gone.size()].files().createIfMissing();
            long newStart = all[gone.size()].baseOffset();
            // First, so that who reads below finds out rather than being given what comes behind.
            log.moveStartTo(newStart);
            segments.removeAll(gone);
            log.flusher.onStartMoved(newStart);
            new SegmentRemoval(log.path(), log.host).remove(gone, config.fileDeleteDelayMs());
        } catch (IOException e) {
            throw log.failed("removing old segments of " + log.topicPartition, e);
        } finally {
            log.lock.unlock();
        }
    }

    // The segments before the active one go in any case: that makes room.
    private void rollIfThereIsRoom(LogConfig config) throws IOException {
        try {
            log.appender.roll(log.offsets.logEnd(), config);
        } catch (DiskFullException e) {
            log.host
                    .health()
                    .full("rolling the active segment of " + log.topicPartition + ", which retention would remove", e);
        }
    }

    /** A compaction is about to look at the log: {@link #lowestEnd} and {@link #rewrite} heed what is cut off from now on. */
    public void beginCompaction() {
        log.watchEnd();
    }

    /** @throws CancellationException if the log manager closes, so that a compaction is to end where it stands */
    public void requireGoingOn() {
        log.host.requireGoingOn();
    }

    /** Offset from which on records may have been cut off since {@link #beginCompaction}, and others been appended. */
    public long lowestEnd() {
        return log.lowestEnd();
    }

    /**
     * Writes the sealed segments that end at or below an offset anew through a filter. For compaction.
     *
     * @return false if the log was closed, or lost segments or records that the filter may know, meanwhile: some segments stay as they were
     * @throws StorageException CORRUPT_MESSAGE if a segment is damaged; it and those behind it stay as they are
     * @throws CancellationException likewise, if the log manager closes
     */
    public boolean rewrite(long endOffset, BatchFilter filter) {
        log.requireWritable();
        LogConfig config = log.config();
        SegmentRewrite rewrite = new SegmentRewrite(log.path(), log.host, config);
        try {
            for (List<LogSegment> group : rewrite.groups(log.segments.array(), endOffset)) {
                LogSegment cleaned = write(rewrite, group, endOffset, filter);
                if (cleaned == null) {
                    return false;
                }
                if (!replace(group, endOffset, cleaned)) {
                    cleaned.files().delete();
                    return false;
                }
                log.flusher.directory().syncNames();
                new SegmentRemoval(log.path(), log.host).deleteLater(group, config.fileDeleteDelayMs());
            }
            // Where a cut has left no segment to write anew, nobody has looked at what is left.
            return log.lowestEnd() >= endOffset;
        } catch (IOException e) {
            throw log.failed("compacting " + log.topicPartition, e);
        }
    }

    // Null if that failed because the segments, or the whole log, were removed or cut meanwhile.
    private @Nullable LogSegment write(
            SegmentRewrite rewrite, List<LogSegment> group, long endOffset, BatchFilter filter) throws IOException {
        try {
            return rewrite.write(group, filter);
        } catch (IOException | StorageException e) {
            if (isUnchanged(group, endOffset)) {
                throw e;
            }
            return null;
        }
    }

    // A segment that was cut and filled again is still the same one.
    private boolean isUnchanged(List<LogSegment> group, long endOffset) {
        log.lock.lock();
        try {
            return !log.closed() && log.lowestEnd() >= endOffset && log.segments.contains(group);
        } finally {
            log.lock.unlock();
        }
    }

    private boolean replace(List<LogSegment> group, long endOffset, LogSegment cleaned) throws IOException {
        log.lock.lock();
        try {
            return isUnchanged(group, endOffset)
                    && SegmentReplacement.replace(log.path(), log.segments, group, cleaned);
        } finally {
            log.lock.unlock();
        }
    }

    /**
     * A read from this offset on came to damage. Unless that is noted it is looked for, so that what lies behind can be served
     * again. No more than that: readers may come again and again, and the rest of the log is for the scrubber, who takes his time.
     */
    void onReadRefused(StorageException cause, long offset) {
        if (cause.error() != ErrorCode.CORRUPT_MESSAGE
                || isNoted(offset)
                || log.host.clock().millis() < nextLookMs
                || !looking.compareAndSet(false, true)) {
            return;
        }
        try {
            log.host.scrubber().execute(() -> lookAt(offset));
        } catch (RejectedExecutionException e) {
            looking.set(false);
        }
    }

    private boolean isNoted(long offset) {
        LogSegment[] all = log.segments.array();
        int slot = Segments.slotOf(all, offset);
        return slot >= 0 && all[slot].damage().positionOfOffset(offset) >= 0;
    }

    private void lookAt(long offset) {
        try {
            if (!new LogScrub(log).look(offset)) {
                nextLookMs = log.host.clock().millis() + LOOK_AGAIN_MS;
            }
        } finally {
            looking.set(false);
        }
    }

    /**
     * Reads a part of the log again and looks for damage; what is found is reported, shows in
     * {@link PartitionLog#damagedRanges} and is not served.
     *
     * @param maxBytes to read, about
     * @return where to go on; null at the end of the log
     */
    public @Nullable ScrubPoint scrub(ScrubPoint from, long maxBytes) {
        return new LogScrub(log).check(from, maxBytes);
    }

    /**
     * Looks for damage that an earlier run has found at an offset: what is there now is noted, reported, and not served. The scrubber's
     * thread.
     *
     * @return whether the look got through; if not, because the log manager closes, the log is closed or its files cannot be
     *     read, it is not known what is there
     */
    public boolean lookForDamage(long offset) {
        if (isNoted(offset)) {
            return true;
        }
        LogScrub scrub = new LogScrub(log);
        scrub.look(offset);
        return scrub.gotThrough();
    }

    /** Forgets producers that have been silent since before this time (ms). */
    public void removeExpiredProducers(long expiredBeforeMs) {
        log.lock.lock();
        try {
            log.producers.removeExpired(expiredBeforeMs);
        } finally {
            log.lock.unlock();
        }
    }

    /** Flushes if something was appended longer than {@code flush.ms} ago and is not on disk. */
    public void maybeFlush() {
        if (log.flusher.recoveryPoint() < log.offsets.logEnd()
                && log.flusher.ageMs() >= log.config().flushMs()) {
            log.flush();
        }
    }

    /** Brings the leader epochs to disk if they have changed. */
    public void checkpointEpochs() {
        try {
            if (!log.closed()) {
                log.flusher.directory().save(log.epochs);
            }
        } catch (IOException e) {
            throw log.failed("writing the leader epochs of " + log.topicPartition, e);
        }
    }

    /** Lets go of the memory of a log that nobody has appended to for {@code idleMs}. The next append takes it back. */
    public void restIfIdle(long idleMs) {
        if (!log.segments.active().files().active() || !log.lock.tryLock()) {
            return;
        }
        try {
            if (log.host.clock().millis() - log.appender.lastAppendMs() >= idleMs) {
                log.segments.active().rest();
            }
        } finally {
            log.lock.unlock();
        }
    }
}
