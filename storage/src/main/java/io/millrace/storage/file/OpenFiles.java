package io.millrace.storage.file;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bounds the files and maps that stay open though nobody uses them. One for each log directory, so that a disk that hangs keeps no file of
 * another open; entered only when something opens, so never on a hot path.
 *
 * <p>Eviction is second chance: the oldest entry that was not used since it was last looked at goes.
 */
public final class OpenFiles {

    /** Something that can be opened again at any time and may therefore be closed. */
    interface Entry {
        /** Bytes of memory it has mapped, the same as long as it is open; 0 for what is no map. */
        long mappedBytes();

        /** Whether it was used since the last call. */
        boolean testAndClearUsed();

        /** {@link #closeUnusedMaps} has left it mapped: what was read long ago may have left memory meanwhile. */
        default void onKept() {}

        /** Closes if nobody uses it; true if it is closed now. */
        boolean closeIfIdle();
    }

    /** Page tables of 128 MiB if each page of it is touched; the pages themselves belong to the system. */
    private static final long MAPPED_BYTES = 64L << 30;

    private final int bound;
    private final long mappedBound;
    private final Executor background;

    // With the bytes each has mapped.
    private final Map<Entry, Long> entries = new LinkedHashMap<>();
    private long mappedBytes;
    private final AtomicBoolean evicting = new AtomicBoolean();

    /**
     * @param bound entries that stay open at most while unused, at least 1
     * @param background closes those that are too many. Who opens an entry holds that entry's lock, perhaps that of another
     *     around it, and closing takes the lock of whichever entry is the oldest: done by the opener, two of them would wait
     *     for each other. Once it rejects what it is given there is no bound any more, and all is left to {@link #closeIdle}
     */
    public OpenFiles(int bound, Executor background) {
        this(bound, MAPPED_BYTES, background);
    }

    /** For one of several directories, which share {@code bound} evenly. */
    public static OpenFiles shared(int bound, int directories, Executor background) {
        return new OpenFiles((bound + directories - 1) / directories, MAPPED_BYTES / directories, background);
    }

    /** @param mappedBound bytes that stay mapped at most while unused */
    OpenFiles(int bound, long mappedBound, Executor background) {
        this.bound = bound;
        this.mappedBound = mappedBound;
        this.background = background;
    }

    void opened(Entry entry) {
        boolean tooMany;
        synchronized (entries) {
            add(entry);
            tooMany = tooMany();
        }
        if (tooMany && evicting.compareAndSet(false, true)) {
            try {
                background.execute(this::evict);
            } catch (RejectedExecutionException e) {
                // Nobody is asked again.
                return;
            }
        }
    }

    void closed(Entry entry) {
        synchronized (entries) {
            remove(entry);
        }
    }

    private void add(Entry entry) {
        Long bytes = entry.mappedBytes();
        Long before = entries.put(entry, bytes);
        mappedBytes += bytes - (before == null ? 0 : before);
    }

    private void remove(Entry entry) {
        Long bytes = entries.remove(entry);
        mappedBytes -= bytes == null ? 0 : bytes;
    }

    // Of the maps, if those alone are too many.
    private Entry oldest() {
        boolean any = entries.size() > bound;
        for (Map.Entry<Entry, Long> each : entries.entrySet()) {
            if (any || each.getValue() > 0) {
                return each.getKey();
            }
        }
        throw new IllegalStateException("Nothing is open, and yet " + mappedBytes + " bytes are mapped");
    }

    private boolean tooMany() {
        return entries.size() > bound || mappedBytes > mappedBound;
    }

    /** Closes an entry in the background, unless it is used again by then. */
    void closeSoon(Entry entry) {
        try {
            background.execute(entry::closeIfIdle);
        } catch (RejectedExecutionException e) {
            // Its own lock is the only one that this takes.
            entry.closeIfIdle();
        }
    }

    /** Closes everything that nobody uses. */
    public void closeIdle() {
        openNow().forEach(Entry::closeIfIdle);
    }

    /** Unmaps what nobody has used since the last call: a log that is not read has no maps. */
    public void closeUnusedMaps() {
        for (Entry map : openNow()) {
            if (map.mappedBytes() > 0 && (map.testAndClearUsed() || !map.closeIfIdle())) {
                map.onKept();
            }
        }
    }

    private List<Entry> openNow() {
        synchronized (entries) {
            return List.copyOf(entries.keySet());
        }
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
                if (!tooMany()) {
                    return;
                }
                candidate = oldest();
                remove(candidate);
            }
            if (candidate.testAndClearUsed() || !candidate.closeIfIdle()) {
                synchronized (entries) {
                    add(candidate);
                }
            }
        }
    }
}
