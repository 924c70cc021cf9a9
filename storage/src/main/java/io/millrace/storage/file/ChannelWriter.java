package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Appends by {@code write} calls: for comparison, and for file systems where mapped stores cannot be trusted. */
final class ChannelWriter implements FileWriter {
    private final SharedFile file;
    private final SpaceGuard space;
    private final Runnable onClosed;

    ChannelWriter(SharedFile file, SpaceGuard space, Runnable onClosed) throws IOException {
        this.file = file;
        this.space = space;
        this.onClosed = onClosed;
        file.pin();
    }

    @Override
    public void reserve(long position, int length) throws IOException {
        space.require(length);
    }

    @Override
    public void write(long position, ByteBuffer source, int index, int length) throws IOException {
        write(file.usable(), position, source, index, length);
    }

    /** Likewise, to any channel. */
    static void write(FileChannel channel, long position, ByteBuffer source, int index, int length) throws IOException {
        int oldPosition = source.position();
        int oldLimit = source.limit();
        try {
            source.limit(index + length).position(index);
            long to = position;
            while (source.hasRemaining()) {
                to += channel.write(source, to);
            }
        } catch (IOException e) {
            // What was written of the batch lies behind the end of the log and is overwritten by the next one.
            throw DiskFullException.orSame(e);
        } finally {
            source.limit(oldLimit).position(oldPosition);
        }
    }

    @Override
    public boolean read(long position, ByteBuffer target, int count) {
        return false;
    }

    @Override
    public void moveBackTo(long position) {}

    @Override
    public void close() {
        file.unpin();
        onClosed.run();
    }

    @Override
    public void awaitEnd() {}
}
