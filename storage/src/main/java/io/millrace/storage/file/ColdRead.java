package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One range that is read before it is sent, see {@link ColdReads}. It keeps its file open until it has ended. Any thread.
 */
public final class ColdRead {
    private final ColdReads reads;
    private final LogFile file;
    private final long position;
    private final int length;
    private final Runnable onEnd;

    private volatile boolean cancelled;
    private volatile boolean read;
    private volatile boolean failed;

    ColdRead(ColdReads reads, LogFile file, long position, int length, Runnable onEnd) {
        this.reads = reads;
        this.file = file;
        this.position = position;
        this.length = length;
        this.onEnd = onEnd;
    }

    int length() {
        return length;
    }

    /** How many bytes were read of a range that begins here; 0 if it was not read to its end, or is another. They may be gone again. */
    public int hasReadFrom(LogFile other, long from) {
        return read && other == file && from == position ? length : 0;
    }

    /** Whether it ended because the bytes cannot be read, which has been reported. */
    public boolean failed() {
        return failed;
    }

    /** Ends it soon, at once if it has not begun; what it was to call in the end it calls. Does nothing once it has ended. */
    public void cancel() {
        cancelled = true;
        reads.cancel(this);
    }

    boolean isCancelled() {
        return cancelled;
    }

    /** On a thread that may wait for the disk. */
    void run(ByteBuffer buffer) {
        try {
            read = file.readThrough(position, length, buffer, this::isCancelled);
        } catch (IOException e) {
            // The file has told of it.
            failed = true;
        }
    }

    void end() {
        file.release();
        onEnd.run();
    }
}
