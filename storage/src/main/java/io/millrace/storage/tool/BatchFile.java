package io.millrace.storage.tool;

import io.millrace.protocol.record.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A log file read batch by batch with nothing assumed about it. */
final class BatchFile implements AutoCloseable {
    private static final int LEGACY_MIN_LENGTH = 14;

    private final DumpProgress progress;
    private final FileChannel channel;
    private final long end;
    private ByteBuffer batch = ByteBuffer.allocate(64 * 1024);
    private long position;
    private int size;

    /** @param progress told of the positions */
    BatchFile(Path path, long maxBytes, DumpProgress progress) throws IOException {
        this.progress = progress;
        channel = FileChannel.open(path, StandardOpenOption.READ);
        end = Math.min(maxBytes, channel.size());
    }

    /** Where the batch begins, or where there is none any more. */
    long position() {
        return position;
    }

    /** Bytes that are looked at. */
    long end() {
        return end;
    }

    int size() {
        return size;
    }

    /** The whole batch, from index 0 on. */
    ByteBuffer batch() {
        return batch;
    }

    /** Goes to a position, from where {@link #next} reads. */
    void seek(long newPosition) {
        position = newPosition;
        size = 0;
    }

    /** Reads the next batch; false at the end, or where none can be. */
    boolean next() throws IOException {
        position += size;
        size = 0;
        progress.at(position);
        if (end - position <= BatchHeader.MAGIC) {
            return false;
        }
        read((int) Math.min(BatchHeader.RECORDS, end - position));
        int length = BatchHeader.batchLength(batch, 0);
        byte magic = BatchHeader.magic(batch, 0);
        int least =
                magic == BatchHeader.CURRENT_MAGIC ? BatchHeader.RECORDS - BatchHeader.LOG_OVERHEAD : LEGACY_MIN_LENGTH;
        if (magic < 0
                || magic > BatchHeader.CURRENT_MAGIC
                || length < least
                || length > end - position - BatchHeader.LOG_OVERHEAD) {
            return false;
        }
        int whole = length + BatchHeader.LOG_OVERHEAD;
        if (whole > batch.capacity()) {
            batch = ByteBuffer.allocate(whole);
        }
        read(whole);
        size = whole;
        return true;
    }

    /** Whether there are nothing but zeros where no batch is any more; the batch is gone then. */
    boolean restIsZero() throws IOException {
        for (long from = position; from < end; from += batch.limit()) {
            batch.clear().limit((int) Math.min(batch.capacity(), end - from));
            read(from);
            progress.at(from);
            while (batch.hasRemaining()) {
                if (batch.get() != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Last offset of the batch. */
    long lastOffset() {
        return BatchHeader.magic(batch, 0) == BatchHeader.CURRENT_MAGIC
                ? BatchHeader.lastOffset(batch, 0)
                : BatchHeader.baseOffset(batch, 0);
    }

    private void read(int count) throws IOException {
        batch.clear().limit(count);
        read(position);
    }

    private void read(long start) throws IOException {
        long from = start;
        while (batch.hasRemaining()) {
            int read = channel.read(batch, from);
            if (read < 0) {
                throw new IOException("The file has become shorter than " + end + " bytes");
            }
            from += read;
        }
        batch.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
