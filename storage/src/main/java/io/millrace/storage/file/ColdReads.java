package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads ranges of the log files of one directory which are perhaps not in memory, so that whoever sends them from an event loop does not
 * wait for the disk there. What is read is thrown away: it is the page cache that is to have it. Any thread.
 *
 * <p>What waits and what is being read is bounded: who reads far behind is many times as fast as a disk, and pages read for somebody who
 * comes back for them late are gone by then.
 */
public final class ColdReads {
    /** A disk is kept busy by a few reads at a time. */
    static final int MAX_READERS = 4;

    static final int MAX_RANGES = 1000;

    /** Of ranges that wait and that are being read. One range alone may be longer. */
    static final long MAX_BYTES = 128L * 1024 * 1024;

    /** If all who read have got nothing for so long, nothing more is asked of the disk until it gives something. */
    static final long STALLED_NS = 1_000_000_000;

    /** By one call. What is cancelled ends between two. */
    private static final int CHUNK_BYTES = 128 * 1024;

    private static final ThreadLocal<ByteBuffer> BUFFERS =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(CHUNK_BYTES));

    private final Executor executor;
    private final LongSupplier nanoTime;

    // Guarded by this.
    private final Set<ColdRead> waiting = new LinkedHashSet<>();
    private int ranges;
    private long bytes;
    private int readers;
    private long progressNs;
    private boolean closed;

    /** @param executor may be kept by a disk; up to four tasks at a time */
    public ColdReads(Executor executor) {
        this(executor, System::nanoTime);
    }

    ColdReads(Executor executor, LongSupplier nanoTime) {
        this.executor = executor;
        this.nanoTime = nanoTime;
    }

    /** Null if there is too much to read already, the disk hangs, or the directory is closed. */
    @Nullable
    ColdRead add(LogFile file, long position, int length, Runnable onEnd) throws IOException {
        file.acquire();
        ColdRead read = new ColdRead(this, file, position, length, onEnd);
        boolean begins;
        synchronized (this) {
            if (closed || ranges == MAX_RANGES || ranges > 0 && bytes + length > MAX_BYTES || isStalled()) {
                file.release();
                return null;
            }
            waiting.add(read);
            ranges++;
            bytes += length;
            begins = readers < MAX_READERS;
            if (begins) {
                readers++;
                progressNs = nanoTime.getAsLong();
            }
        }
        if (begins) {
            begin();
        }
        return read;
    }

    private boolean isStalled() {
        return readers == MAX_READERS && nanoTime.getAsLong() - progressNs > STALLED_NS;
    }

    private void begin() {
        try {
            executor.execute(this::readAll);
        } catch (RejectedExecutionException e) {
            // The log manager closes.
            close();
        }
    }

    private void readAll() {
        boolean through = false;
        try {
            for (ColdRead read = next(); read != null; read = next()) {
                try {
                    read.run(BUFFERS.get());
                } finally {
                    ended(read);
                }
            }
            through = true;
        } finally {
            if (!through) {
                endReader();
            }
        }
    }

    private synchronized void endReader() {
        readers--;
    }

    private synchronized @Nullable ColdRead next() {
        var first = waiting.iterator();
        if (!first.hasNext()) {
            readers--;
            return null;
        }
        ColdRead read = first.next();
        first.remove();
        progressNs = nanoTime.getAsLong();
        return read;
    }

    private void ended(ColdRead read) {
        synchronized (this) {
            ranges--;
            bytes -= read.length();
        }
        read.end();
    }

    /** Nobody wants it any more. */
    void cancel(ColdRead read) {
        boolean waited;
        synchronized (this) {
            waited = waiting.remove(read);
        }
        if (waited) {
            ended(read);
        }
    }

    /** Reads nothing more; what waits ends, unread. Does not wait for what is being read, which ends soon unless the disk hangs. */
    public void close() {
        List<ColdRead> unread;
        synchronized (this) {
            closed = true;
            unread = new ArrayList<>(waiting);
        }
        unread.forEach(ColdRead::cancel);
    }
}
