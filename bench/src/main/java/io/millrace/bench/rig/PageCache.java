package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps the free memory of this machine in the page cache, so that what a broker writes takes the place of pages that were used
 * before, as on a machine that has been up for a while.
 *
 * <p>A virtual machine whose kernel reports free pages to the host ("free page reporting") loses them within seconds after files have
 * been deleted, and pays several µs for each when it comes back: more than a broker needs for what it writes there. Touching
 * memory and freeing it again is no help against that; only memory in use stays. So a file without any data, which costs no
 * disk, is read until there is next to no free memory, again before each run. One thread.
 */
final class PageCache {
    private static final int PIECE = 1 << 20;

    /** Long enough for everything that is read from it: each page of it is read once. */
    private static final long LENGTH = 1L << 40;

    /** Of all memory, what may stay free: the kernel keeps a little, and more under a limit for groups of processes. */
    private static final double FREE = 0.03;

    /** After so much without less free memory there is nothing more to be had. */
    private static final long LOOK_AFTER = 512L << 20;

    private final FileChannel channel;
    private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
    private long position;

    /** @param dir in whose file system the file is, without a name and as long as this process lives */
    PageCache(Path dir) throws IOException {
        channel = FileChannel.open(
                Files.createTempFile(dir, "page-cache", ".sparse"),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        channel.write(ByteBuffer.allocate(1), LENGTH);
    }

    /** Fills what is free now. Seconds, or minutes where most of it was never used. */
    void fill() throws IOException {
        double enough = FREE * Proc.memoryMiB();
        double free = Proc.freeMiB();
        while (free > enough && position < LENGTH) {
            for (long read = 0; read < LOOK_AFTER; read += PIECE) {
                piece.clear();
                channel.read(piece, position + read);
            }
            position += LOOK_AFTER;
            double now = Proc.freeMiB();
            if (free - now < (LOOK_AFTER >> 20) / 10.0) {
                return;
            }
            free = now;
        }
    }
}
