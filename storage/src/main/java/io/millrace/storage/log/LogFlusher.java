package io.millrace.storage.log;

import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.file.Descriptors;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.producer.ProducerSnapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Brings a log to disk and keeps its recovery point: data first, then epochs and producer snapshots, then the directory, and only
 * then does the recovery point move. Runs on storage threads; the writer never waits for it.
 */
final class LogFlusher {
    private final LogDirectory directory;
    private final DiskProgress progress;
    private final LogSync sync;
    private final MarkWriter marks;
    private final Segments segments;
    private final LeaderEpochs epochs;
    private final LongSupplier logEndOffset;
    private final LogHost host;
    private final AtomicInteger requests = new AtomicInteger();
    private final ConcurrentSkipListMap<Long, ByteBuffer> pendingSnapshots = new ConcurrentSkipListMap<>();

    private volatile long lastFlushMs;

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
        this.segments = segments;
        this.epochs = epochs;
        this.logEndOffset = logEndOffset;
        this.host = host;
        directory = new LogDirectory(dir, owner, host.health());
        progress = new DiskProgress(recoveryPoint);
        sync = new LogSync(directory, segments, progress, logEndOffset, host);
        marks = new MarkWriter(directory, segments, epochs, progress, host);
        lastFlushMs = host.clock().millis();
    }

    LogDirectory directory() {
        return directory;
    }

    LogSync sync() {
        return sync;
    }

    MarkWriter marks() {
        return marks;
    }

    /** Offset below which everything is on disk. */
    long recoveryPoint() {
        return progress.recoveryPoint();
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
            if (directory.atRest()) {
                return;
            }
            try {
                flush();
            } catch (ClosedChannelException e) {
                // Another thread was interrupted inside the file; the next try opens it anew.
                requests.incrementAndGet();
            } catch (DiskFullException e) {
                // What was appended is not the worse for it; the recovery point waits for the next flush.
                host.health().full("writing what is kept beside the log in " + directory.path(), e);
            } catch (IOException e) {
                if (Descriptors.lackIsSaidBy(e)) {
                    host.health().outOfFiles("flushing " + directory.path(), e);
                } else {
                    directory.failUnlessGone("flushing", e);
                }
            } catch (RuntimeException e) {
                directory.failUnlessGone("flushing", e);
            }
        } while (!requests.compareAndSet(before, 0));
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
        progress.cutBegins(offset);
        // Behind it: a flush that sees this has begun after the cut has, or leaves it to the next one.
        changed = true;
    }

    /** The log ends where it shall, or is not cut after all: what is flushed from now on counts again. The writer. */
    void onCutEnded() {
        progress.cutEnded();
    }

    /** The log was cut at {@code offset}. The writer. */
    void onTruncated(long offset) {
        pendingSnapshots.tailMap(offset, false).clear();
        progress.wasCut(offset);
        changed = true;
    }

    /** Waits until everything appended before the call is on disk. One flush of a log at a time. */
    synchronized void flush() throws IOException {
        try {
            flushPresent();
        } catch (IOException e) {
            changed = true;
            if (!directory.movedAway()) {
                throw e;
            }
            // Deleted meanwhile, so that its files may be gone.
        } catch (RuntimeException e) {
            changed = true;
            throw e;
        }
    }

    private void flushPresent() throws IOException {
        if (!directory.inUse()) {
            // An epoch that begins at the end of the log is forgotten at a start.
            return;
        }
        long begun = progress.begin();
        // Later, as in a sync.
        long end = logEndOffset.getAsLong();
        if (end == recoveryPoint() && !changed && !epochs.dirty() && pendingSnapshots.isEmpty()) {
            return;
        }
        changed = false;
        long flushedEnd = forceSegments(end);
        boolean written = directory.write(() -> {
            epochs.save();
            writeSnapshots(flushedEnd);
            directory.syncNames();
        });
        if (written) {
            progress.flushed(flushedEnd, begun);
            sync.onFlushed();
            lastFlushMs = host.clock().millis();
        }
    }

    // Those that are not on disk as a whole, of a log that ends at `end`; returns up to where everything is there then.
    private long forceSegments(long end) throws IOException {
        long flushed = end;
        LogSegment[] all = segments.array();
        for (int slot = 0; slot < all.length; slot++) {
            boolean sealed = slot + 1 < all.length;
            long segmentEnd = sealed ? all[slot + 1].baseOffset() : flushed;
            if (segmentEnd <= recoveryPoint() && sealed) {
                continue;
            }
            if (sealed && !all[slot].files().awaitCut()) {
                // Below the recovery point files are believed: this one must not be there with zeros at its end.
                flushed = Math.min(flushed, all[slot].baseOffset());
            }
            force(all[slot]);
        }
        return flushed;
    }

    private void force(LogSegment segment) throws IOException {
        try {
            segment.files().force();
        } catch (NoSuchFileException e) {
            segments.requireGone(segment, e);
        }
    }

    private void writeSnapshots(long end) throws IOException {
        for (Map.Entry<Long, ByteBuffer> snapshot :
                pendingSnapshots.headMap(end, true).entrySet()) {
            long offset = snapshot.getKey();
            if (Files.exists(directory.path())) {
                ProducerSnapshot.write(
                        directory.path(), offset, snapshot.getValue().duplicate());
            }
            if (!pendingSnapshots.remove(offset, snapshot.getValue())) {
                // Cut off or let go by the writer while it was written: it tells of batches that are gone.
                Files.deleteIfExists(SegmentFiles.path(directory.path(), offset, SegmentFiles.PRODUCER_SNAPSHOT));
            }
        }
    }
}
