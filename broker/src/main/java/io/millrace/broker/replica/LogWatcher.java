package io.millrace.broker.replica;

import org.jspecify.annotations.Nullable;

/** Wants to know when a partition changes; itself the node of the list in which the partition keeps it. */
abstract class LogWatcher {
    // Guarded by the list.
    @Nullable
    LogWatcher previous;

    @Nullable
    LogWatcher next;

    boolean watching;

    /**
     * The partition changed. Called on the thread that changed it, after it has let go of the partition's lock; it must not
     * keep the thread, and not add or remove watchers.
     *
     * @param logEnd whether records were appended, or the log starts behind some that were deleted
     * @param highWatermark whether the high watermark moved
     * @param role whether this broker's part changed
     */
    abstract void onChange(boolean logEnd, boolean highWatermark, boolean role);
}
