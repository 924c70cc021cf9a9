package io.millrace.storage.file;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bounds the files and maps that stay open though nobody uses them. One for the whole process; entered only when something
 * opens, so never on a hot path.
 *
 * <p>Eviction is second chance: the oldest entry that was not used since it was last looked at goes.
 */
public final class OpenFiles {

    /** Something that can be opened again at any time and may therefore be closed. */
    interface Entry {
        /** Whether it was used since the last call. */
        boolean testAndClearUsed();

        /** Closes if nobody uses it; true if it is closed now. */
        boolean closeIfIdle();
    }

    private final int bound;
    private final Executor background;
    private final LinkedHashSet<Entry> entries = new LinkedHashSet<>();
    private final AtomicBoolean evicting = new AtomicBoolean();

    /**
     * @param bound entries that stay open at most while unused, at least 1
     * @param background closes those that are too many. Who opens an entry holds that entry's lock, perhaps that of another
     *     around it, and closing takes the lock of whichever entry is the oldest: done by the opener, two of them would wait
     *     for each other
     */
    public OpenFiles(int bound, Executor background) {
        this.bound = bound;
        this.background = background;
    }

    void opened(Entry entry) {
        boolean tooMany;
        synchronized (entries) {
            entries.add(entry);
            tooMany = entries.size() > bound;
        }
        if (tooMany && evicting.compareAndSet(false, true)) {
            background.execute(this::evict);
        }
    }

    void closed(Entry entry) {
        synchronized (entries) {
            entries.remove(entry);
        }
    }

    /** Closes an entry in the background, unless it is used again by then. */
    void closeSoon(Entry entry) {
        background.execute(entry::closeIfIdle);
    }

    /** Closes everything that nobody uses. */
    public void closeIdle() {
        List<Entry> open;
        synchronized (entries) {
            open = List.copyOf(entries);
        }
        open.forEach(Entry::closeIfIdle);
    }

    /** Entries open now. */
    public int count() {
        synchronized (entries) {
            return entries.size();
        }
    }

    // An entry closes without the monitor held: closing takes the entry's own lock, which calls opened and closed.
    private void evict() {
        evicting.set(false);
        int chances = 2 * count();
        while (chances-- > 0) {
            Entry candidate;
            synchronized (entries) {
                if (entries.size() <= bound) {
                    return;
                }
                Iterator<Entry> oldest = entries.iterator();
                candidate = oldest.next();
                oldest.remove();
            }
            if (candidate.testAndClearUsed() || !candidate.closeIfIdle()) {
                synchronized (entries) {
                    entries.add(candidate);
                }
            }
        }
    }
}
