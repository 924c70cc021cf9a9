package io.millrace.storage.file;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One file's channel, opened when the first user comes, shared by all, closed when nobody uses it and {@link OpenFiles} wants
 * the room. Any thread; an acquire of an open file is one compare-and-set.
 */
public final class SharedFile implements OpenFiles.Entry {
    private static final int CLOSED = -1;
    private static final Set<StandardOpenOption> OPEN = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    private static final Set<StandardOpenOption> OPEN_OR_CREATE =
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    private static final VarHandle USERS;

    static {
        try {
            USERS = MethodHandles.lookup().findVarHandle(SharedFile.class, "users", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final OpenFiles openFiles;
    private volatile Path path;

    @SuppressWarnings("FieldMayBeFinal") // changed through USERS
    private volatile int users = CLOSED;

    private boolean used;

    // Changed under the monitor.
    private volatile boolean deleted;

    // Whoever lets go of it last closes it.
    private volatile boolean unwanted;

    private volatile @Nullable FileChannel channel;

    public SharedFile(Path path, OpenFiles openFiles) {
        this.path = path;
        this.openFiles = openFiles;
    }

    public Path path() {
        return path;
    }

    /**
     * The channel, open for reading and writing until {@link #release}.
     *
     * @throws IOException if there is no such file or it cannot be opened
     */
    public FileChannel acquire() throws IOException {
        return acquire(OPEN);
    }

    private FileChannel acquire(Set<StandardOpenOption> options) throws IOException {
        used = true;
        while (true) {
            int before = users;
            if (before == CLOSED) {
                FileChannel opened = open(options);
                if (opened != null) {
                    return opened;
                }
            } else if (USERS.compareAndSet(this, before, before + 1)) {
                try {
                    return usable();
                } catch (IOException e) {
                    release();
                    throw e;
                }
            }
        }
    }

    /**
     * Acquires for a user that stays, a writer: the file is created if there is none and does not count among those that may
     * be closed.
     */
    public FileChannel pin() throws IOException {
        FileChannel pinned = acquire(OPEN_OR_CREATE);
        openFiles.closed(this);
        return pinned;
    }

    public void unpin() {
        openFiles.opened(this);
        release();
    }

    /**
     * Any thread; the last one to let go of a deleted file has it closed, in the background, since that gives its blocks back, and
     * likewise of an abandoned one.
     */
    public void release() {
        int before = (int) USERS.getAndAdd(this, -1);
        if (before == 1 && unwanted) {
            openFiles.closeSoon(this);
        }
    }

    /**
     * The channel, opened anew if the interrupt of a thread that was inside of it has closed it; for a caller that has acquired it.
     *
     * @throws IOException if it cannot be opened again
     */
    public FileChannel usable() throws IOException {
        FileChannel open = channel();
        return open.isOpen() ? open : reopen(open);
    }

    private synchronized FileChannel reopen(FileChannel closed) throws IOException {
        if (channel == closed) {
            channel = FileChannel.open(path, OPEN);
        }
        return channel();
    }

    /** The channel; for a caller that has acquired it. */
    public FileChannel channel() {
        FileChannel open = channel;
        if (open == null) {
            throw new IllegalStateException(path + " is not open");
        }
        return open;
    }

    /** Makes sure that there is a file, if only an empty one, unless it was {@link #delete deleted}. */
    public synchronized void createIfMissing() throws IOException {
        if (!deleted && Files.notExists(path)) {
            try {
                Files.createFile(path);
            } catch (IOException e) {
                throw DiskFullException.orSame(e);
            }
        }
    }

    /** Renames the file; who has it open keeps it. A file that does not exist yet just changes its name. */
    public synchronized void rename(Path target) throws IOException {
        if (Files.exists(path)) {
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        path = target;
    }

    /** Removes the file; who has it open keeps what it was. */
    public synchronized void delete() throws IOException {
        deleted = true;
        abandon();
        Files.deleteIfExists(path);
    }

    /** Has the file closed as soon as nobody uses it, now and whenever somebody who is late has used it again. */
    public void abandon() {
        unwanted = true;
        closeIfIdle();
    }

    private synchronized @Nullable FileChannel open(Set<StandardOpenOption> options) throws IOException {
        if (users != CLOSED) {
            return null;
        }
        FileChannel opened = FileChannel.open(path, options);
        channel = opened;
        users = 1;
        openFiles.opened(this);
        return opened;
    }

    @Override
    public long mappedBytes() {
        return 0;
    }

    @Override
    public boolean testAndClearUsed() {
        boolean wasUsed = used;
        used = false;
        return wasUsed;
    }

    @Override
    public synchronized boolean closeIfIdle() {
        if (users == CLOSED) {
            return true;
        }
        if (!USERS.compareAndSet(this, 0, CLOSED)) {
            return false;
        }
        FileChannel closing = channel();
        channel = null;
        openFiles.closed(this);
        try {
            closing.close();
        } catch (IOException e) {
            // Nothing is lost: data was synced, or will be through another channel of the same file.
            return true;
        }
        return true;
    }
}
