package io.millrace.storage.log;

/**
 * How far a log is on disk. What began before a truncation says nothing about what came after it, and what ends during one has seen an end
 * that goes away: neither moves anything. Any thread.
 */
final class DiskProgress {
    private volatile long recoveryPoint;
    private volatile long syncedOffset;
    private long truncations;
    private boolean cutting;

    DiskProgress(long recoveryPoint) {
        this.recoveryPoint = recoveryPoint;
        this.syncedOffset = recoveryPoint;
    }

    /** Offset below which everything is on disk, indexes and producers too. */
    long recoveryPoint() {
        return recoveryPoint;
    }

    /** Offset below which the records are on disk; from there on they may be. */
    long syncedOffset() {
        return syncedOffset;
    }

    /** To be asked before the log end is, by who is about to bring everything below that to disk; what to tell afterwards. */
    synchronized long begin() {
        return truncations;
    }

    /** Everything below {@code end} is on disk. */
    synchronized void flushed(long end, long begun) {
        if (stillHolds(begun)) {
            recoveryPoint = Math.max(recoveryPoint, end);
            syncedOffset = Math.max(syncedOffset, recoveryPoint);
        }
    }

    /** The records below {@code end} are. */
    synchronized void synced(long end, long begun) {
        if (stillHolds(begun)) {
            syncedOffset = Math.max(syncedOffset, end);
        }
    }

    private boolean stillHolds(long begun) {
        return truncations == begun && !cutting;
    }

    /** The log is about to be cut at {@code offset}. Nothing moves up until {@link #cutEnded}. */
    synchronized void cutBegins(long offset) {
        truncations++;
        cutting = true;
        recoveryPoint = Math.min(recoveryPoint, offset);
    }

    /** The log was cut at {@code offset}. */
    synchronized void wasCut(long offset) {
        truncations++;
        recoveryPoint = Math.min(recoveryPoint, offset);
        syncedOffset = Math.min(syncedOffset, offset);
    }

    /** The log ends where it shall, or is not cut after all: what begins from now on counts again. */
    synchronized void cutEnded() {
        if (cutting) {
            truncations++;
            cutting = false;
        }
    }
}
