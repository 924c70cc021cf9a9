package io.millrace.storage.log;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A place in a log file: what a read found, not the bytes. The caller owns it and uses it again and again.
 *
 * <p>A slice with a length above 0 holds its file open, mapped if it was, until {@link #release}. Large slices go out by
 * {@code FileChannel.transferTo} from {@link #channel}, {@link #position}, {@link #length}; small ones are cheaper copied with
 * {@link #copyTo}, which costs no system call at the tail of the log. To use the slice object for another read while the
 * place is still in use, {@link #moveTo} hands the place over.
 */
public final class LogSlice {

    /** Bytes found; 0 = nothing at this offset yet, and nothing to release. */
    public int length() {
        throw new UnsupportedOperationException();
    }

    /** Where in the file the bytes begin. */
    public long position() {
        throw new UnsupportedOperationException();
    }

    /** The file; open until {@link #release}. Not to be closed or written to. */
    public FileChannel channel() {
        throw new UnsupportedOperationException();
    }

    /** Base offset of the first batch; may lie below the offset asked for. -1 if the slice is empty. */
    public long baseOffset() {
        throw new UnsupportedOperationException();
    }

    /**
     * Copies {@code count} bytes, from {@code from} bytes into the slice on, to the position of {@code out}, which moves on.
     *
     * @throws io.millrace.storage.StorageException KAFKA_STORAGE_ERROR if the file cannot be read
     */
    public void copyTo(int from, int count, ByteBuffer out) {
        throw new UnsupportedOperationException();
    }

    /** Copies the whole slice to the position of {@code out}, which moves on. */
    public void copyTo(ByteBuffer out) {
        copyTo(0, length(), out);
    }

    /** Hands the place to another, released, slice; this one is empty afterwards. */
    public void moveTo(LogSlice other) {
        throw new UnsupportedOperationException();
    }

    /** Lets go of the file; the slice is empty afterwards. Does nothing on an empty slice. Any thread. */
    public void release() {
        throw new UnsupportedOperationException();
    }
}
