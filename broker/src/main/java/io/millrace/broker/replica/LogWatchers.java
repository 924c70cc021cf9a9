package io.millrace.broker.replica;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** Those who want to know when a partition changes. Safe for use by any thread. */
final class LogWatchers {
    private @Nullable LogWatcher first;
    private volatile int count;

    /** Adds a watcher. What changed before may be missed: the caller looks once more afterwards. */
    void add(LogWatcher watcher) {
        synchronized (this) {
            if (watcher.watching) {
                return;
            }
            LogWatcher head = first;
            watcher.previous = null;
            watcher.next = head;
            if (head != null) {
                head.previous = watcher;
            }
            first = watcher;
            watcher.watching = true;
            count++;
        }
        // The look that follows must not be taken before this is visible to a thread that appends.
        VarHandle.fullFence();
    }

    synchronized void remove(LogWatcher watcher) {
        if (!watcher.watching) {
            return;
        }
        LogWatcher before = watcher.previous;
        LogWatcher after = watcher.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        watcher.previous = null;
        watcher.next = null;
        watcher.watching = false;
        count--;
    }

    void changed(boolean logEnd, boolean highWatermark, boolean role) {
        VarHandle.fullFence();
        if (count == 0) {
            return;
        }
        synchronized (this) {
            for (LogWatcher watcher = first; watcher != null; watcher = watcher.next) {
                watcher.onChange(logEnd, highWatermark, role);
            }
        }
    }
}
