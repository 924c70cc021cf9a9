package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.log.LogHints;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
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

    private final int threadsPerDir;
    private final Map<TopicPartition, PartitionLog> logs;
    private final Function<String, LogConfig> configs;
    private final Consumer<TopicPartition> onLoaded;
    private final List<LogDir> dirs = new ArrayList<>();
    private final ConcurrentHashMap<TopicPartition, CompletableFuture<Void>> pending = new ConcurrentHashMap<>();
    private final UnloadableLogs unloadable;
    private final AtomicInteger loaded = new AtomicInteger();
    private final long startedNs = System.nanoTime();
    private volatile long lastProgressNs = startedNs;
    private volatile boolean stopped;
    private volatile int total;
    private final Map<LogDir, CompletableFuture<Void>> loadedDirs = new ConcurrentHashMap<>();
    private volatile boolean allListed;

    LogLoading(
            int threadsPerDir,
            Map<TopicPartition, PartitionLog> logs,
            Function<String, LogConfig> configs,
            Consumer<TopicPartition> onLoaded) {
        this.threadsPerDir = threadsPerDir;
        this.logs = logs;
        this.configs = configs;
        this.onLoaded = onLoaded;
        this.unloadable = new UnloadableLogs(logs, this::loadAgain, onLoaded);
    }

    /** Those that could not be loaded. */
    UnloadableLogs unloadable() {
        return unloadable;
    }

    void add(LogDir dir) {
        dirs.add(dir);
    }

    CompletableFuture<Void> run() {
        Map<LogDir, List<Path>> listed = new LinkedHashMap<>();
        dirs.forEach(dir -> list(dir, listed));
        leaveDuplicates(listed);
        List<ExecutorService> pools = new ArrayList<>();
        listed.forEach((dir, found) -> {
            ExecutorService pool = StorageThreads.recoveryPool(threadsPerDir);
            pools.add(pool);
            loadedDirs.put(dir, submitAll(dir, RecoveryOrder.of(dir, found), pool));
        });
        total = pending.size();
        CompletableFuture<Void> done = CompletableFuture.allOf(pending.values().toArray(new CompletableFuture<?>[0]));
        allListed = true;
        pools.forEach(ExecutorService::shutdown);
        return done.thenRun(() ->
                LOG.info("Loaded logs count={} tookMs={}", loaded.get(), (System.nanoTime() - startedNs) / 1_000_000));
    }

    private static void list(LogDir dir, Map<LogDir, List<Path>> listed) {
        try {
            List<Path> found = dir.subdirectories();
            for (Path path : found) {
                TopicPartition partition = partitionAt(path);
                if (partition != null) {
                    dir.checkpoints().onFound(partition);
                }
            }
            dir.onListed();
            listed.put(dir, found);
        } catch (IOException e) {
            dir.health().fail("listing the directory", e);
        }
    }

    private static @Nullable TopicPartition partitionAt(Path path) {
        return PartitionDirs.parse(path.getFileName().toString());
    }

    // A disk that was away while its partition was made anew in another directory, or deleted and then made anew.
    // Nobody here knows which one is right, and the other logs have nothing to do with it.
    private void leaveDuplicates(Map<LogDir, List<Path>> listed) {
        Map<TopicPartition, List<UnloadableLogs.Place>> places = new HashMap<>();
        listed.forEach((dir, found) -> found.forEach(path -> {
            TopicPartition partition = partitionAt(path);
            if (partition != null) {
                places.computeIfAbsent(partition, key -> new ArrayList<>(1)).add(new UnloadableLogs.Place(dir, path));
            }
        }));
        places.forEach((partition, all) -> {
            if (all.size() > 1) {
                unloadable.addDuplicates(partition, all);
            }
        });
    }

    private CompletableFuture<Void> submitAll(LogDir dir, List<Path> found, ExecutorService pool) {
        List<CompletableFuture<Void>> ofDir = new ArrayList<>();
        for (Path path : found) {
            String name = path.getFileName().toString();
            TopicPartition partition = partitionAt(path);
            if (PartitionDirs.isDelete(name)) {
                DirectoryRemoval.removeLater(path, 0, () -> {}, dir.threads().scheduler());
            } else if (partition == null) {
                LOG.warn("Left directory alone because its name is not that of a partition path={}", path);
            } else if (!unloadable.contains(partition)) {
                CompletableFuture<Void> loading = CompletableFuture.runAsync(() -> load(dir, path, partition), pool);
                pending.put(partition, loading);
                ofDir.add(loading);
                loading.whenComplete((nothing, e) -> onLoaded.accept(partition));
            }
        }
        return CompletableFuture.allOf(ofDir.toArray(new CompletableFuture<?>[0]));
    }

    /** Calls for each directory, once all its logs are in service or cannot be, a listener that must not wait. */
    void onDirLoaded(Consumer<LogDir> listener) {
        loadedDirs.forEach((dir, loadedThere) -> loadedThere.whenComplete((nothing, e) -> listener.accept(dir)));
    }

    private void load(LogDir dir, Path path, TopicPartition partition) {
        if (stopped || dir.health().offline()) {
            return;
        }
        if (tryToLoad(dir, path, partition, dir.hintsFor(partition))) {
            reportProgress(loaded.incrementAndGet());
        }
    }

    // False if it has been told to stop.
    private boolean tryToLoad(LogDir dir, Path path, TopicPartition partition, LogHints hints) {
        try {
            PartitionLog log = open(dir, path, partition, hints);
            logs.put(partition, log);
            unloadable.remove(partition);
            takeOverChanges(log);
            dir.checkpoints().onLoaded(partition);
            if (dir.health().offline()) {
                dir.onLost(partition);
                logs.remove(partition);
                log.abandon();
            } else if (!log.damagedRanges().isEmpty()) {
                dir.host().onDamage().accept(partition);
            }
        } catch (CancellationException e) {
            LOG.info("Stopped loading path={}, its recovery begins anew at the next start", path);
            return false;
        } catch (RuntimeException e) {
            unloadable.add(partition, dir, path, e);
        } catch (IOException e) {
            if (DiskFullException.isSaidBy(e)) {
                unloadable.addForLackOfSpace(partition, dir, path, e);
            } else {
                dir.health().fail("loading " + path, e);
            }
        } catch (InternalError e) {
            // A mapped page that cannot be read.
            dir.health().fail("loading " + path, e);
        }
        return true;
    }

    private PartitionLog open(LogDir dir, Path path, TopicPartition partition, LogHints hints) throws IOException {
        dir.onRecovering(true);
        try {
            return PartitionLog.open(partition, path, configs.apply(partition.topic()), dir.host(), hints);
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
     * Waits until a log that is being loaded is ready; returns at once if there is nothing to load. One for which there was no room is
     * loaded again, for which nobody waits.
     *
     * @throws StorageException KAFKA_STORAGE_ERROR if it could not be loaded
     */
    void await(TopicPartition partition) {
        awaitEnd(partition);
        unloadable.requireNot(partition);
    }

    private void loadAgain(TopicPartition partition, UnloadableLogs.Place place) {
        LogHints hints = place.dir().hintsFor(partition);
        // The attempt that failed may have left something half done.
        tryToLoad(place.dir(), place.path(), partition, hints.unclean());
    }

    /** Waits until a log that is being loaded is ready, or cannot be; not for one that is loaded again. */
    void awaitEnd(TopicPartition partition) {
        CompletableFuture<Void> future = pending.get(partition);
        if (future != null) {
            future.join();
        }
    }

    /**
     * Loads no more logs; those under way go on, until {@link StorageThreads#askToEnd} has them end where they stand.
     *
     * @return whether all logs there are had been found, so that each directory knows which of them are missing
     */
    boolean beginNoMore() {
        stopped = true;
        unloadable.beginNoMore();
        return allListed;
    }

    /**
     * Waits for those under way in a directory.
     *
     * @param abandoned whether nobody waits any more
     * @return whether they are through
     */
    boolean awaitEnd(LogDir dir, BooleanSupplier abandoned) {
        CompletableFuture<Void> loadedThere = loadedDirs.getOrDefault(dir, CompletableFuture.completedFuture(null));
        return StorageThreads.await(CompletableFuture.allOf(loadedThere, unloadable.endIn(dir)), abandoned);
    }
}
