package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.StorageException;
import io.millrace.storage.file.ColdRead;
import io.millrace.storage.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A place in a log file: what a read found, not the bytes. The caller owns it and uses it again and again.
 *
 * <p>A slice with a length above 0 holds its file open until {@link #release}. Large slices go out by
 * {@code FileChannel.transferTo} from {@link #channel}, {@link #position}, {@link #length}; small ones are cheaper copied with
 * {@link #copyTo}, which costs no system call at the tail of the log. To use the slice object for another read while the
 * place is still in use, {@link #moveTo} hands the place over.
 */
public final class LogSlice {
    private static final Logger LOG = LoggerFactory.getLogger(LogSlice.class);

    private @Nullable LogFile file;
    private long position;
    private int length;
    private boolean firstBatchCut;
    private boolean farBehind;

    /** Bytes found; 0 = nothing at this offset yet, and nothing to release. */
    public int length() {
        return length;
    }

    /** Where in the file the bytes begin. */
    public long position() {
        return position;
    }

    /** The file; open until {@link #release}. Not to be closed or written to. */
    public FileChannel channel() {
        return file().channel();
    }

    /** Whether it ends within its first batch, because the limit did not allow for more. */
    public boolean isFirstBatchCut() {
        return firstBatchCut;
    }

    /**
     * Copies {@code count} bytes, from {@code from} bytes into the slice on, to the position of {@code out}, which moves on.
     *
     * @throws StorageException KAFKA_STORAGE_ERROR if the file cannot be read
     */
    public void copyTo(int from, int count, ByteBuffer out) {
        if (from < 0 || count < 0 || count > length - from) {
            throw new IndexOutOfBoundsException(count + " bytes from " + from + " of a slice of " + length);
        }
        try {
            file().read(position + from, out, count);
        } catch (IOException e) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    "Cannot read " + count + " bytes at " + (position + from) + " of " + file().path(),
                    e);
        }
    }

    /** Copies the whole slice to the position of {@code out}, which moves on. */
    public void copyTo(ByteBuffer out) {
        copyTo(0, length, out);
    }

    /**
     * Whether whoever sends the slice may have to wait for the disk: it lies far behind the end of its log, and it is not known to be in
     * memory. Waits for nothing.
     */
    public boolean mayBeCold() {
        return farBehind && length > 0 && !file().isInMemory(position, length);
    }

    /**
     * Has the bytes read on a thread of their log directory, so that they are in memory; the slice may be released meanwhile.
     *
     * @param onEnd called when that has ended in whatever way, on any thread, perhaps before this returns
     * @return null if that is not to be had now, because too much is being read already or the file is gone
     */
    public @Nullable ColdRead readAhead(Runnable onEnd) {
        try {
            return file().readAhead(position, length, onEnd);
        } catch (IOException e) {
            LOG.debug("Not read ahead", e);
            return null;
        }
    }

    /**
     * Keeps of the slice what was read for one that began at the same place, as records may have come to its end since.
     *
     * @return false if nothing was, and the slice is as before
     */
    public boolean keepReadBy(ColdRead read) {
        int known = read.hasReadFrom(file(), position);
        length = known == 0 ? length : Math.min(length, known);
        return known > 0;
    }

    /**
     * Reads one byte, for who was not able to send from there on and cannot tell whether the disk or the peer is to blame. If it is the
     * disk, that is reported like the failure of any other read.
     *
     * @param from where the sending stopped, in bytes from the start of the slice
     */
    public void checkReadable(int from) {
        if (from < length) {
            try {
                copyTo(from, 1, ByteBuffer.allocate(1));
            } catch (StorageException e) {
                LOG.debug("Not sent because it cannot be read", e);
            }
        }
    }

    /** Hands the place to another, released, slice; this one is empty afterwards. */
    public void moveTo(LogSlice other) {
        if (other.file != null) {
            throw new IllegalStateException("The slice that takes over was not released");
        }
        other.file = file;
        other.position = position;
        other.length = length;
        other.firstBatchCut = firstBatchCut;
        other.farBehind = farBehind;
        clear();
    }

    /** Lets go of the file; the slice is empty afterwards. Does nothing on an empty slice. Any thread. */
    public void release() {
        LogFile held = file;
        if (held != null) {
            clear();
            held.release();
        }
    }

    /** @param firstBatchBytes size of the first batch, all of which may not be in the slice */
    void set(LogFile held, long newPosition, int newLength, int firstBatchBytes) throws IOException {
        held.acquire();
        file = held;
        position = newPosition;
        length = newLength;
        firstBatchCut = newLength < firstBatchBytes;
        farBehind = false;
    }

    /** So much lies behind it in the log that it may not be in memory any more. */
    void liesFarBehind() {
        farBehind = true;
    }

    private void clear() {
        file = null;
        position = 0;
        length = 0;
        firstBatchCut = false;
        farBehind = false;
    }

    private LogFile file() {
        LogFile held = file;
        if (held == null) {
            throw new IllegalStateException("The slice is empty or was released");
        }
        return held;
    }
}
