package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The read-only map of a log file, for looks at the headers of its batches: each costs a system call less. Made in the background when a
 * file has been looked at {@link #EARNED} times, and unmapped when nobody uses it and {@link OpenFiles} wants the room, or when it has not
 * been used for a while.
 *
 * <p>Only what a look has read by a call not long ago is looked at in it, see {@link SeenPages}: cold data is never read by touching a map.
 *
 * <p>It holds no more than the data of the file, which is cut below its end only after it has {@link #letGoBehind let go}. Whoever
 * finds a page in it that the disk does not give is told to read by a call, which says what is wrong.
 *
 * <p>{@link #look} from any thread, without a lock; the rest is under the lock of the file.
 */
final class ReadMap implements OpenFiles.Entry {
    /** Who reads so little looks for something. */
    static final int LOOK_BYTES = 8 * 1024;

    /** Looks that cost as much by a call as mapping and unmapping. */
    private static final int EARNED = 32;

    private final SharedFile file;
    private final FileHost host;
    private final Object lock;
    private final LongSupplier size;
    private final Runnable onLeft;

    private volatile @Nullable MappedWindow window;

    // Of the window, or of one that was there before it or comes after.
    private volatile SeenPages seen = SeenPages.NONE;

    private boolean used;

    // Counted without a lock: one more or less makes no difference.
    private int looks;
    private volatile boolean requested;

    private int leaving;
    private boolean closed;

    /**
     * @param lock held whenever the file is cut
     * @param size bytes of data in the file
     * @param onLeft called with the lock held when what was {@link #letGoBehind let go} is unmapped
     */
    ReadMap(SharedFile file, FileHost host, Object lock, LongSupplier size, Runnable onLeft) {
        this.file = file;
        this.host = host;
        this.lock = lock;
        this.size = size;
        this.onLeft = onLeft;
    }

    /**
     * Copies bytes of the file to the position of {@code target}, which moves on; false if they are not at hand, and then whoever
     * reads them says so by {@link #onRead}.
     */
    boolean look(long position, ByteBuffer target, int count) {
        MappedWindow current = window;
        if (current != null && position + count <= current.length()) {
            used = true;
            return seen.holds(position, count) && current.read(position, target, count);
        }
        if (!requested && ++looks >= EARNED) {
            request(current);
        }
        return false;
    }

    /**
     * Whether the first and the last page of a range are in memory, which tells as good as surely whether the range is; false if
     * that cannot be said because the range is not mapped. Waits for nothing.
     */
    boolean isLoaded(long position, int count) {
        MappedWindow current = window;
        if (current == null || position + count > current.length()) {
            return false;
        }
        used = true;
        return current.isLoaded(position) && current.isLoaded(position + count - 1);
    }

    /** Maps the file at least up to here, if it is that long and can be mapped. Not for event loops. */
    void cover(long end) {
        MappedWindow current = window;
        if ((current == null || current.length() < end) && host.maps().available()) {
            open();
        }
    }

    /** So many bytes were read by the call of a look, and are in memory now. */
    void onRead(long position, int count) {
        if (count > 0 && window != null) {
            seen.add(position, count);
        }
    }

    private void request(@Nullable MappedWindow current) {
        looks = 0;
        // A file that grows is mapped again each time it is half as long again.
        if (host.maps().available()
                && (current == null || size.getAsLong() - current.length() > current.length() / 2)) {
            requested = true;
            host.background().execute(this::open);
        }
    }

    private void open() {
        synchronized (lock) {
            requested = false;
            long bytes = Math.min(size.getAsLong(), Integer.MAX_VALUE);
            MappedWindow old = window;
            if (closed || bytes == 0 || old != null && bytes <= old.length()) {
                return;
            }
            try {
                MappedWindow opened = map((int) bytes);
                letGo();
                seen = SeenPages.of((int) bytes);
                window = opened;
                host.openFiles().opened(this);
            } catch (IOException e) {
                // Whoever looks next does so by a call, and is told what is wrong with the file if it is not the maps.
                looks = 0;
            }
        }
    }

    private MappedWindow map(int bytes) throws IOException {
        FileChannel channel = file.acquire();
        try {
            if (channel.size() < bytes) {
                // To map it would make it longer.
                throw new IOException(file.path() + " has " + channel.size() + " bytes instead of " + bytes);
            }
            return MappedWindow.map(
                    host.maps(),
                    file.usable(),
                    FileChannel.MapMode.READ_ONLY,
                    0,
                    bytes,
                    host.background(),
                    this::onUnmapped);
        } finally {
            file.release();
        }
    }

    /**
     * Lets go if there is a map of bytes behind {@code end}, at once if nobody looks at it.
     *
     * @return false if the file must not be cut there yet
     */
    boolean letGoBehind(long end) {
        MappedWindow current = window;
        if (current != null && current.length() > end) {
            detach();
            current.releaseHere();
        }
        return leaving == 0;
    }

    /** Whether a map that was let go may still be looked at. */
    boolean isLeaving() {
        return leaving > 0;
    }

    /** Lets go for good. */
    void close() {
        closed = true;
        letGo();
    }

    private void letGo() {
        MappedWindow current = window;
        if (current != null) {
            detach();
            current.release();
        }
    }

    private void detach() {
        window = null;
        seen = SeenPages.NONE;
        host.openFiles().closed(this);
        leaving++;
    }

    private void onUnmapped() {
        synchronized (lock) {
            if (--leaving == 0) {
                onLeft.run();
            }
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
    public void onKept() {
        seen.forget();
    }

    @Override
    public boolean closeIfIdle() {
        synchronized (lock) {
            MappedWindow current = window;
            if (current != null && !current.idle()) {
                return false;
            }
            letGo();
            return true;
        }
    }
}
