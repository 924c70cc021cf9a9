package io.millrace.storage.file;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A file of entries of one size, only ever appended to: what the indexes are made of. Mapped on first use; while it is appended to, the
 * file is longer than its entries, twice as long each time it is full; {@link #rest} cuts it to size. Where there can be no more maps it
 * is written by calls, and who looks at it is given a copy.
 *
 * <p>One writer ({@link #ensureRoom}, {@link #append}, {@link #truncateTo}, {@link #rest}); any reader. A reader or writer
 * {@link #acquire acquires} the window for the moment it looks at it, a reader by way of an {@link EntryReader}.
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

    /** Whether it is appended to without a window. Changed under the monitor, by the writer. */
    private volatile boolean byCall;

    // The writer's: up to here the file has been provided, and what an entry is written from.
    private int provided;
    private @Nullable ByteBuffer entry;

    // The writer's, for looks at what it has stored.
    private @Nullable ByteBuffer lookBack;

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

    /** Bytes of an entry. */
    int entryBytes() {
        return entryBytes;
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
    @Nullable
    MappedWindow acquire() throws IOException {
        used = true;
        while (true) {
            MappedWindow current = window;
            if (current != null && current.tryAcquire()) {
                return current;
            }
            if (current == null && count() == 0) {
                return null;
            }
            if (current == null && !openForReading()) {
                return copy();
            }
        }
    }

    private MappedWindow copy() throws IOException {
        FileChannel channel = file.acquire();
        try {
            return MappedWindow.copy(channel, count() * entryBytes);
        } finally {
            file.release();
        }
    }

    // False if there can be no window.
    private synchronized boolean openForReading() throws IOException {
        int bytes = count() * entryBytes;
        if (window == null && bytes > 0) {
            if (byCall) {
                return false;
            }
            try {
                window = map(FileChannel.MapMode.READ_ONLY, bytes, () -> {});
            } catch (FileMaps.RefusedException e) {
                return false;
            }
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
            return MappedWindow.map(host.maps(), channel, mode, 0, bytes, host.background(), onUnmapped);
        } finally {
            file.release();
        }
    }

    /**
     * Makes sure that one more entry fits.
     *
     * @throws DiskFullException if there is no room on the disk; nothing has changed
     */
    public void ensureRoom() throws IOException {
        int needed = (count + 1) * entryBytes;
        MappedWindow current = window;
        if (byCall && !host.maps().available()) {
            provide(needed);
        } else if (!appending || current == null || current.length() < needed) {
            growOrGoByCall(needed);
        } else if (!aheadRequested
                && host.maps().available()
                && needed > current.length() / 4 * 3
                && current.length() < maxBytes()) {
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
                    host.maps(),
                    channel,
                    FileChannel.MapMode.READ_WRITE,
                    0,
                    bytes,
                    host.background(),
                    onWritableUnmapped);
            writableWindows.incrementAndGet();
            window = grown;
            byCall = false;
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
    IOException unreadable() {
        IOException cause = new IOException("A mapped page of " + path() + " cannot be read");
        host.onUnreadable().accept("reading " + path(), cause);
        return cause;
    }

    // The writer.
    private synchronized void growOrGoByCall(int needed) throws IOException {
        try {
            grow(needed);
        } catch (FileMaps.RefusedException e) {
            if (!byCall) {
                // The window has no room for what is appended from now on, and who has it would not see that.
                letGo();
                provided = count * entryBytes;
                byCall = true;
            }
            provide(needed);
        }
    }

    private synchronized void provide(int needed) throws IOException {
        if (provided >= needed) {
            return;
        }
        int bytes = Math.min(Math.max(needed, maxBytes()), needed + FIRST_BYTES);
        FileChannel channel = file.pin();
        try {
            host.space().require(bytes - provided);
            ZeroFill.fill(channel, provided, bytes);
            padding.set(true);
            provided = bytes;
        } finally {
            file.unpin();
        }
    }

    /**
     * Appends an entry; room was ensured. Who reads at the same time sees all of it or nothing, or where there was a former entry,
     * that one's.
     *
     * @param head the first eight bytes
     * @param tail the next four, of entries that have so many
     */
    public void append(long head, int tail) throws IOException {
        int newCount = count + 1;
        if (byCall) {
            write(head, tail);
        } else {
            store(head, tail);
        }
        COUNT.setRelease(this, newCount);
    }

    private void store(long head, int tail) throws IOException {
        ByteBuffer seen = lookBack;
        if (seen == null) {
            seen = ByteBuffer.allocate(Long.BYTES + Integer.BYTES);
            lookBack = seen;
        }
        MappedWindow current = acquire();
        if (current == null || current.length() < (count + 1) * entryBytes) {
            throw new IllegalStateException("No room was ensured in " + path());
        }
        try {
            // A reader may be looking at this slot's former entry, which a truncation took away.
            if (!MappedCopy.storeEntry(current.buffer(), count * entryBytes, head, tail, entryBytes, seen)) {
                throw new IOException("A mapped page of " + path() + " cannot be written");
            }
        } finally {
            current.release();
        }
    }

    private void write(long head, int tail) throws IOException {
        ByteBuffer bytes = entry;
        if (bytes == null) {
            bytes = ByteBuffer.allocateDirect(Long.BYTES + Integer.BYTES);
            entry = bytes;
        }
        bytes.clear().putLong(head).putInt(tail);
        FileChannel channel = file.acquire();
        try {
            ChannelWriter.write(file.usable(), (long) count * entryBytes, bytes, 0, entryBytes);
        } finally {
            file.release();
        }
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
            letGo();
            byCall = false;
        }
        trim();
    }

    /** Likewise, but nothing is cut off: the disk has failed, and who touches it may wait for ever. */
    public synchronized void abandon() {
        padding.set(false);
        letGo();
        byCall = false;
        file.abandon();
    }

    private void letGo() {
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

    private void onWritableUnmapped() {
        writableWindows.decrementAndGet();
        trim();
    }

    // Readers map no more than the entries, so that only writable windows stand in the way of a cut.
    private synchronized void trim() {
        if (appending || byCall || writableWindows.get() > 0 || !padding.padded()) {
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
    public long mappedBytes() {
        MappedWindow current = window;
        return current == null ? 0 : current.length();
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
        if (count() == 0 && !appending && !byCall) {
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
