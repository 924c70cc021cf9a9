package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Appends small batches through mapped memory, window by window, and by {@code write} calls large ones and the last ones of a file: a
 * store costs no system call but each mapped page a share of a fault and of the zeros written there before, which a {@code write} call,
 * whose price is the call, does without. Both see the same pages of the file.
 *
 * <p>A window is filled with zeros before it is mapped; while the writer fills one, the next is made ready in the background. Windows
 * follow the pace: twice as long as the last when that was filled within {@link #FAST_NS}, half as long when it took longer
 * than {@link #SLOW_NS}, so that a busy log remaps rarely and an idle one holds little.
 *
 * <p>A large batch that passes the window's end leaves it behind: it is let go, never bridged. The next one is mapped when enough small
 * batches have come in a row to earn it; until then they go by {@code write} too. Nothing is provided ahead of large batches, nor of the
 * few small ones between them, and no zero is ever written while a {@code write} call may pass {@link #provided}, the position where zeros
 * are written next.
 *
 * <p>A file that no batch fits into any more ends with its data, without having to be cut, unless that batch is longer than what is left
 * to calls: a kill right then leaves no zeros, which Apache Kafka can tell from data in the last segment of a log only.
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

    /**
     * What is written at once ahead of the append, on multiples of it: the page cache keeps such a piece as one folio, and the first store
     * into it maps all of it where the kernel can, instead of 512 pages one by one. A fraction of a millisecond.
     */
    private static final int FILL_PIECE = ZeroFill.CHUNK;

    /**
     * No window comes closer to the size that the file is not expected to pass, nor than a quarter of that but for the rest of a page. By
     * default no batch is longer than half of it ({@code max.message.bytes}).
     */
    private static final int BEFORE_END = 2 * 1024 * 1024;

    /** Small batches in a row that earn a window, as a multiple of the size that is small: about what a window costs. */
    private static final int EARNED = 8;

    private static final int PAGE = 4096;
    private static final long FAST_NS = 2_000_000_000L;
    private static final long SLOW_NS = 60_000_000_000L;

    private final SharedFile file;
    private final FileHost host;

    // Where windows end, on a page.
    private final long limit;

    private final int mappedMaxBytes;
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

    // Zeros, or a batch that may pass `provided`, are being written by a call.
    private boolean filling;

    // The writer's.
    private final ByteBuffer lookBack = ByteBuffer.allocate(Long.BYTES);
    private boolean byCall;
    private long smallBytes;

    /**
     * @param limit size that the file is not expected to pass; how much before it windows end depends on it
     * @param firstWindow length of the first window, as learnt from an earlier file of the log
     * @param onClosed called once, when the writer is closed and its last window unmapped
     */
    MappedWriter(SharedFile file, FileHost host, long limit, int firstWindow, Runnable onClosed) throws IOException {
        this.file = file;
        this.host = host;
        this.limit = roundUp(limit - Math.min(BEFORE_END, limit / 4));
        this.mappedMaxBytes = host.mappedMaxBytes();
        this.smallBytes = (long) EARNED * mappedMaxBytes;
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
        boolean large = length >= mappedMaxBytes;
        smallBytes = large ? 0 : smallBytes + length;
        byCall = large
                || position + length > limit
                || current == null && !(earned() && host.maps().available());
        if (!byCall && (current == null || position + length > current.end())) {
            byCall = !reserveSlowly(position, length);
        }
        if (byCall) {
            host.space().require(length);
        }
    }

    private boolean earned() {
        return smallBytes >= (long) EARNED * mappedMaxBytes;
    }

    // False if there can be no more maps now.
    private synchronized boolean reserveSlowly(long position, int length) throws IOException {
        try {
            if (!reserveFilled(position, length)) {
                awaitFilled();
                if (!reserveFilled(position, length)) {
                    reserveWindow(position, length);
                }
            }
            return true;
        } catch (FileMaps.RefusedException e) {
            return false;
        }
    }

    // A writer that is faster than the zeros takes as window what there is of them: the piece that is being written
    // lies behind.
    private boolean reserveFilled(long position, int length) throws IOException {
        MappedWindow current = window;
        if (current == null) {
            return false;
        }
        if (next != null) {
            return position + length <= next.end();
        }
        long end = Math.min(Math.min(provided & -PAGE, limit), current.end() + MAX_WINDOW);
        if (end - current.end() < FILL_PIECE / 2 || position + length > end) {
            return false;
        }
        next = map(current.end(), end);
        return true;
    }

    private void reserveWindow(long position, int length) throws IOException {
        MappedWindow current = window;
        if (current == null) {
            window = provide(position, length, Math.min(windowLength, UNEXPECTED_WINDOW));
            windowSinceNs = System.nanoTime();
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
        if (byCall) {
            writeByCall(position, source, index, length);
        } else {
            store(position, source, index, length);
        }
    }

    private void writeByCall(long position, ByteBuffer source, int index, int length) throws IOException {
        synchronized (this) {
            awaitFilled();
            filling = true;
        }
        long end = 0;
        try {
            ChannelWriter.write(file.usable(), position, source, index, length);
            end = position + length;
        } finally {
            filled(end);
        }
        MappedWindow current = window;
        while (current != null && end >= current.end()) {
            current = leave();
        }
    }

    private synchronized @Nullable MappedWindow leave() {
        if (next != null) {
            return turn();
        }
        letGo();
        return null;
    }

    private void store(long position, ByteBuffer source, int index, int length) throws IOException {
        MappedWindow current = window;
        while (true) {
            int count = (int) Math.min(length, current.end() - position);
            int at = (int) (position - current.position());
            if (!MappedCopy.store(source, index, current.buffer(), at, position, count, lookBack)) {
                throw new IOException("A mapped page of " + file.path() + " cannot be written");
            }
            if (count == length) {
                break;
            }
            position += count;
            index += count;
            length -= count;
            current = turn();
        }
        // A log that has proved busy gets its next window at once, a slow one when it is half through.
        long due = windowLength > MIN_WINDOW ? 0 : current.length() / 2;
        if (!aheadRequested && earned() && position - current.position() > due && current.end() < limit) {
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
    // not for a disk that is behind; one that rolls or closes waits for nothing.
    private void provideAhead() {
        try {
            while (true) {
                long from;
                long to;
                synchronized (this) {
                    MappedWindow current = window;
                    if (closed
                            || current == null
                            || next != null
                            || current.end() >= limit
                            || !host.maps().available()) {
                        return;
                    }
                    if (filling) {
                        // A large batch is on its way, and may leave the window behind.
                        aheadRequested = false;
                        return;
                    }
                    // From a small first window up to the right length in a few steps: each is ready while the last
                    // is filled.
                    int length = Math.min(windowLength, 4 * current.length());
                    long end = endOfWindow(current.end(), 1, length);
                    if (provided >= end) {
                        next = map(current.end(), end);
                        return;
                    }
                    from = provided;
                    to = Math.min(end, (from / FILL_PIECE + 1) * FILL_PIECE);
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
        long end = 0;
        try {
            host.space().require(to - from);
            file.acquire();
            try {
                ZeroFill.fill(file.usable(), from, to);
            } finally {
                file.release();
            }
            end = to;
        } finally {
            filled(end);
            onUnmapped();
        }
    }

    // What follows a write call: up to `end` there are no holes; 0 = it failed, and what it wrote is overwritten with
    // zeros or batches from `provided` on before it is mapped.
    private synchronized void filled(long end) {
        filling = false;
        provided = Math.max(provided, end);
        notifyAll();
    }

    // Where zeros are being written no second one may write them, nor batches: they would blot out what was
    // appended between.
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
        if (!host.maps().available()) {
            throw new FileMaps.RefusedException("No zeros for a window that cannot be", null);
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
        long wanted = Math.min((position & -PAGE) + wantedLength, limit);
        if (wantedLength >= FILL_PIECE && wanted / FILL_PIECE * FILL_PIECE > position) {
            // The last piece of a window is a whole one too.
            wanted = wanted / FILL_PIECE * FILL_PIECE;
        }
        return Math.max(needed, wanted);
    }

    private MappedWindow map(long position, long end) throws IOException {
        long start = position & -PAGE;
        MappedWindow mappedWindow = MappedWindow.map(
                host.maps(),
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
        return current != null && current.read(position, target, count);
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

    // Zeros of the closed writer may be on their way to where the next one is about to append.
    @Override
    public synchronized void awaitEnd() {
        awaitFilled();
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
