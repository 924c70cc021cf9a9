package io.millrace.storage.file;

import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one segment. Appended to by one writer at a time; readers see {@link #size} bytes and never more. The file itself
 * may be longer while it is written to: what lies behind the size is zeros.
 *
 * <p>It costs nothing while nobody uses it: opened by the first read, mapped by the first append, and {@link #rest} takes it back to
 * that state, cut to its size, when it is sealed or idle.
 */
public final class LogFile {
    private static final VarHandle SIZE;
    private static final VarHandle READ_MAP;

    static {
        try {
            SIZE = MethodHandles.lookup().findVarHandle(LogFile.class, "size", long.class);
            READ_MAP = MethodHandles.lookup().findVarHandle(LogFile.class, "readMap", ReadMap.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SharedFile file;
    private final FileHost host;
    private final long limit;
    private int firstWindow;

    @SuppressWarnings("FieldMayBeFinal") // changed through SIZE
    private long size;

    private volatile @Nullable FileWriter writer;

    // Of a file that is read.
    @SuppressWarnings("FieldMayBeFinal") // changed through READ_MAP
    private volatile @Nullable ReadMap readMap;

    // The writer's: the one that was closed last.
    private @Nullable FileWriter former;

    // Both under the monitor: writers that still hold windows, and whether zeros lie behind the size.
    private int unfinishedWriters;
    private final CutSignal padding = new CutSignal();

    /**
     * @param size bytes of data in the file; whatever lies behind must be zeros
     * @param limit size that the file is not expected to pass: no space is provided ahead beyond it
     * @param firstWindow hint from an earlier segment of the log, see {@link #windowLength}; 0 = none
     */
    public LogFile(Path path, long size, long limit, int firstWindow, FileHost host) {
        this.file = new SharedFile(path, host.openFiles());
        this.size = size;
        this.limit = limit;
        this.firstWindow = firstWindow;
        this.host = host;
    }

    /** Bytes of data; what is below can be read. */
    public long size() {
        return (long) SIZE.getAcquire(this);
    }

    public Path path() {
        return file.path();
    }

    /** Length of the windows that suited this file, for the next file of the same log. */
    public int windowLength() {
        return writer instanceof MappedWriter mapped ? mapped.windowLength() : firstWindow;
    }

    /** Whether it holds windows or a pinned channel for appending. */
    public boolean active() {
        return writer != null;
    }

    /**
     * Makes sure that {@code length} more bytes fit.
     *
     * @throws DiskFullException if there is no room; nothing has changed
     */
    public void reserve(int length) throws IOException {
        FileWriter current = writer;
        if (current == null) {
            FileWriter before = former;
            if (before != null) {
                before.awaitEnd();
                former = null;
            }
            current = openWriter();
        }
        current.reserve(size, length);
    }

    /** Appends reserved bytes and publishes the new size. */
    public void append(ByteBuffer source, int index, int length) throws IOException {
        FileWriter current = writer;
        if (current == null) {
            throw new IllegalStateException("An append without a reservation to " + path());
        }
        current.write(size, source, index, length);
        SIZE.setRelease(this, size + length);
    }

    private synchronized FileWriter openWriter() throws IOException {
        FileWriter opened = host.mappedMaxBytes() > 0
                ? new MappedWriter(file, host, limit, firstWindow, this::onWriterFinished)
                : new ChannelWriter(file, host.space(), this::onWriterFinished);
        unfinishedWriters++;
        padding.set(true);
        writer = opened;
        return opened;
    }

    /**
     * Copies {@code count} bytes from {@code position} on to the position of {@code target}, which moves on.
     *
     * @throws IOException if the file cannot be read or ends earlier
     */
    public void read(long position, ByteBuffer target, int count) throws IOException {
        int read = readAvailable(position, target, count);
        if (read < count) {
            throw new EOFException(path() + " ends at " + (position + read) + ", before " + (position + count));
        }
    }

    /** Likewise, but what a truncation takes away meanwhile is just not there; returns how many bytes were. */
    public int readAvailable(long position, ByteBuffer target, int count) throws IOException {
        FileWriter current = writer;
        if (current != null && current.read(position, target, count)) {
            return count;
        }
        return readByCall(position, target, count);
    }

    /**
     * Likewise, for who looks for something: by a call, which is what costs then, {@code most} bytes are read; where they are in memory
     * only what is asked for. Who wants much reads on behind it, and does so by calls.
     *
     * @param fromMemory bytes to be copied then, at least as many as the caller needs
     * @return how many bytes were read
     */
    public int look(long position, ByteBuffer target, int fromMemory, int most) throws IOException {
        if (most > ReadMap.LOOK_BYTES) {
            return readAvailable(position, target, most);
        }
        FileWriter current = writer;
        ReadMap map = readMap();
        if (current != null && current.read(position, target, fromMemory) || map.look(position, target, fromMemory)) {
            return fromMemory;
        }
        int read = readByCall(position, target, most);
        map.onRead(position, read);
        return read;
    }

    /** Whether a range, of at least one byte, is in memory as far as is known. Waits for nothing. */
    public boolean isInMemory(long position, int count) {
        return readMap().isLoaded(position, count);
    }

    /**
     * Has a range read, so that it is in memory, and calls {@code onEnd} when that has ended in whatever way, on any thread.
     *
     * @return null if too much is being read already; {@code onEnd} is not called then
     * @throws IOException if the file is gone
     */
    public @Nullable ColdRead readAhead(long position, int count, Runnable onEnd) throws IOException {
        return host.coldReads().add(this, position, count, onEnd);
    }

    /**
     * Reads a range unless it is in memory. Not for event loops. Its pages do not count as seen by a look, which would touch them in the
     * map: what is read once and sent is the first to be evicted again.
     *
     * @param buffer what is read is in it, one piece over the other
     * @return false if it was not read to the end: cancelled, or cut off meanwhile
     * @throws IOException if the file cannot be read, which has been reported
     */
    boolean readThrough(long position, int count, ByteBuffer buffer, BooleanSupplier cancelled) throws IOException {
        ReadMap map = readMap();
        map.cover(position + count);
        if (map.isLoaded(position, count)) {
            return true;
        }
        int done = 0;
        while (done < count && !cancelled.getAsBoolean()) {
            int piece = Math.min(buffer.capacity(), count - done);
            int read = readByCall(position + done, buffer.clear(), piece);
            done += read;
            if (read < piece) {
                break;
            }
        }
        return done == count;
    }

    private ReadMap readMap() {
        ReadMap present = readMap;
        return present == null ? makeReadMap() : present;
    }

    // Without the monitor, which may be held by who waits for the disk: readers wait for nobody.
    private ReadMap makeReadMap() {
        ReadMap made = new ReadMap(file, host, this, this::size, this::trim);
        ReadMap before = (ReadMap) READ_MAP.compareAndExchange(this, null, made);
        return before == null ? made : before;
    }

    private int readByCall(long position, ByteBuffer target, int count) throws IOException {
        try {
            file.acquire();
            try {
                return readFromChannel(position, target, count);
            } finally {
                file.release();
            }
        } catch (IOException e) {
            if (isOfTheDisk(e)) {
                host.onUnreadable().accept("reading " + count + " bytes at position " + position + " of " + path(), e);
            }
            throw e;
        }
    }

    // And not of a file that was removed, a thread that was interrupted, a process that has too much open.
    private static boolean isOfTheDisk(IOException e) {
        return !(e instanceof NoSuchFileException
                || e instanceof ClosedChannelException
                || Descriptors.lackIsSaidBy(e));
    }

    private int readFromChannel(long position, ByteBuffer target, int count) throws IOException {
        int limitBefore = target.limit();
        int start = target.position();
        try {
            target.limit(start + count);
            while (target.hasRemaining()) {
                try {
                    if (file.usable().read(target, position + target.position() - start) < 0) {
                        break;
                    }
                } catch (ClosedChannelException e) {
                    // Another reader was interrupted; one that is so itself gives up.
                    if (Thread.currentThread().isInterrupted()) {
                        throw e;
                    }
                }
            }
            return target.position() - start;
        } finally {
            target.limit(limitBefore);
        }
    }

    /** The channel, open until {@link #release}. Not to be closed or written to. */
    public FileChannel acquire() throws IOException {
        return file.acquire();
    }

    /** The channel, for a caller that has acquired it. */
    public FileChannel channel() {
        return file.channel();
    }

    public void release() {
        file.release();
    }

    /**
     * Cuts the data to {@code newSize} bytes. What lies behind is gone or becomes zeros at once, so that no restart finds it again.
     */
    public synchronized void truncateTo(long newSize) throws IOException {
        long oldSize = size;
        if (newSize >= oldSize) {
            return;
        }
        FileWriter current = writer;
        ReadMap map = readMap;
        boolean mayBeMapped = map != null && !map.letGoBehind(newSize) || current != null || unfinishedWriters > 0;
        FileChannel channel = file.acquire();
        try {
            if (mayBeMapped) {
                ZeroFill.fill(channel, newSize, oldSize);
            } else {
                channel.truncate(newSize);
            }
        } finally {
            file.release();
        }
        SIZE.setRelease(this, newSize);
        padding.set(mayBeMapped);
        if (current != null) {
            current.moveBackTo(newSize);
        }
    }

    /** Lets go of windows and channel; the zeros behind the data are cut off when the last window is gone. The writer's thread. */
    public void rest() {
        FileWriter current = writer;
        if (current != null) {
            firstWindow = windowLength();
            writer = null;
            former = current;
            current.close();
        }
    }

    /** Likewise, but nothing is cut off: the disk has failed, and who touches it may wait for ever. */
    public void abandon() {
        synchronized (this) {
            padding.set(false);
            closeReadMap();
        }
        rest();
        file.abandon();
    }

    // For good: nobody maps it again.
    private void closeReadMap() {
        readMap().close();
    }

    private synchronized void onWriterFinished() {
        unfinishedWriters--;
        trim();
    }

    // A file is never cut where it is mapped: this waits until no writer has windows left, none has begun anew, and no
    // reader has one from before a cut.
    private synchronized void trim() {
        ReadMap map = readMap;
        if (writer != null || unfinishedWriters > 0 || map != null && map.isLeaving() || !padding.padded()) {
            return;
        }
        try {
            FileChannel channel = file.acquire();
            try {
                if (channel.size() > size) {
                    channel.truncate(size);
                }
                padding.set(false);
            } finally {
                file.release();
            }
        } catch (IOException e) {
            // Zeros behind the data are harmless to us; the next start cuts them.
            padding.set(true);
        }
    }

    /**
     * Waits until a file at {@link #rest} has been cut to its size, which takes as long as a reader has a window. Not for event
     * loops.
     *
     * @return false if that did not happen in time
     */
    public boolean awaitCut(long timeoutMs) {
        return padding.await(timeoutMs);
    }

    /** Closes the file and its map if nobody uses them. */
    public void closeIfIdle() {
        ReadMap map = readMap;
        if (map != null) {
            map.closeIfIdle();
        }
        file.closeIfIdle();
    }

    /**
     * Waits until the data is on disk. Not for event loops.
     *
     * @param metaData whether times and the like are wanted too, which nobody needs to find the data
     */
    public void force(boolean metaData) throws IOException {
        FileChannel channel = file.acquire();
        try {
            channel.force(metaData);
        } finally {
            file.release();
        }
    }

    /** Renames the file; who reads goes on reading. */
    public void rename(Path target) throws IOException {
        file.rename(target);
    }

    /** Removes the file; who reads goes on reading. */
    public synchronized void delete() throws IOException {
        padding.set(false);
        closeReadMap();
        file.delete();
    }
}
