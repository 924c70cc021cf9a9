package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.storage.StorageException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a log directory can be trusted. The first I/O error ends that until the next start: after a failed sync nobody
 * knows what is on disk, so no later append and no retry may hide it. Any thread.
 */
public final class LogDirHealth {
    private static final Logger LOG = LoggerFactory.getLogger(LogDirHealth.class);

    private static final long TELL_EVERY_NS = TimeUnit.MINUTES.toNanos(1);

    private final Path dir;
    private final Consumer<Path> onFailure;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicLong lastToldNs = new AtomicLong();

    /** @param onFailure called once, on the thread that saw the first error */
    public LogDirHealth(Path dir, Consumer<Path> onFailure) {
        this.dir = dir;
        this.onFailure = onFailure;
    }

    public Path dir() {
        return dir;
    }

    public boolean offline() {
        return failure.get() != null;
    }

    /** Takes the directory out of service. */
    public void fail(String doing, Throwable cause) {
        if (failure.compareAndSet(null, cause)) {
            LOG.error("Took log directory out of service dir={} after an error while {}", dir, doing, cause);
            onFailure.accept(dir);
        }
    }

    /**
     * Something was refused, or put off, because the disk is full, which ends by itself when space is freed. Told of once a
     * minute, whatever is refused in between.
     */
    public void full(String doing, Throwable cause) {
        tell(doing, cause, "what is stored can be read, and writing goes on when there is space");
    }

    /** Likewise because this process can open no more files, which says nothing about the disk. */
    public void outOfFiles(String doing, Throwable cause) {
        tell(
                doing,
                cause,
                "it goes on when files are closed; raise the limit of open files of the process (LimitNOFILE of its unit,"
                        + " ulimit -n) or lower log.max.open.files");
    }

    private void tell(String doing, Throwable cause, String outlook) {
        long nowNs = System.nanoTime();
        long toldNs = lastToldNs.get();
        if ((toldNs == 0 || nowNs - toldNs > TELL_EVERY_NS) && lastToldNs.compareAndSet(toldNs, nowNs)) {
            LOG.warn("Nothing can be written dir={} while {}: {}; {}", dir, doing, cause.getMessage(), outlook);
        }
    }

    /** @throws StorageException KAFKA_STORAGE_ERROR if the directory is out of service */
    void requireOnline() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR, "Log directory " + dir + " is out of service: " + cause);
        }
    }
}
