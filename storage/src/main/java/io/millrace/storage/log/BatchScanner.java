package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.file.LogFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Walks the batches of a log file by their headers. Reads a chunk at a time, so that small batches cost one look at the file for many and
 * large ones are skipped over. All three formats; one thread at a time; makes no object after its construction, save a larger
 * chunk when {@link #load} meets a batch that does not fit.
 */
final class BatchScanner {
    /** The shortest message of the old formats behind offset and size. */
    private static final int LEGACY_MIN_LENGTH = 14;

    /** Offset, size, checksum and magic: what all formats share. */
    private static final int COMMON_BYTES = BatchHeader.MAGIC + 1;

    /** Enough to read at the speed of the disk. */
    private static final int LARGE_BYTES = 1024 * 1024;

    private static final ThreadLocal<BatchScanner> LARGE =
            ThreadLocal.withInitial(() -> new BatchScanner(ByteBuffer.allocateDirect(LARGE_BYTES)));

    private ByteBuffer chunk;
    private @Nullable LogFile file;
    private long end;
    private long chunkPosition;
    private int chunkLength;
    private long position;
    private int size;

    /**
     * @param chunk memory for what is read at once, at least 64 bytes. Direct memory saves a copy, but is given back late: it
     *     is for scanners that live long
     */
    BatchScanner(ByteBuffer chunk) {
        this.chunk = chunk;
    }

    /** One for a single use, with a small chunk. */
    static BatchScanner small() {
        return new BatchScanner(ByteBuffer.allocate(BatchLocator.CHUNK_BYTES));
    }

    /** This thread's own, with a large chunk, for walking whole segments. */
    static BatchScanner large() {
        return LARGE.get();
    }

    /** Begins before the batch at {@code position}; batches that reach beyond {@code end} are not seen. */
    void begin(LogFile file, long position, long end) {
        this.file = file;
        this.position = position;
        this.end = end;
        size = 0;
        chunkLength = 0;
    }

    /** Steps to the next batch; false at the end, or where the bytes cannot be a batch: {@link #position} is there then. */
    boolean next() throws IOException {
        position += size;
        size = 0;
        if (end - position < COMMON_BYTES) {
            return false;
        }
        if (!require(position, (int) Math.min(BatchHeader.RECORDS, end - position))) {
            return false;
        }
        int index = index();
        int length = BatchHeader.batchLength(chunk, index);
        byte magic = BatchHeader.magic(chunk, index);
        int least =
                magic == BatchHeader.CURRENT_MAGIC ? BatchHeader.RECORDS - BatchHeader.LOG_OVERHEAD : LEGACY_MIN_LENGTH;
        if (magic < 0
                || magic > BatchHeader.CURRENT_MAGIC
                || length < least
                || length > end - position - BatchHeader.LOG_OVERHEAD) {
            return false;
        }
        size = length + BatchHeader.LOG_OVERHEAD;
        return true;
    }

    /** Where in the file the batch begins. */
    long position() {
        return position;
    }

    /** Bytes of the batch. */
    int size() {
        return size;
    }

    byte magic() {
        return BatchHeader.magic(chunk, index());
    }

    /** First offset; for a compressed message of an old format its last, which is all its header knows. */
    long baseOffset() {
        return BatchHeader.baseOffset(chunk, index());
    }

    long lastOffset() {
        int index = index();
        return BatchHeader.magic(chunk, index) == BatchHeader.CURRENT_MAGIC
                ? BatchHeader.lastOffset(chunk, index)
                : BatchHeader.baseOffset(chunk, index);
    }

    /** Largest timestamp in ms; -1 if there is none. */
    long maxTimestamp() {
        return LegacyHeader.maxTimestamp(chunk, index());
    }

    /** Epoch of the leader that wrote it; -1 if unknown. */
    int leaderEpoch() {
        int index = index();
        return BatchHeader.magic(chunk, index) == BatchHeader.CURRENT_MAGIC
                ? BatchHeader.partitionLeaderEpoch(chunk, index)
                : BatchHeader.NO_LEADER_EPOCH;
    }

    /** Brings the whole batch into {@link #buffer}; it begins at {@link #index} there. */
    void load() throws IOException {
        if (!require(position, size)) {
            throw new EOFException("The batch at position " + position + " was cut off meanwhile");
        }
    }

    /** Where headers, and after {@link #load} whole batches, lie until the next step. */
    ByteBuffer buffer() {
        return chunk;
    }

    /** Index of the batch in {@link #buffer}. */
    int index() {
        return (int) (position - chunkPosition);
    }

    // False if the file does not reach that far any more.
    private boolean require(long from, int count) throws IOException {
        if (chunkLength > 0 && from >= chunkPosition && from + count <= chunkPosition + chunkLength) {
            return true;
        }
        LogFile source = file;
        if (source == null) {
            throw new IllegalStateException("begin comes first");
        }
        if (count > chunk.capacity()) {
            int bytes = Math.max(count, 2 * chunk.capacity());
            chunk = chunk.isDirect() ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes);
        }
        chunkLength = 0;
        int wanted = (int) Math.min(chunk.capacity(), end - from);
        chunk.clear();
        int read = source.readAvailable(from, chunk, wanted);
        chunk.clear().limit(read);
        chunkPosition = from;
        chunkLength = read;
        return read >= count;
    }
}
