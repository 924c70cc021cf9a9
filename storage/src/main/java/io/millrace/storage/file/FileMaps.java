package io.millrace.storage.file;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maps files into memory, as long as the system lets the process have one more map (on Linux {@code vm.max_map_count}, and its address
 * space). Who is refused reads and writes by calls instead, and for a while nobody asks again: being refused takes a collection of
 * garbage and a tenth of a second. One for the process; any thread.
 */
public final class FileMaps {
    private static final Logger LOG = LoggerFactory.getLogger(FileMaps.class);
    private static final long PAUSE_NS = TimeUnit.MINUTES.toNanos(1);

    /** What maps a file: {@link FileChannel#map}. */
    public interface Mapper {
        MappedByteBuffer map(FileChannel channel, FileChannel.MapMode mode, long position, long length)
                throws IOException;
    }

    /** There can be no more maps now; nothing is wrong with the file. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private final Mapper mapper;
    private final LongSupplier nanoTime;

    // 0 = never.
    private final AtomicLong refusedNs = new AtomicLong();

    public FileMaps() {
        this(FileChannel::map, System::nanoTime);
    }

    /** @param nanoTime what the pause after a refusal is measured by */
    public FileMaps(Mapper mapper, LongSupplier nanoTime) {
        this.mapper = mapper;
        this.nanoTime = nanoTime;
    }

    /** Whether it is worth asking for a map. */
    boolean available() {
        long refused = refusedNs.get();
        return refused == 0 || nanoTime.getAsLong() - refused >= PAUSE_NS;
    }

    /** @throws RefusedException if there can be no more maps */
    MappedByteBuffer map(FileChannel channel, FileChannel.MapMode mode, long position, long length) throws IOException {
        if (!available()) {
            throw new RefusedException("No more memory maps a moment ago", null);
        }
        try {
            return mapper.map(channel, mode, position, length);
        } catch (IOException e) {
            // How the JDK says ENOMEM.
            if (e.getCause() instanceof OutOfMemoryError) {
                onRefused();
                throw new RefusedException("No more memory maps", e);
            }
            throw e;
        }
    }

    private void onRefused() {
        long now = nanoTime.getAsLong();
        // Should the clock stand at zero, a nanosecond makes no difference.
        if (refusedNs.getAndSet(now == 0 ? 1 : now) == 0) {
            LOG.warn(
                    "The system lets this process have no more memory maps: logs are read and written by calls instead, which is"
                            + " slower. Raise vm.max_map_count, or have fewer partitions on this broker");
        }
    }
}
