package io.millrace.storage.log;

import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.file.BootIdentity;
import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes how far a log is, so that recovery on the same boot begins there. Each {@link RecoveryMark} holds all producers, and a newer one
 * says all that an older one does: one that waits behind a slow disk makes way for the next. Writes on a storage thread.
 */
final class MarkWriter {
    private static final Logger LOG = LoggerFactory.getLogger(MarkWriter.class);

    private final LogDirectory directory;
    private final Segments segments;
    private final LeaderEpochs epochs;
    private final DiskProgress progress;
    private final LogHost host;

    // The one that is to be written next.
    private final AtomicReference<@Nullable Waiting> waiting = new AtomicReference<>();

    // How often marks were forgotten; its monitor keeps one from being written afterwards.
    private final AtomicInteger forgotten = new AtomicInteger();

    private record Waiting(RecoveryMark mark, int forgottenBefore) {}

    MarkWriter(LogDirectory directory, Segments segments, LeaderEpochs epochs, DiskProgress progress, LogHost host) {
        this.directory = directory;
        this.segments = segments;
        this.epochs = epochs;
        this.progress = progress;
        this.host = host;
    }

    /** Has a mark written soon. The writer; never waits. */
    void mark(RecoveryMark mark) {
        boolean first = waiting.getAndSet(new Waiting(mark, forgotten.get())) == null;
        if (first && !host.scheduler().isShutdown()) {
            host.scheduler().execute(this::write);
        }
    }

    /** The log is about to be cut or closed: what was noted does not hold any more. The writer. */
    void forget() throws IOException {
        synchronized (forgotten) {
            forgotten.incrementAndGet();
            RecoveryMark.remove(directory.path());
        }
    }

    private void write() {
        Waiting next = waiting.getAndSet(null);
        if (next != null) {
            write(next.mark, next.forgottenBefore);
        }
    }

    // Everything that the mark vouches for is in the files before it is.
    private void write(RecoveryMark mark, int forgottenBefore) {
        RecoveryMarks marks = host.marks();
        if (marks == null || directory.atRest() || progress.recoveryPoint() < mark.base()) {
            return;
        }
        try {
            for (LogSegment segment : segments.array()) {
                segment.txnIndex().write();
            }
            directory.save(epochs);
            directory.write(() -> {
                String identity = marks.identity() + " "
                        + BootIdentity.keyOf(SegmentFiles.path(directory.path(), mark.base(), SegmentFiles.LOG));
                synchronized (forgotten) {
                    if (forgotten.get() == forgottenBefore && !directory.atRest()) {
                        mark.with(identity).write(directory.path());
                    }
                }
            });
        } catch (IOException e) {
            // Recovery has more to look at without it.
            LOG.debug("No recovery mark was written dir={}", directory.path(), e);
        }
    }
}
