package io.millrace.storage.log;

import io.millrace.storage.SyncPolicy;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings records to disk before they count, where that is asked for: only the data, as indexes and the rest are made anew from it after a
 * loss of power. What is appended while a sync is under way shares the next one. Runs on threads of its own; nobody waits for it but who
 * is told by {@link #onDurable}.
 */
final class LogSync {
    private static final Logger LOG = LoggerFactory.getLogger(LogSync.class);

    private final LogDirectory directory;
    private final Segments segments;
    private final DiskProgress progress;
    private final LongSupplier logEndOffset;
    private final LogHost host;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile boolean syncsFirst;
    private volatile Runnable onDurable = () -> {};

    // Under the monitor.
    private @Nullable LogSegment lastNamed;

    LogSync(LogDirectory directory, Segments segments, DiskProgress progress, LongSupplier logEndOffset, LogHost host) {
        this.directory = directory;
        this.segments = segments;
        this.progress = progress;
        this.logEndOffset = logEndOffset;
        this.host = host;
        syncEach(false);
    }

    /** Whether each record is to be on disk before it counts, also where the sync policy does not ask for that. The writer. */
    void syncEach(boolean each) {
        syncsFirst = each || host.syncPolicy() == SyncPolicy.GROUP;
    }

    /** See {@link PartitionLog#durableOffset}. */
    long durableOffset() {
        return syncsFirst ? progress.syncedOffset() : logEndOffset.getAsLong();
    }

    /** See {@link PartitionLog#onDurable}. */
    void onDurable(Runnable listener) {
        onDurable = listener;
    }

    /** Has what was appended synced soon if it does not count before. Any thread; never waits. */
    void request() {
        if (syncsFirst && requests.getAndIncrement() == 0) {
            host.syncs().execute(this::syncInBackground);
        }
    }

    private void syncInBackground() {
        int before;
        do {
            before = requests.get();
            if (directory.atRest()) {
                return;
            }
            try {
                sync();
                tellOfDurable();
            } catch (ClosedChannelException e) {
                // Another thread was interrupted inside the file; the next try opens it anew.
                requests.incrementAndGet();
            } catch (IOException | RuntimeException e) {
                directory.failUnlessGone("syncing", e);
            }
        } while (!requests.compareAndSet(before, 0));
    }

    /** A flush has brought everything to disk, records too. */
    void onFlushed() {
        if (syncsFirst) {
            tellOfDurable();
        }
    }

    // What the listener fails with says nothing about the disk.
    private void tellOfDurable() {
        try {
            onDurable.run();
        } catch (RuntimeException e) {
            LOG.error("Who was told that records are on disk failed dir={}", directory.path(), e);
        }
    }

    private synchronized void sync() throws IOException {
        long begun = progress.begin();
        long from = progress.syncedOffset();
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
            if (!directory.syncNames()) {
                return;
            }
            lastNamed = named ? active : lastNamed;
        }
        progress.synced(end, begun);
    }

    private void forceData(LogSegment segment) throws IOException {
        try {
            segment.files().forceData();
        } catch (NoSuchFileException e) {
            segments.requireGone(segment, e);
        }
    }
}
