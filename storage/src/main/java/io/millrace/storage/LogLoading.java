package io.millrace.storage;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loading of all logs at a start: several at a time in each directory, each in service as soon as it is ready, progress
 * logged, a directory that fails left out alone.
 */
final class LogLoading {
    private static final Logger LOG = LoggerFactory.getLogger(LogLoading.class);
    private static final long PROGRESS_NS = 5_000_000_000L;

    /** A log that is left as it is. */
    private record Unloadable(LogDir dir, Path path) {}

    private final int threadsPerDir;
    private final Map<TopicPartition, PartitionLog> logs;
    private final DirectoryRemoval removal;
    private final Function<String, LogConfig> configs;
    private final Consumer<TopicPartition> onLoaded;
    private final List<LogDir> dirs = new ArrayList<>();
    private final ConcurrentHashMap<TopicPartition, CompletableFuture<Void>> pending = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<TopicPartition, Unloadable> unloadable = new ConcurrentHashMap<>();
    private final AtomicInteger loaded = new AtomicInteger();
    private final long startedNs = System.nanoTime();
    private volatile long lastProgressNs = startedNs;
    private volatile boolean stopped;
    private volatile int total;
    private @Nullable CompletableFuture<Void> all;

    LogLoading(
            int threadsPerDir,
            Map<TopicPartition, PartitionLog> logs,
            DirectoryRemoval removal,
            Function<String, LogConfig> configs,
            Consumer<TopicPartition> onLoaded) {
        this.threadsPerDir = threadsPerDir;
        this.logs = logs;
        this.removal = removal;
        this.configs = configs;
        this.onLoaded = onLoaded;
    }

    void add(LogDir dir) {
        dirs.add(dir);
    }

    CompletableFuture<Void> run() {
        List<ExecutorService> pools = new ArrayList<>();
        for (LogDir dir : dirs) {
            ExecutorService pool = StorageThreads.recoveryPool(threadsPerDir);
            pools.add(pool);
            try {
                submitAll(dir, pool);
            } catch (IOException e) {
                dir.health().fail("listing the directory", e);
            }
        }
        total = pending.size();
        CompletableFuture<Void> done = CompletableFuture.allOf(pending.values().toArray(new CompletableFuture<?>[0]));
        all = done;
        pools.forEach(ExecutorService::shutdown);
        return done.thenRun(() ->
                LOG.info("Loaded logs count={} tookMs={}", loaded.get(), (System.nanoTime() - startedNs) / 1_000_000));
    }

    private void submitAll(LogDir dir, ExecutorService pool) throws IOException {
        for (Path path : RecoveryOrder.of(dir)) {
            String name = path.getFileName().toString();
            TopicPartition partition = PartitionDirs.parse(name);
            if (PartitionDirs.isDelete(name)) {
                removal.removeLater(path, 0, () -> {});
            } else if (partition == null) {
                LOG.warn("Left directory alone because its name is not that of a partition path={}", path);
            } else if (pending.containsKey(partition)) {
                dir.health()
                        .fail(
                                "loading " + path,
                                new IOException("the log of " + partition
                                        + " lies in two log directories: remove one of them"));
            } else {
                dir.onFound(partition);
                CompletableFuture<Void> loading = CompletableFuture.runAsync(() -> load(dir, path, partition), pool);
                pending.put(partition, loading);
                loading.whenComplete((nothing, e) -> onLoaded.accept(partition));
            }
        }
    }

    private void load(LogDir dir, Path path, TopicPartition partition) {
        if (stopped || dir.health().offline()) {
            return;
        }
        try {
            PartitionLog log = open(dir, path, partition);
            logs.put(partition, log);
            takeOverChanges(log);
            dir.onLoaded(partition);
            if (dir.health().offline()) {
                dir.onLost(partition);
                logs.remove(partition);
                log.abandon();
            } else if (!log.damagedRanges().isEmpty()) {
                dir.host().onDamage().accept(partition);
            }
        } catch (CancellationException e) {
            LOG.info("Stopped loading path={}, its recovery begins anew at the next start", path);
            return;
        } catch (RuntimeException e) {
            leave(dir, path, partition, e);
        } catch (IOException e) {
            if (DiskFullException.isSaidBy(e)) {
                leave(dir, path, partition, e);
            } else {
                dir.health().fail("loading " + path, e);
            }
        } catch (InternalError e) {
            // A mapped page that cannot be read.
            dir.health().fail("loading " + path, e);
        }
        reportProgress(loaded.incrementAndGet());
    }

    private void leave(LogDir dir, Path path, TopicPartition partition, Exception e) {
        LOG.error("Cannot load the log at path={}, the others are served; it stays as it is", path, e);
        unloadable.put(partition, new Unloadable(dir, path));
    }

    private PartitionLog open(LogDir dir, Path path, TopicPartition partition) throws IOException {
        dir.onRecovering(true);
        try {
            return PartitionLog.open(
                    partition, path, configs.apply(partition.topic()), dir.host(), dir.hintsFor(partition));
        } finally {
            dir.onRecovering(false);
        }
    }

    // A change that was made known while this log was not in service has passed it by.
    private void takeOverChanges(PartitionLog log) {
        LogConfig now = configs.apply(log.topicPartition().topic());
        while (!now.equals(log.config())) {
            log.updateConfig(now);
            now = configs.apply(log.topicPartition().topic());
        }
    }

    private void reportProgress(int count) {
        long now = System.nanoTime();
        if (now - lastProgressNs >= PROGRESS_NS) {
            lastProgressNs = now;
            LOG.info("Loading logs ready={} of={} tookMs={}", count, total, (now - startedNs) / 1_000_000);
        }
    }

    /** Whether a log was found that is not ready yet. */
    boolean isUnderWay(TopicPartition partition) {
        CompletableFuture<Void> future = pending.get(partition);
        return future != null && !future.isDone();
    }

    /**
     * Waits until a log that is being loaded is ready; returns at once if there is nothing to load.
     *
     * @throws StorageException KAFKA_STORAGE_ERROR if it could not be loaded
     */
    void await(TopicPartition partition) {
        awaitEnd(partition);
        Unloadable left = unloadable.get(partition);
        if (left != null) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    "The log of " + partition + " at " + left.path + " could not be loaded, see the log for the reason:"
                            + " move the directory away to begin anew");
        }
    }

    /** Likewise, whatever came of it. */
    void awaitEnd(TopicPartition partition) {
        CompletableFuture<Void> future = pending.get(partition);
        if (future != null) {
            future.join();
        }
    }

    /**
     * Deletes a log that could not be loaded, by renaming its directory and later; false if there is none.
     *
     * @throws StorageException KAFKA_STORAGE_ERROR if it could not be renamed
     */
    boolean deleteUnloadable(TopicPartition partition) {
        Unloadable left = unloadable.get(partition);
        if (left == null) {
            return false;
        }
        Path target = left.path.resolveSibling(PartitionDirs.deleteName(partition));
        try {
            Files.move(left.path, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!DiskFullException.isSaidBy(e)) {
                left.dir.health().fail("renaming " + left.path + " to " + target, e);
            }
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR, "Cannot rename " + left.path + " to delete it: " + e, e);
        }
        left.dir.onDeleted(partition);
        unloadable.remove(partition);
        removal.removeLater(target, 0, () -> {});
        LOG.info("Deleted log that could not be loaded partition={} renamedTo={}", partition, target);
        return true;
    }

    /**
     * Loads no more logs; waits for those under way, which {@link StorageThreads#askToEnd} has end where they stand.
     *
     * @return whether all logs there are had been found, so that each directory knows which of them are missing
     */
    boolean stop() {
        CompletableFuture<Void> running = all;
        stopped = true;
        if (running != null) {
            running.join();
        }
        return running != null;
    }
}
