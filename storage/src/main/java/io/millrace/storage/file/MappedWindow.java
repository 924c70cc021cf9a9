package io.millrace.storage.file;

import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.Executor;
import org.agrona.IoUtil;

/**
 * A part of a file mapped into memory, counted: it is unmapped after the owner and the last user let go, on a background thread, so
 * that nobody ever touches memory that is gone. Any thread.
 *
 * <p>The range must have been provided (see {@link ZeroFill}) and must not be cut off while the window lives. Only plain gets and
 * puts go on it: a fault in one of those is an {@link InternalError}, which may come late (see {@link MappedCopy}); a fault in a
 * checksum intrinsic or in native code ends the process.
 */
public final class MappedWindow implements Runnable {
    private static final VarHandle USERS;

    static {
        try {
            USERS = MethodHandles.lookup().findVarHandle(MappedWindow.class, "users", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ByteBuffer buffer;
    private final long position;
    private final int length;
    private final Executor background;
    private final Runnable onUnmapped;

    @SuppressWarnings("FieldMayBeFinal") // changed through USERS
    private volatile int users = 1;

    private MappedWindow(ByteBuffer buffer, long position, int length, Executor background, Runnable onUnmapped) {
        this.buffer = buffer;
        this.position = position;
        this.length = length;
        this.background = background;
        this.onUnmapped = onUnmapped;
    }

    /**
     * Maps a range; the caller is the owner and {@link #release releases} it once.
     *
     * @param onUnmapped called after the memory is gone, on the thread that unmapped it
     * @throws FileMaps.RefusedException if there can be no more maps
     */
    static MappedWindow map(
            FileMaps maps,
            FileChannel channel,
            FileChannel.MapMode mode,
            long position,
            int length,
            Executor background,
            Runnable onUnmapped)
            throws IOException {
        return new MappedWindow(maps.map(channel, mode, position, length), position, length, background, onUnmapped);
    }

    /**
     * A copy of the beginning of a file, to look at where there can be no more maps. The caller alone has it, so that its memory is freed
     * the moment it is released: behind a background thread that waits for a disk, copies would pile up.
     */
    static MappedWindow copy(FileChannel channel, int length) throws IOException {
        ByteBuffer copy = ByteBuffer.allocateDirect(length);
        MappedWindow window = new MappedWindow(copy, 0, length, Runnable::run, () -> {});
        while (copy.hasRemaining()) {
            if (channel.read(copy, copy.position()) < 0) {
                window.release();
                throw new EOFException("The file has " + copy.position() + " bytes instead of " + length);
            }
        }
        copy.clear();
        return window;
    }

    /** The memory; index 0 is {@link #position} of the file. Position and limit must not be changed. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** Where in the file it begins. */
    public long position() {
        return position;
    }

    public int length() {
        return length;
    }

    /** Position after the last byte. */
    public long end() {
        return position + length;
    }

    /** Becomes a user; false if the window is on its way out. */
    public boolean tryAcquire() {
        while (true) {
            int before = users;
            if (before == 0) {
                return false;
            }
            if (USERS.compareAndSet(this, before, before + 1)) {
                return true;
            }
        }
    }

    public void release() {
        if ((int) USERS.getAndAdd(this, -1) == 1) {
            background.execute(this);
        }
    }

    /** Likewise; whoever is the last unmaps at once, and not in the background. */
    void releaseHere() {
        if ((int) USERS.getAndAdd(this, -1) == 1) {
            run();
        }
    }

    /**
     * Copies bytes that lie at a position of the file to the position of {@code target}, which moves on.
     *
     * @return false if they do not lie in the window, it is on its way out, or the disk does not give them: a read call says why
     */
    boolean read(long from, ByteBuffer target, int count) {
        if (count < MappedCopy.MIN_BYTES || from < position || from + count > end() || !tryAcquire()) {
            return false;
        }
        try {
            int at = target.position();
            if (!MappedCopy.copy(buffer, (int) (from - position), from, target, at, count)) {
                return false;
            }
            target.position(at + count);
            return true;
        } finally {
            release();
        }
    }

    /** Whether the page of a position is in memory; false if the window is on its way out. Waits for nothing: the page is not touched. */
    boolean isLoaded(long at) {
        if (!tryAcquire()) {
            return false;
        }
        try {
            return ((MappedByteBuffer) buffer.slice((int) (at - position), 1)).isLoaded();
        } finally {
            release();
        }
    }

    /** Whether only the owner is left. */
    boolean idle() {
        return users == 1;
    }

    /** Unmaps; called by the background executor, or frees a copy at once. */
    @Override
    public void run() {
        if (buffer instanceof MappedByteBuffer mapped) {
            IoUtil.unmap(mapped);
        }
        onUnmapped.run();
    }
}
