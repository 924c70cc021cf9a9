package io.millrace.storage.file;

import java.io.IOException;
import java.nio.file.FileStore;

/**
 * Refuses to use up the last of a disk: a reserve is kept so that checkpoints, indexes and recovery still have room when producers
 * have filled the rest. A compaction, which frees space in the end but takes some before that, may have half of it. One per log
 * directory; any thread.
 */
public final class SpaceGuard {
    private final FileStore store;
    private final long reserveBytes;
    private final ThreadLocal<Long> kept;

    /** What a thread uses space for. */
    public enum Purpose {
        /** Leaves the reserve alone, as everything does of which nothing else is said. */
        APPEND,

        /** May use half of the reserve. */
        COMPACTION,

        /** What the reserve is for. */
        RECOVERY
    }

    /** @param reserveBytes free bytes that are not given to logs, at least 0 */
    public SpaceGuard(FileStore store, long reserveBytes) {
        this.store = store;
        this.reserveBytes = reserveBytes;
        this.kept = ThreadLocal.withInitial(() -> reserveBytes);
    }

    /** What this thread uses space for from now on. */
    public void serve(Purpose purpose) {
        switch (purpose) {
            case APPEND -> kept.remove();
            case COMPACTION -> kept.set(reserveBytes / 2);
            case RECOVERY -> kept.set(0L);
        }
    }

    /** @throws DiskFullException if {@code bytes} more would dip into what is kept from this thread */
    void require(long bytes) throws IOException {
        if (reserveBytes == 0) {
            return;
        }
        long least = kept.get();
        if (least > 0) {
            long usable = store.getUsableSpace();
            if (usable - bytes < least) {
                throw new DiskFullException("Only " + usable + " bytes are free on " + store + ", " + least
                        + " of them kept in reserve: free some space or lower retention");
            }
        }
    }
}
