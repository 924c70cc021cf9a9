package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Writes zeros: gives a range of a file real blocks before it is mapped, and blots out batches that were truncated. Zeros are
 * written, never left to a hole, because a store into a hole on a full disk is a SIGBUS (as good as always long after the
 * store) while a write is an {@code IOException} at once.
 */
final class ZeroFill {
    private static final int CHUNK = 1024 * 1024;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(CHUNK).asReadOnlyBuffer();

    private ZeroFill() {}

    /**
     * Fills from {@code from} to {@code to}.
     *
     * @throws DiskFullException if there is no room; the part written stays, which does no harm behind the data
     */
    static void fill(FileChannel channel, long from, long to) throws IOException {
        ByteBuffer zeros = ZEROS.duplicate();
        long position = from;
        while (position < to) {
            zeros.clear().limit((int) Math.min(CHUNK, to - position));
            try {
                position += channel.write(zeros, position);
            } catch (IOException e) {
                throw DiskFullException.orSame(e);
            }
        }
    }
}
