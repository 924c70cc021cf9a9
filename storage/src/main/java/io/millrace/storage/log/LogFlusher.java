package io.millrace.storage.log;

import io.millrace.storage.SyncPolicy;
import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.checkpoint.PartitionMetadataFile;
import io.millrace.storage.file.BootIdentity;
import io.millrace.storage.file.Descriptors;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.file.DurableFiles;
import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.producer.ProducerSnapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a log to disk and keeps its recovery point: data first, then epochs and producer snapshots, then the directory, and only
 * then does the recovery point move. Runs on storage threads; the writer never waits for it.
 */
final class LogFlusher {
    private static final Logger LOG = LoggerFactory.getLogger(LogFlusher.class);

    private final Path dir;
    private final DirectoryOwner owner;
    private final Segments segments;
    private final LeaderEpochs epochs;
    private final LongSupplier logEndOffset;
    private final LogHost host;
    private final AtomicInteger requests = new AtomicInteger();
    private final ConcurrentSkipListMap<Long, ByteBuffer> pendingSnapshots = new ConcurrentSkipListMap<>();

    private volatile boolean stopped;
    private volatile long recoveryPoint;
    private volatile long lastFlushMs;

    // Where records count once they are on disk.
    private volatile boolean syncsFirst;
    private final AtomicInteger syncRequests = new AtomicInteger();
    private final Object syncLock = new Object();
    private volatile long syncedOffset;
    private volatile Runnable onDurable = () -> {};
    private @Nullable LogSegment lastNamed;

    // Under the monitor of recoveryLock: a flush that began before a truncation must not undo what that did to
    // the point.
    private final Object recoveryLock = new Object();
    private long truncations;
    private boolean cutting;

    // The directory is written to and moved away under this monitor: nothing must reach one that gets its
    // name afterwards.
    private final Object directoryLock = new Object();
    private boolean movedAway;
    private boolean parentSynced;

    private record WaitingMark(RecoveryMark mark, int forgottenBefore) {}

    // The mark that is to be written next. Each holds all producers, and a newer one says all that an older one does.
    private final AtomicReference<@Nullable WaitingMark> waitingMark = new AtomicReference<>();

    // How often marks were forgotten; its monitor keeps one from being written afterwards.
    private final AtomicInteger forgotten = new AtomicInteger();

    // Something besides new batches is not on disk.
    private volatile boolean changed;

    LogFlusher(
            Path dir,
            DirectoryOwner owner,
            Segments segments,
            LeaderEpochs epochs,
            LongSupplier logEndOffset,
            long recoveryPoint,
            LogHost host) {
        this.dir = dir;
        this.owner = owner;
        this.segments = segments;
        this.epochs = epochs;
        this.logEndOffset = logEndOffset;
        this.recoveryPoint = recoveryPoint;
        this.syncedOffset = recoveryPoint;
        this.host = host;
        this.syncsFirst = host.syncPolicy() == SyncPolicy.GROUP;
        this.lastFlushMs = host.clock().millis();
    }

    /** Offset below which everything is on disk. */
    long recoveryPoint() {
        return recoveryPoint;
    }

    /** Milliseconds since the last flush. */
    long ageMs() {
        return host.clock().millis() - lastFlushMs;
    }

    /** Has the log flushed in the background, soon. Any thread; never waits. */
    void request() {
        if (requests.getAndIncrement() == 0 && !host.scheduler().isShutdown()) {
            host.scheduler().execute(this::flushInBackground);
        }
    }

    // One at a time for each log: a second one would only hold up a storage thread until the first is through.
    private void flushInBackground() {
        int before;
        do {
            before = requests.get();
            if (stopped || host.health().offline()) {
                return;
            }
            try {
                flush();
            } catch (ClosedChannelException e) {
                // Another thread was interrupted inside the file; the next try opens it anew.
                requests.incrementAndGet();
            } catch (DiskFullException e) {
                // What was appended is not the worse for it; the recovery point waits for the next flush.
                host.health().full("writing what is kept beside the log in " + dir, e);
            } catch (IOException e) {
                if (Descriptors.lackIsSaidBy(e)) {
                    host.health().outOfFiles("flushing " + dir, e);
                } else {
                    failUnlessGone("flushing", e);
                }
            } catch (RuntimeException e) {
                failUnlessGone("flushing", e);
            }
        } while (!requests.compareAndSet(before, 0));
    }

    /** See {@link PartitionLog#durableOffset}. */
    long durableOffset() {
        return syncsFirst ? syncedOffset : logEndOffset.getAsLong();
    }

    /** See {@link PartitionLog#onDurable}. */
    void onDurable(Runnable listener) {
        onDurable = listener;
    }

    /** Whether each record is to be on disk before it counts, also where the sync policy does not ask for that. The writer. */
    void syncEach(boolean each) {
        syncsFirst = each || host.syncPolicy() == SyncPolicy.GROUP;
    }

    /**
     * Has what was appended synced soon if it does not count before. What comes while a sync is under way shares the next one. Any
     * thread; never waits.
     */
    void requestSync() {
        if (syncsFirst && syncRequests.getAndIncrement() == 0) {
            host.syncs().execute(this::syncInBackground);
        }
    }

    private void syncInBackground() {
        int before;
        do {
            before = syncRequests.get();
            if (stopped || host.health().offline()) {
                return;
            }
            try {
                sync();
                tellOfDurable();
            } catch (ClosedChannelException e) {
                syncRequests.incrementAndGet();
            } catch (IOException | RuntimeException e) {
                failUnlessGone("syncing", e);
            }
        } while (!syncRequests.compareAndSet(before, 0));
    }

    // Also after an exception that nobody expected: how far it came with the disk is not known, and were it let
    // out, the requests would stay counted and nobody would take the next one.
    private void failUnlessGone(String doing, Exception cause) {
        if (!stopped && !movedAway()) {
            host.health().fail(doing + " " + dir, cause);
        } else if (cause instanceof RuntimeException) {
            LOG.error("An error while {} {}, which is closed", doing, dir, cause);
        }
    }

    // What the listener fails with says nothing about the disk.
    private void tellOfDurable() {
        try {
            onDurable.run();
        } catch (RuntimeException e) {
            LOG.error("Who was told that records are on disk failed dir={}", dir, e);
        }
    }

    // Only the data: indexes and the rest are made anew from it after a loss of power.
    private void sync() throws IOException {
        synchronized (syncLock) {
            long truncationsBefore;
            long from;
            synchronized (recoveryLock) {
                truncationsBefore = truncations;
                from = syncedOffset;
            }
            // Later: an end from before a truncation would count as one from after it.
            long end = logEndOffset.getAsLong();
            if (from >= end) {
                return;
            }
            LogSegment[] all = segments.array();
            for (int slot = Math.max(0, Segments.slotOf(all, from)); slot < all.length; slot++) {
                forceData(all[slot]);
            }
            LogSegment active = all[all.length - 1];
            if (active != lastNamed) {
                // One that was begun a moment ago has no file yet, which the sync of its name would have to come after.
                boolean named = active.size() > 0;
                if (!syncDirectory()) {
                    return;
                }
                lastNamed = named ? active : lastNamed;
            }
            moveSyncedOffset(end, truncationsBefore);
        }
    }

    private void forceData(LogSegment segment) throws IOException {
        try {
            segment.files().forceData();
        } catch (NoSuchFileException e) {
            requireGone(segment, e);
        }
    }

    /** Waits until the names in the directory are on disk; false if it has been moved away. */
    boolean syncDirectory() throws IOException {
        synchronized (directoryLock) {
            if (!movedAway) {
                syncNames();
            }
            return !movedAway;
        }
    }

    // The directory's own name first, once: without it a loss of power takes whatever is synced in it. Not when it is
    // created, which
    // may be thousands at a time. Under the monitor of directoryLock.
    private void syncNames() throws IOException {
        if (!parentSynced) {
            PartitionMetadataFile.sync(dir);
            DurableFiles.syncDirectory(dir.toAbsolutePath().getParent());
            parentSynced = true;
        }
        DurableFiles.syncDirectory(dir);
    }

    private void moveSyncedOffset(long end, long truncationsBefore) {
        synchronized (recoveryLock) {
            if (stillHolds(truncationsBefore)) {
                syncedOffset = Math.max(syncedOffset, end);
            }
        }
    }

    // A flush or sync that began before a truncation says nothing about what came after it, and one during it has seen
    // an end that
    // goes away. Under the monitor of recoveryLock.
    private boolean stillHolds(long truncationsBefore) {
        return truncations == truncationsBefore && !cutting;
    }

    /** No more flushes in the background. */
    void stop() {
        stopped = true;
    }

    /** Gives the directory of a deleted log another name; nothing is written to it any more. */
    void moveAway(Path target) throws IOException {
        stopped = true;
        synchronized (directoryLock) {
            Files.move(dir, target, StandardCopyOption.ATOMIC_MOVE);
            movedAway = true;
        }
    }

    private boolean movedAway() {
        synchronized (directoryLock) {
            return movedAway;
        }
    }

    /** Brings the leader epochs to disk if they have changed. */
    void saveEpochs() throws IOException {
        synchronized (directoryLock) {
            // Without a record there is no epoch that a start would find in the file and keep.
            if (!movedAway && owner.inUse()) {
                epochs.save();
            }
        }
    }

    /**
     * Notes how far the log is, soon, so that recovery on the same boot begins there. A mark that waits behind a slow disk makes way for
     * the next one. The writer; never waits.
     */
    void mark(RecoveryMark mark) {
        boolean first = waitingMark.getAndSet(new WaitingMark(mark, forgotten.get())) == null;
        if (first && !host.scheduler().isShutdown()) {
            host.scheduler().execute(this::writeMark);
        }
    }

    private void writeMark() {
        WaitingMark waiting = waitingMark.getAndSet(null);
        if (waiting != null) {
            writeMark(waiting.mark, waiting.forgottenBefore);
        }
    }

    // Everything that the mark vouches for is in the files before it is.
    private void writeMark(RecoveryMark mark, int forgottenBefore) {
        RecoveryMarks marks = host.marks();
        if (marks == null || stopped || host.health().offline() || recoveryPoint < mark.base()) {
            return;
        }
        try {
            for (LogSegment segment : segments.array()) {
                segment.txnIndex().write();
            }
            saveEpochs();
            String identity =
                    marks.identity() + " " + BootIdentity.keyOf(SegmentFiles.path(dir, mark.base(), SegmentFiles.LOG));
            synchronized (forgotten) {
                if (forgotten.get() == forgottenBefore && !stopped) {
                    mark.with(identity).write(dir);
                }
            }
        } catch (IOException e) {
            // Recovery has more to look at without it.
            LOG.debug("No recovery mark was written dir={}", dir, e);
        }
    }

    /** The log is about to be cut or closed: what was noted does not hold any more. The writer. */
    void forgetMark() throws IOException {
        synchronized (forgotten) {
            forgotten.incrementAndGet();
            RecoveryMark.remove(dir);
        }
    }

    /** Has a snapshot written at the next flush. The writer. */
    void addSnapshot(long offset, ByteBuffer encoded) {
        pendingSnapshots.put(offset, encoded);
    }

    /** Files have changed other than by new batches. The writer. */
    void onFilesChanged() {
        changed = true;
    }

    /** Segments below {@code offset} are about to be removed. The writer. */
    void onStartMoved(long offset) {
        pendingSnapshots.headMap(offset, false).clear();
    }

    /**
     * The log is about to be cut at {@code offset}: from now on nobody is told that more is on disk, until {@link #onCutEnded}. The writer.
     */
    void lowerRecoveryPoint(long offset) {
        synchronized (recoveryLock) {
            truncations++;
            cutting = true;
            changed = true;
            recoveryPoint = Math.min(recoveryPoint, offset);
        }
    }

    /** The log ends where it shall, or is not cut after all: what is flushed from now on counts again. The writer. */
    void onCutEnded() {
        synchronized (recoveryLock) {
            if (cutting) {
                truncations++;
                cutting = false;
            }
        }
    }

    /** The log was cut at {@code offset}. The writer. */
    void onTruncated(long offset) {
        pendingSnapshots.tailMap(offset, false).clear();
        synchronized (recoveryLock) {
            truncations++;
            changed = true;
            recoveryPoint = Math.min(recoveryPoint, offset);
            syncedOffset = Math.min(syncedOffset, offset);
        }
    }

    /** Waits until everything appended before the call is on disk. One flush of a log at a time. */
    synchronized void flush() throws IOException {
        try {
            flushPresent();
        } catch (IOException e) {
            changed = true;
            if (!movedAway()) {
                throw e;
            }
            // Deleted meanwhile, so that its files may be gone.
        } catch (RuntimeException e) {
            changed = true;
            throw e;
        }
    }

    private void flushPresent() throws IOException {
        if (!owner.inUse()) {
            // An epoch that begins at the end of the log is forgotten at a start.
            return;
        }
        long truncationsBefore;
        synchronized (recoveryLock) {
            truncationsBefore = truncations;
        }
        // Later, as in a sync.
        long end = logEndOffset.getAsLong();
        if (end == recoveryPoint && !changed && !epochs.dirty() && pendingSnapshots.isEmpty()) {
            return;
        }
        changed = false;
        LogSegment[] all = segments.array();
        for (int slot = 0; slot < all.length; slot++) {
            boolean sealed = slot + 1 < all.length;
            long segmentEnd = sealed ? all[slot + 1].baseOffset() : end;
            if (segmentEnd <= recoveryPoint && sealed) {
                continue;
            }
            if (sealed && !all[slot].files().awaitCut()) {
                // Below the recovery point files are believed: this one must not be there with zeros at its end.
                end = Math.min(end, all[slot].baseOffset());
            }
            force(all[slot]);
        }
        synchronized (directoryLock) {
            if (movedAway) {
                return;
            }
            epochs.save();
            writeSnapshots(end);
            syncNames();
        }
        synchronized (recoveryLock) {
            if (stillHolds(truncationsBefore)) {
                recoveryPoint = Math.max(recoveryPoint, end);
            }
        }
        moveSyncedOffset(recoveryPoint, truncationsBefore);
        if (syncsFirst) {
            tellOfDurable();
        }
        lastFlushMs = host.clock().millis();
    }

    private void force(LogSegment segment) throws IOException {
        try {
            segment.files().force();
        } catch (NoSuchFileException e) {
            requireGone(segment, e);
        }
    }

    // Retention or truncation may have removed it since the flush began.
    private void requireGone(LogSegment segment, NoSuchFileException cause) throws NoSuchFileException {
        if (segments.contains(segment) && !segment.files().marked()) {
            throw cause;
        }
    }

    private void writeSnapshots(long end) throws IOException {
        for (Map.Entry<Long, ByteBuffer> snapshot :
                pendingSnapshots.headMap(end, true).entrySet()) {
            long offset = snapshot.getKey();
            if (Files.exists(dir)) {
                ProducerSnapshot.write(dir, offset, snapshot.getValue().duplicate());
            }
            if (!pendingSnapshots.remove(offset, snapshot.getValue())) {
                // Cut off or let go by the writer while it was written: it tells of batches that are gone.
                Files.deleteIfExists(SegmentFiles.path(dir, offset, SegmentFiles.PRODUCER_SNAPSHOT));
            }
        }
    }
}
