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
    /** Written by one call at most: the largest folio of a page cache. */
    static final int CHUNK = 2 * 1024 * 1024;

    private static final ByteBuffer FEW_ZEROS = zeros(64 * 1024);

    private ZeroFill() {}

    private static ByteBuffer zeros(int bytes) {
        return ByteBuffer.allocateDirect(bytes).asReadOnlyBuffer();
    }

    /** Memory that only a busy log takes. */
    private static final class ManyZeros {
        private static final ByteBuffer CHUNK_OF_ZEROS = zeros(CHUNK);
    }

    /**
     * Fills from {@code from} to {@code to}.
     *
     * @throws DiskFullException if there is no room; the part written stays, which does no harm behind the data
     */
    static void fill(FileChannel channel, long from, long to) throws IOException {
        ByteBuffer source = to - from <= FEW_ZEROS.capacity() ? FEW_ZEROS : ManyZeros.CHUNK_OF_ZEROS;
        ByteBuffer zeros = source.duplicate();
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
