package io.millrace.storage.file;

import java.io.IOException;
import java.nio.file.FileStore;

/**
 * Refuses to use up the last of a disk: a reserve is kept so that checkpoints, indexes and recovery still have room when producers
 * have filled the rest. One per log directory; any thread.
 */
public final class SpaceGuard {
    private final FileStore store;
    private final long reserveBytes;
    private final ThreadLocal<Boolean> exempt = ThreadLocal.withInitial(() -> false);

    /** @param reserveBytes free bytes that are not given to logs, at least 0 */
    public SpaceGuard(FileStore store, long reserveBytes) {
        this.store = store;
        this.reserveBytes = reserveBytes;
    }

    /** Whether the reserve is kept from this thread: not while it recovers a log, which the reserve is for. */
    public void enforce(boolean enforce) {
        if (enforce) {
            exempt.remove();
        } else {
            exempt.set(true);
        }
    }

    /** @throws DiskFullException if {@code bytes} more would dip into the reserve */
    void require(long bytes) throws IOException {
        if (reserveBytes > 0 && !exempt.get()) {
            long usable = store.getUsableSpace();
            if (usable - bytes < reserveBytes) {
                throw new DiskFullException("Only " + usable + " bytes are free on " + store + ", " + reserveBytes
                        + " of them kept in reserve: free some space or lower retention");
            }
        }
    }
}
