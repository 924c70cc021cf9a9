package io.millrace.storage.file;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A file of entries of one size, only ever appended to: what the indexes are made of. Mapped on first use; while it is appended to, the
 * file is longer than its entries, twice as long each time it is full; {@link #rest} cuts it to size.
 *
 * <p>One writer ({@link #ensureRoom}, {@link #publish}, {@link #truncateTo}, {@link #rest}); any reader. A reader or writer
 * {@link #acquire acquires} the window for the moment it looks at it.
 */
public final class MappedEntries implements OpenFiles.Entry {
    /** Entries for the first 2 MiB of log at the usual interval. */
    private static final int FIRST_BYTES = 4096;

    private static final VarHandle COUNT;

    static {
        try {
            COUNT = MethodHandles.lookup().findVarHandle(MappedEntries.class, "count", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SharedFile file;
    private final FileHost host;
    private final int entryBytes;
    private final int maxEntries;
    private final AtomicInteger writableWindows = new AtomicInteger();
    private final Runnable onWritableUnmapped = this::onWritableUnmapped;
    private final Runnable growAhead = this::growAhead;

    @SuppressWarnings("FieldMayBeFinal") // changed through COUNT
    private int count;

    private volatile @Nullable MappedWindow window;
    private volatile boolean appending;
    private volatile boolean aheadRequested;
    private final CutSignal padding = new CutSignal();
    private boolean used;

    /**
     * @param maxBytes largest size of the file; the last entry that would pass it does not fit
     * @param count entries in the file now
     */
    public MappedEntries(Path path, int entryBytes, int maxBytes, int count, FileHost host) {
        this.file = new SharedFile(path, host.openFiles());
        this.host = host;
        this.entryBytes = entryBytes;
        this.maxEntries = Math.max(count, maxBytes / entryBytes);
        this.count = count;
    }

    public int count() {
        return (int) COUNT.getAcquire(this);
    }

    /** Whether there are at least so many entries. */
    public boolean has(int entries) {
        return count() >= entries;
    }

    public int maxEntries() {
        return maxEntries;
    }

    public Path path() {
        return file.path();
    }

    /**
     * The window with all entries, to be {@link MappedWindow#release released}; null if there are no entries.
     *
     * @throws IOException if the file cannot be mapped
     */
    public @Nullable MappedWindow acquire() throws IOException {
        used = true;
        while (true) {
            MappedWindow current = window;
            if (current != null && current.tryAcquire()) {
                return current;
            }
            if (current == null && !openForReading()) {
                return null;
            }
        }
    }

    private synchronized boolean openForReading() throws IOException {
        if (window == null) {
            int bytes = count() * entryBytes;
            if (bytes == 0) {
                return false;
            }
            window = map(FileChannel.MapMode.READ_ONLY, bytes, () -> {});
            host.openFiles().opened(this);
        }
        return true;
    }

    private MappedWindow map(FileChannel.MapMode mode, int bytes, Runnable onUnmapped) throws IOException {
        FileChannel channel = file.acquire();
        try {
            if (channel.size() < bytes) {
                throw new IOException(file.path() + " has " + channel.size() + " bytes instead of " + bytes);
            }
            return MappedWindow.map(channel, mode, 0, bytes, host.background(), onUnmapped);
        } finally {
            file.release();
        }
    }

    /**
     * Makes sure that one more entry fits. The window acquired next is writable and has room.
     *
     * @throws DiskFullException if there is no room on the disk; nothing has changed
     */
    public void ensureRoom() throws IOException {
        int needed = (count + 1) * entryBytes;
        MappedWindow current = window;
        if (!appending || current == null || current.length() < needed) {
            grow(needed);
        } else if (!aheadRequested && needed > current.length() / 4 * 3 && current.length() < maxBytes()) {
            aheadRequested = true;
            host.background().execute(growAhead);
        }
    }

    private synchronized void growAhead() {
        MappedWindow current = window;
        try {
            if (appending && current != null) {
                grow(Math.min(maxBytes(), current.length() + entryBytes));
            }
        } catch (IOException e) {
            // The append that needs the space will meet the same error, and has somebody to tell.
            aheadRequested = false;
        }
    }

    private int maxBytes() {
        return maxEntries * entryBytes;
    }

    private synchronized void grow(int needed) throws IOException {
        MappedWindow old = window;
        if (appending && old != null && old.length() >= needed) {
            return;
        }
        int doubled = Math.max(FIRST_BYTES, 2 * (needed - entryBytes)) / entryBytes * entryBytes;
        int bytes = Math.max(needed, Math.min(maxBytes(), doubled));
        FileChannel channel = file.pin();
        try {
            // Stale entries behind the count (a file cut short, an index rebuilt) become zeros, as Kafka leaves them.
            long from = appending && old != null ? old.length() : (long) count * entryBytes;
            host.space().require(bytes - from);
            ZeroFill.fill(channel, from, bytes);
            padding.set(true);
            MappedWindow grown = MappedWindow.map(
                    channel, FileChannel.MapMode.READ_WRITE, 0, bytes, host.background(), onWritableUnmapped);
            writableWindows.incrementAndGet();
            window = grown;
        } finally {
            file.unpin();
        }
        if (!appending && old != null) {
            host.openFiles().closed(this);
        }
        appending = true;
        aheadRequested = false;
        if (old != null) {
            old.release();
        }
    }

    /** Reports a fault that was met while reading in the window: the disk does not give the page back. */
    public IOException unreadable(InternalError fault) {
        IOException cause = new IOException("A mapped page of " + path() + " cannot be read", fault);
        host.onUnreadable().accept("reading " + path(), cause);
        return cause;
    }

    /** Makes entries written through the window visible. */
    public void publish(int newCount) {
        COUNT.setRelease(this, newCount);
    }

    /** Forgets all entries from {@code newCount} on. */
    public void truncateTo(int newCount) {
        if (newCount < count) {
            COUNT.setRelease(this, newCount);
            synchronized (this) {
                padding.set(true);
            }
        }
    }

    /** Lets go of the memory; the file is cut to its entries when the last writable window is gone. The writer's thread. */
    public void rest() {
        synchronized (this) {
            MappedWindow current = window;
            if (current != null) {
                window = null;
                if (!appending) {
                    host.openFiles().closed(this);
                }
                appending = false;
                current.release();
            }
        }
        trim();
    }

    private void onWritableUnmapped() {
        writableWindows.decrementAndGet();
        trim();
    }

    // Readers map no more than the entries, so that only writable windows stand in the way of a cut.
    private synchronized void trim() {
        if (appending || writableWindows.get() > 0 || !padding.padded()) {
            return;
        }
        try {
            FileChannel channel = file.acquire();
            try {
                channel.truncate((long) count() * entryBytes);
                padding.set(false);
            } finally {
                file.release();
            }
        } catch (IOException e) {
            // Zeros behind the entries are told from entries at the next start.
            padding.set(true);
        }
    }

    @Override
    public boolean testAndClearUsed() {
        boolean wasUsed = used;
        used = false;
        return wasUsed;
    }

    @Override
    public synchronized boolean closeIfIdle() {
        MappedWindow current = window;
        if (current == null || appending) {
            return true;
        }
        if (!current.idle()) {
            return false;
        }
        window = null;
        host.openFiles().closed(this);
        current.release();
        return true;
    }

    /** See {@link LogFile#awaitCut}. */
    public boolean awaitCut(long timeoutMs) {
        return padding.await(timeoutMs);
    }

    /** Closes map and file if nobody uses them. */
    public void close() {
        closeIfIdle();
        file.closeIfIdle();
    }

    /** Waits until the entries are on disk; a file without entries is created empty, unless it was deleted. Not for event loops. */
    public void force() throws IOException {
        if (count() == 0 && !appending) {
            file.createIfMissing();
            return;
        }
        FileChannel channel = file.acquire();
        try {
            channel.force(true);
        } finally {
            file.release();
        }
    }

    public void rename(Path target) throws IOException {
        file.rename(target);
    }

    public synchronized void delete() throws IOException {
        padding.set(false);
        file.delete();
    }
}
