package io.millrace.bench.rig;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Keeps the free memory of this machine in use, and gives back of it what a broker needs in the moment it needs it, so that what is
 * written goes into memory that was in use just before, as on a machine that has been up for a while.
 *
 * <p>A virtual machine whose kernel reports free pages to the host ("free page reporting") loses them within seconds after files have
 * been deleted, and pays several µs for each when it comes back: more than a broker needs for what it writes there. Touching memory
 * and freeing it again is no help against that; only memory in use stays. So a file without any data, which costs no disk, is read
 * until there is next to no free memory, again before each run.
 *
 * <p>The file is mapped as well. Pages of files that no process has mapped and that nobody has looked at for a minute may be evicted
 * while there is no need ("DAMON", proactive reclaim), and then there are gigabytes free again that the host takes.
 *
 * <p>It shrinks while others need memory: the kernel would take these pages too, but wakes its reclaiming thread for that, looks at
 * pages of the brokers' logs as well, and may have the brokers do the work. Pages of files count among those that may be dirty, as
 * free ones do, so that holding them throttles nobody who writes. Closed by the end of this process. Safe for several threads.
 */
final class PageCache {
    private static final int PIECE = 128 << 20;

    /** Of all memory, what is free when it was filled. */
    private static final double FREE = 0.04;

    /** With so much free it gives back; far above where the kernel begins to reclaim. */
    private static final double TOO_LITTLE = 0.025;

    private static final long LOOK_MS = 20;

    /**
     * After so many pieces, of a large machine, it looks whether there is anything to be had; less says little, as the kernel evicts
     * some of the file when one zone of memory is full, while gigabytes of another are free.
     */
    private static final int LOOK_AFTER = 16;

    /** Where to look how much memory there is of a kind. */
    interface Gauge {
        double mib() throws IOException;
    }

    private final RandomAccessFile file;
    private final List<MappedByteBuffer> pieces = new ArrayList<>();
    private final double memoryMiB;
    private final Gauge free;
    private final Gauge room;
    private final Gauge own;
    private final int lookAfter;

    /** The file has so many of the pieces; behind its end there is nothing that could be touched. */
    private int held;

    /** @param dir in whose file system the file is, without a name and as long as this process lives */
    PageCache(Path dir) throws IOException {
        this(
                dir,
                Proc.memoryMiB(),
                Proc::freeMiB,
                roomIn(Files.getFileStore(dir)),
                () -> Proc.rssMappedMiB(ProcessHandle.current().pid()));
    }

    /**
     * @param room of the file system for pages of this file
     * @param own what this process has in memory of the files it has mapped
     */
    PageCache(Path dir, double memoryMiB, Gauge free, Gauge room, Gauge own) throws IOException {
        this.memoryMiB = memoryMiB;
        this.free = free;
        this.room = room;
        this.own = own;
        Path path = Files.createTempFile(dir, "page-cache", ".sparse");
        file = new RandomAccessFile(path.toFile(), "rw");
        Files.delete(path);
        long most = (long) (memoryMiB * (1 << 20) / PIECE) + 1;
        lookAfter = (int) Math.min(LOOK_AFTER, Math.max(1, most / 8));
        file.setLength(most * PIECE);
        for (long i = 0; i < most; i++) {
            pieces.add(file.getChannel().map(FileChannel.MapMode.READ_ONLY, i * PIECE, PIECE));
        }
        file.setLength(0);
        Thread thread = new Thread(this::giveBack, "page-cache");
        thread.setDaemon(true);
        thread.start();
    }

    /** Pages without data take no room on a disk, but they do where the file system is memory. */
    private static Gauge roomIn(FileStore store) {
        return store.type().equals("tmpfs")
                ? () -> store.getUsableSpace() / (double) (1 << 20)
                : () -> Double.POSITIVE_INFINITY;
    }

    private boolean isMuchFree() throws IOException {
        return free.mib() > FREE * memoryMiB;
    }

    /** Whether brokers that write beside the file have room enough; and a page there is no room for would be a fault. */
    private boolean hasRoom() throws IOException {
        return room.mib() > Math.max(FREE * memoryMiB, PIECE >> 20);
    }

    /**
     * Fills what is free now. Seconds, or minutes where most of it was never used.
     *
     * @return why some of it was left free, in a sentence; empty if none was
     */
    synchronized String fill() throws IOException {
        // What the kernel has taken of those meanwhile comes back; to look at the others costs little.
        for (int i = 0; i < held && isMuchFree(); i++) {
            pieces.get(i).load();
        }
        double before = own.mib();
        int looked = held;
        while (held < pieces.size() && isMuchFree() && hasRoom()) {
            file.setLength((held + 1L) * PIECE);
            pieces.get(held).load();
            held++;
            if (held - looked == lookAfter) {
                double now = own.mib();
                long read = (long) lookAfter * (PIECE >> 20);
                if (now - before < read / 2.0) {
                    // For what is read something else of it goes, as under a limit for groups of processes. What is
                    // free says nothing of that, as others free memory at the same time.
                    return String.format(
                            Locale.ROOT,
                            "%.0f of %.0f MiB of memory were left free, as of the last %d MiB that were read to fill it %.0f stayed; "
                                    + "a limit for this process or its group may be why",
                            free.mib(),
                            memoryMiB,
                            read,
                            Math.max(0, now - before));
                }
                before = now;
                looked = held;
            }
        }
        return isMuchFree() && !hasRoom()
                ? String.format(
                        Locale.ROOT,
                        "%.0f of %.0f MiB of memory were left free, as the file that fills it is in memory itself (tmpfs) and brokers "
                                + "need the %.0f MiB that are left there; --work names another directory",
                        free.mib(),
                        memoryMiB,
                        room.mib())
                : "";
    }

    /** How much it keeps in use, in MiB. */
    synchronized double heldMiB() {
        return held * (double) PIECE / (1 << 20);
    }

    private void giveBack() {
        try {
            while (true) {
                Thread.sleep(LOOK_MS);
                giveBackWhatIsNeeded();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException("The file that keeps memory in use cannot be made shorter", e);
        }
    }

    synchronized void giveBackWhatIsNeeded() throws IOException {
        while (held > 0 && Math.min(free.mib(), room.mib()) < TOO_LITTLE * memoryMiB) {
            held--;
            file.setLength((long) held * PIECE);
        }
    }
}
