package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Appends through mapped memory, window by window. A window is filled with zeros before it is mapped; while the writer fills one, the
 * next is made ready in the background. Windows follow the pace: twice as long as the last when that was filled within
 * {@link #FAST_NS}, half as long when it took longer than {@link #SLOW_NS}, so that a busy log remaps rarely and an idle
 * one holds little.
 *
 * <p>Threads: one writer ({@link #reserve}, {@link #write}, {@link #moveBackTo}); {@link #read} from any; the rest is under the monitor.
 */
final class MappedWriter implements FileWriter {
    /** The first window of a log nobody knows yet: small enough for thousands of idle partitions. */
    static final int MIN_WINDOW = 64 * 1024;

    /** Long enough that remapping costs nothing per byte, short enough to be provided in a few milliseconds. */
    static final int MAX_WINDOW = 16 * 1024 * 1024;

    /** What an append waits for when nothing was made ready: 0.1 ms of zeros. */
    private static final int UNEXPECTED_WINDOW = 256 * 1024;

    /** What is written at once ahead of the append: a tenth of a millisecond. */
    private static final int FILL_PIECE = 256 * 1024;

    private static final int PAGE = 4096;
    private static final long FAST_NS = 2_000_000_000L;
    private static final long SLOW_NS = 60_000_000_000L;

    private final SharedFile file;
    private final FileHost host;
    private final long limit;
    private final Runnable onClosed;
    private final Runnable provideAhead = this::provideAhead;
    private final Runnable onUnmapped = this::onUnmapped;
    private final AtomicInteger mapped = new AtomicInteger(1);

    private volatile @Nullable MappedWindow window;
    private @Nullable MappedWindow next;
    private long provided;
    private volatile int windowLength;
    private long windowSinceNs = System.nanoTime();
    private volatile boolean aheadRequested;
    private boolean closed;
    private boolean filling;

    /**
     * @param limit no space is provided beyond this position unless a batch needs it
     * @param firstWindow length of the first window, as learnt from an earlier file of the log
     * @param onClosed called once, when the writer is closed and its last window unmapped
     */
    MappedWriter(SharedFile file, FileHost host, long limit, int firstWindow, Runnable onClosed) throws IOException {
        this.file = file;
        this.host = host;
        this.limit = limit;
        this.onClosed = onClosed;
        windowLength = Math.max(MIN_WINDOW, Math.min(MAX_WINDOW, firstWindow));
        FileChannel channel = file.pin();
        try {
            provided = channel.size();
        } catch (IOException e) {
            file.unpin();
            throw e;
        }
    }

    /** Length that a window of the next file should start with. */
    int windowLength() {
        return windowLength;
    }

    @Override
    public void reserve(long position, int length) throws IOException {
        MappedWindow current = window;
        if (current == null || position + length > current.end()) {
            reserveSlowly(position, length);
        }
    }

    private synchronized void reserveSlowly(long position, int length) throws IOException {
        awaitFilled();
        MappedWindow current = window;
        if (current == null) {
            window = provide(position, length, Math.min(windowLength, UNEXPECTED_WINDOW));
            return;
        }
        long missing = position + length - current.end();
        if (next != null && next.length() < missing) {
            next.release();
            next = null;
        }
        if (next == null) {
            next = provide(current.end(), missing, Math.min(windowLength, UNEXPECTED_WINDOW));
        }
    }

    @Override
    public void write(long position, ByteBuffer source, int index, int length) throws IOException {
        MappedWindow current = window;
        try {
            while (true) {
                int count = (int) Math.min(length, current.end() - position);
                current.buffer().put((int) (position - current.position()), source, index, count);
                if (count == length) {
                    break;
                }
                position += count;
                index += count;
                length -= count;
                current = turn();
            }
        } catch (InternalError e) {
            throw new IOException("A mapped page of " + file.path() + " cannot be written", e);
        }
        // A log that has proved busy gets its next window at once, a slow one when it is half through.
        long due = windowLength > MIN_WINDOW ? 0 : current.length() / 2;
        if (!aheadRequested && position - current.position() > due && current.end() < limit) {
            aheadRequested = true;
            host.background().execute(provideAhead);
        }
    }

    private synchronized MappedWindow turn() {
        MappedWindow old = window;
        MappedWindow current = next;
        if (old == null || current == null) {
            throw new IllegalStateException("A write beyond what was reserved in " + file.path());
        }
        window = current;
        next = null;
        aheadRequested = false;
        old.release();
        long now = System.nanoTime();
        long took = now - windowSinceNs;
        windowSinceNs = now;
        if (took < FAST_NS) {
            windowLength = Math.min(MAX_WINDOW, windowLength * 2);
        } else if (took > SLOW_NS) {
            windowLength = Math.max(MIN_WINDOW, windowLength / 2);
        }
        return current;
    }

    // Zeros are written without the monitor, a piece at a time: a writer that needs space now waits for one piece, and
    // not for
    // a disk that is behind; one that rolls or closes waits for nothing.
    private void provideAhead() {
        try {
            while (true) {
                long from;
                long to;
                synchronized (this) {
                    MappedWindow current = window;
                    if (closed || current == null || next != null || filling) {
                        return;
                    }
                    // From a small first window up to the right length in a few steps: each is ready while the last is
                    // filled.
                    int length = Math.min(windowLength, 4 * current.length());
                    long end = endOfWindow(current.end(), 1, length);
                    if (provided >= end) {
                        next = map(current.end(), end);
                        return;
                    }
                    from = provided;
                    to = Math.min(end, from + FILL_PIECE);
                    filling = true;
                    mapped.incrementAndGet();
                }
                fillPiece(from, to);
            }
        } catch (IOException e) {
            // The append that needs the space will meet the same error, and has somebody to tell.
            aheadRequested = false;
        }
    }

    private void fillPiece(long from, long to) throws IOException {
        boolean filled = false;
        try {
            host.space().require(to - from);
            file.acquire();
            try {
                ZeroFill.fill(file.usable(), from, to);
            } finally {
                file.release();
            }
            filled = true;
        } finally {
            synchronized (this) {
                filling = false;
                if (filled) {
                    provided = to;
                }
                notifyAll();
            }
            onUnmapped();
        }
    }

    // Where zeros are being written no second one may write them: they would blot out what was appended between.
    private void awaitFilled() {
        boolean interrupted = false;
        while (filling) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // A window from position on that holds at least `least` bytes, and `wantedLength` if that is not beyond the limit.
    private MappedWindow provide(long position, long least, int wantedLength) throws IOException {
        if (closed) {
            throw new IllegalStateException(file.path() + " is closed for writing");
        }
        long needed = roundUp(position + least);
        long end = endOfWindow(position, least, wantedLength);
        try {
            fill(end);
        } catch (DiskFullException e) {
            if (end == needed) {
                throw e;
            }
            end = needed;
            fill(end);
        }
        return map(position, end);
    }

    private long endOfWindow(long position, long least, int wantedLength) {
        long needed = roundUp(position + least);
        long wanted = Math.min((position & -PAGE) + wantedLength, Math.max(roundUp(limit), needed));
        return Math.max(needed, wanted);
    }

    private MappedWindow map(long position, long end) throws IOException {
        long start = position & -PAGE;
        MappedWindow mappedWindow = MappedWindow.map(
                file.usable(),
                FileChannel.MapMode.READ_WRITE,
                start,
                (int) (end - start),
                host.background(),
                onUnmapped);
        mapped.incrementAndGet();
        return mappedWindow;
    }

    private void fill(long end) throws IOException {
        if (end > provided) {
            host.space().require(end - provided);
            ZeroFill.fill(file.usable(), provided, end);
            provided = end;
        }
    }

    private static long roundUp(long position) {
        return (position + PAGE - 1) & -PAGE;
    }

    @Override
    public boolean read(long position, ByteBuffer target, int count) {
        MappedWindow current = window;
        if (current == null
                || position < current.position()
                || position + count > current.end()
                || !current.tryAcquire()) {
            return false;
        }
        try {
            int at = target.position();
            target.put(at, current.buffer(), (int) (position - current.position()), count);
            target.position(at + count);
            return true;
        } catch (InternalError e) {
            // The page is gone; the read call that follows says why.
            return false;
        } finally {
            current.release();
        }
    }

    @Override
    public synchronized void moveBackTo(long position) {
        MappedWindow current = window;
        if (current != null && position < current.position()) {
            letGo();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            letGo();
        }
        file.unpin();
        onUnmapped();
    }

    private void letGo() {
        MappedWindow current = window;
        if (current != null) {
            window = null;
            current.release();
        }
        if (next != null) {
            next.release();
            next = null;
        }
        aheadRequested = false;
    }

    private void onUnmapped() {
        if (mapped.decrementAndGet() == 0) {
            onClosed.run();
        }
    }
}
