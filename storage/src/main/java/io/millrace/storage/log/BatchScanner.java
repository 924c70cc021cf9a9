package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.StorageException;
import io.millrace.storage.file.LogFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/**
 * Walks the batches of a log file by their headers. Reads a chunk at a time, so that small batches cost one look at the file for many and
 * large ones are skipped over. All three formats; one thread at a time; makes no object after its construction, save a larger
 * chunk, kept until the next {@link #begin}, when {@link #load} meets a batch that does not fit.
 */
final class BatchScanner {
    /** The shortest message of the old formats behind offset and size. */
    private static final int LEGACY_MIN_LENGTH = 14;

    /** Offset, size, checksum and magic: what all formats share. */
    private static final int COMMON_BYTES = BatchHeader.MAGIC + 1;

    /** Headers of batches no larger than this are copied out of mapped memory many at once: they are in each cache line or so. */
    private static final int DENSE_BYTES = 512;

    /** Enough to read at the speed of the disk. */
    private static final int LARGE_BYTES = 1024 * 1024;

    private static final ThreadLocal<BatchScanner> LARGE =
            ThreadLocal.withInitial(() -> new BatchScanner(ByteBuffer.allocateDirect(LARGE_BYTES)));

    private final ByteBuffer own;
    private ByteBuffer chunk;
    private @Nullable LogFile file;
    private long end;
    private long chunkPosition;
    private int chunkLength;
    private int readAhead;
    private long position;
    private int size;
    private int sizeBefore;

    /**
     * @param chunk memory for what is read at once, at least 64 bytes. Direct memory saves a copy, but is given back late: it
     *     is for scanners that live long
     */
    BatchScanner(ByteBuffer chunk) {
        this.own = chunk;
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
        begin(file, position, end, Integer.MAX_VALUE);
    }

    /** Likewise, for a look at single headers that lie far apart: nothing is read ahead. */
    void beginAlone(LogFile file, long position, long end) {
        begin(file, position, end, 0);
    }

    private void begin(LogFile file, long position, long end, int readAhead) {
        this.readAhead = readAhead;
        this.file = file;
        this.position = position;
        this.end = end;
        size = 0;
        sizeBefore = 0;
        chunkLength = 0;
        // A scanner may live long, and must not keep what one large batch took.
        chunk = own;
    }

    /** Steps to the next batch; false at the end, or where the bytes cannot be a batch: {@link #position} is there then. */
    boolean next() throws IOException {
        position += size;
        sizeBefore = size;
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

    /** Base offset of the batch behind this one; -1 if there is none. */
    long peekBaseOffset() throws IOException {
        long current = position;
        int currentSize = size;
        long offset = next() ? baseOffset() : -1;
        position = current;
        size = currentSize;
        require(position, Math.min(size, BatchHeader.RECORDS));
        return offset;
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

    /** Whether the checksum is that of the batch's bytes. However long the batch says it is, no more memory is taken than there is. */
    boolean checksumIsValid() throws IOException {
        boolean current = magic() == BatchHeader.CURRENT_MAGIC;
        if (size <= chunk.capacity()) {
            if (!require(position, size)) {
                return false;
            }
            return current ? BatchHeader.crcIsValid(chunk, index()) : LegacyHeader.crcIsValid(chunk, index(), size);
        }
        int expected = current ? BatchHeader.crc(chunk, index()) : LegacyHeader.crc(chunk, index());
        Checksum checksum = current ? new CRC32C() : new CRC32();
        LogFile source = source();
        long batchEnd = position + size;
        long at = position + (current ? BatchHeader.ATTRIBUTES : BatchHeader.MAGIC);
        chunkLength = 0;
        while (at < batchEnd) {
            chunk.clear();
            int read = source.readAvailable(at, chunk, (int) Math.min(chunk.capacity(), batchEnd - at));
            if (read == 0) {
                return false;
            }
            checksum.update(chunk.flip());
            at += read;
        }
        chunk.clear();
        return require(position, BatchHeader.RECORDS) && (int) checksum.getValue() == expected;
    }

    /**
     * Brings the whole batch into {@link #buffer}; it begins at {@link #index} there.
     *
     * @throws StorageException CORRUPT_MESSAGE if it would need more memory than there is, and its checksum is wrong
     */
    void load() throws IOException {
        if (size > chunk.capacity() && !checksumIsValid()) {
            throw new StorageException(
                    ErrorCode.CORRUPT_MESSAGE,
                    "The checksum of the batch at position " + position + " of " + source().path() + " is wrong");
        }
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

    private LogFile source() {
        LogFile source = file;
        if (source == null) {
            throw new IllegalStateException("begin comes first");
        }
        return source;
    }

    // False if the file does not reach that far any more.
    private boolean require(long from, int count) throws IOException {
        if (chunkLength > 0 && from >= chunkPosition && from + count <= chunkPosition + chunkLength) {
            return true;
        }
        LogFile source = source();
        if (count > chunk.capacity()) {
            chunk = ByteBuffer.allocate(Math.max(count, 2 * chunk.capacity()));
        }
        chunkLength = 0;
        int most = (int) Math.min(Math.max(count, Math.min(readAhead, chunk.capacity())), end - from);
        // Until it is known how far the headers lie apart, each is fetched by itself.
        boolean dense = sizeBefore > 0 && sizeBefore <= DENSE_BYTES;
        chunk.clear();
        int read = source.look(from, chunk, dense ? most : count, most);
        chunk.clear().limit(read);
        chunkPosition = from;
        chunkLength = read;
        return read >= count;
    }
}
