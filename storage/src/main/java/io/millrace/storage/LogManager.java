package io.millrace.storage;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.checkpoint.MetaProperties;
import io.millrace.storage.cleanup.RetentionSweeper;
import io.millrace.storage.file.Descriptors;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.file.FileMaps;
import io.millrace.storage.log.LogHints;
import io.millrace.storage.log.LogHost;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All logs of a broker. Locks its directories, recovers what is in them, creates and deletes logs, and looks after them:
 * retention, flushing, checkpoints. Safe for use by any thread; lookups never wait.
 *
 * <p>Order of calls: {@link #lockDirs}, {@link #start}, everything else, {@link #close}.
 */
public final class LogManager implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogManager.class);

    private enum State {
        LATENT,
        STARTED,
        CLOSED
    }

    /**
     * How long a stop waits for what ends from batch to batch. A disk that does not answer for so long hangs, and the other directories are
     * to be left clean before somebody loses patience and kills: the unit for systemd gives it five minutes.
     */
    private static final long PATIENCE_MS = 60_000;

    private final StorageConfig config;
    private final Clock clock;
    private final long patienceMs;
    private final LogDirs dirs;
    private final ConcurrentHashMap<TopicPartition, PartitionLog> logs = new ConcurrentHashMap<>();
    private final StorageThreads threads = new StorageThreads();
    private final FileMaps maps;
    private final Housekeeping housekeeping;

    private volatile Consumer<Path> failureListener = path -> {};
    private volatile Consumer<TopicPartition> damageListener = partition -> {};
    private volatile Consumer<TopicPartition> loadedListener = partition -> {};
    private volatile State state = State.LATENT;
    private volatile @Nullable LogLoading loading;

    public LogManager(StorageConfig config, Clock clock) {
        this(config, clock, new FileMaps(), PATIENCE_MS);
    }

    /** @param maps maps files into memory */
    public LogManager(StorageConfig config, Clock clock, FileMaps maps) {
        this(config, clock, maps, PATIENCE_MS);
    }

    /** @param patienceMs how long a stop waits for what ends from batch to batch */
    LogManager(StorageConfig config, Clock clock, long patienceMs) {
        this(config, clock, new FileMaps(), patienceMs);
    }

    private LogManager(StorageConfig config, Clock clock, FileMaps maps, long patienceMs) {
        this.maps = maps;
        this.config = config;
        this.clock = clock;
        this.patienceMs = patienceMs;
        dirs = new LogDirs(config.logDirs(), config.cleanerThreadsPerDir(), config.maxOpenFiles(), this::onFailure);
        housekeeping = new Housekeeping(config, clock, dirs, logs, threads);
    }

    /**
     * Creates the directories that do not exist, takes the lock of each and reads its {@code meta.properties}. One that cannot be used
     * is out of service from the beginning, if there are others.
     *
     * @throws StorageException saying which directory and what to do, if another process holds one, none can be used, or two of them
     *     belong to different brokers or clusters
     */
    public void lockDirs() {
        dirs.lock();
    }

    /** The broker id that the directories belong to; empty if all are new. Known after {@link #lockDirs}. */
    public OptionalInt storedBrokerId() {
        return dirs.storedBrokerId();
    }

    /** The cluster that the directories belong to; null if all are new. Known after {@link #lockDirs}. */
    public @Nullable String storedClusterId() {
        return dirs.storedClusterId();
    }

    /**
     * Writes the identity where it is missing and recovers all logs, several at a time. A log can be had from {@link #log} as
     * soon as it is ready.
     *
     * @param configs the settings of a topic by its name; called on recovery threads
     * @return completes when every log is ready; a directory that fails goes offline alone
     * @throws StorageException if the directories belong to another broker or cluster, or all have failed
     */
    public synchronized CompletableFuture<Void> start(
            int brokerId, String clusterId, Function<String, LogConfig> configs) {
        if (state != State.LATENT) {
            throw new IllegalStateException("The log manager was started before");
        }
        MetaProperties owner = new MetaProperties(brokerId, clusterId);
        dirs.requireOwner(owner);
        LogLoading started = new LogLoading(
                config.recoveryThreadsPerDir(), logs, configs, partition -> loadedListener.accept(partition));
        for (LogDir dir : dirs) {
            if (dir.health().offline()) {
                continue;
            }
            try {
                dir.open(
                        config,
                        owner,
                        maps,
                        threads::stopping,
                        clock,
                        (partition, end) -> housekeeping.onCut(dir, partition, end),
                        partition -> damageListener.accept(partition));
                started.add(dir);
            } catch (IOException e) {
                dir.health().fail("opening the directory", e);
            }
        }
        if (!dirs.anyOnline()) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    "All log directories are out of service: see the log for the reasons");
        }
        housekeeping.restore();
        loading = started;
        state = State.STARTED;
        CompletableFuture<Void> loaded = started.run();
        // It looks after those that are ready: one that takes long must not keep the disk from being cleared for the
        // others.
        housekeeping.start();
        started.onDirLoaded(housekeeping::startRounds);
        return loaded;
    }

    /**
     * Whether acknowledged records may be missing in one of the directories, because the machine went down before they were synced or
     * because a directory is new, in this start or in one before it that did not come to {@link #onLossSeenTo}. Known once it is started.
     */
    public boolean mayHaveLost() {
        return dirs.anyMayHaveLost();
    }

    /** The cluster has seen to what may have been lost: the next start has no more to say of it. Waits for the disk. */
    public void onLossSeenTo() {
        if (state == State.STARTED) {
            dirs.forEach(LogDir::onLossSeenTo);
        }
    }

    /** Called once for each directory that fails, on the thread that saw it fail. Set before {@link #start}. */
    public void onDirFailure(Consumer<Path> listener) {
        failureListener = listener;
    }

    /**
     * Called on a storage or recovery thread when damage was found in a log, or a log with damage was loaded:
     * {@link PartitionLog#damagedRanges} says where. Set before {@link #start}.
     */
    public void onDamage(Consumer<TopicPartition> listener) {
        damageListener = listener;
    }

    /**
     * Called for each log that was found at the start once it is ready, or cannot be: on a recovery thread, so it must not wait.
     * Set before {@link #start}.
     */
    public void onLoaded(Consumer<TopicPartition> listener) {
        loadedListener = listener;
    }

    /** Whether the log of a partition is there but not ready yet, so that {@link #getOrCreate} and {@link #delete} would wait. */
    public boolean isLoading(TopicPartition partition) {
        LogLoading running = loading;
        return running != null && running.isUnderWay(partition);
    }

    private void onFailure(LogDir dir) {
        List<PartitionLog> lost = new ArrayList<>();
        logs.values().removeIf(log -> {
            boolean isLost = log.logDir().equals(dir.path());
            if (isLost) {
                dir.onLost(log.topicPartition());
                lost.add(log);
            }
            return isLost;
        });
        failureListener.accept(dir.path());
        // Whoever saw it fail may hold the lock of a log, and a disk that has failed may keep whoever touches it for
        // ever.
        threads.runApart(() -> letGo(dir, lost), "release-of-failed-log-dir");
    }

    // Else the disk could not be unmounted and replaced while this process runs.
    private void letGo(LogDir dir, List<PartitionLog> lost) {
        // First: what waits to be read keeps its file open, and its fetch waiting.
        dir.stopReading();
        lost.forEach(PartitionLog::abandon);
        LogDirs.unlock(List.of(dir));
        LOG.info("Let go of the files of log directory dir={} logs={}", dir.path(), lost.size());
    }

    /** The log of a partition; null if there is none, it is not recovered yet, or its directory is offline. */
    public @Nullable PartitionLog log(TopicPartition partition) {
        return logs.get(partition);
    }

    /** The log of a partition that may be {@link #getOrCreate(TopicPartition, Uuid, LogConfig, boolean) made anew}. */
    public PartitionLog getOrCreate(TopicPartition partition, Uuid topicId, LogConfig logConfig) {
        return getOrCreate(partition, topicId, logConfig, true);
    }

    /**
     * The log of a partition, created on the directory with the fewest logs if there is none. Waits for its recovery if that
     * is under way.
     *
     * @param topicId id of the topic, {@link Uuid#ZERO} if unknown
     * @param isNew whether this broker never had the partition. One that it may have had is not made anew, empty, while a
     *     directory is out of service in which it may be
     * @throws StorageException INCONSISTENT_TOPIC_ID if the log on disk is of another topic of this name, KAFKA_STORAGE_ERROR
     *     if the log is, or may be, in a directory that is out of service, or all are
     */
    public PartitionLog getOrCreate(TopicPartition partition, Uuid topicId, LogConfig logConfig, boolean isNew) {
        PartitionLog known = logs.get(partition);
        if (known == null) {
            LogLoading running = loading;
            if (running != null) {
                running.await(partition);
            }
            known = createIfMissing(partition, topicId, logConfig, isNew);
        }
        if (topicId.equals(Uuid.ZERO) || known.topicId().equals(topicId)) {
            return known;
        }
        if (!known.topicId().equals(Uuid.ZERO)) {
            throw new StorageException(
                    ErrorCode.INCONSISTENT_TOPIC_ID,
                    "The log of " + partition + " belongs to the topic with id " + known.topicId() + ", not "
                            + topicId);
        }
        known.assignTopicId(topicId);
        return known;
    }

    private synchronized PartitionLog createIfMissing(
            TopicPartition partition, Uuid topicId, LogConfig logConfig, boolean isNew) {
        PartitionLog known = logs.get(partition);
        if (known != null) {
            return known;
        }
        requireRunning();
        dirs.requireNotLost(partition);
        if (!isNew) {
            dirs.requireAllOnline(partition);
        }
        LogDir dir = dirs.emptiest(logs.values());
        Path path = dir.path().resolve(partition.toString());
        try {
            dir.ensureIdentity();
            dir.checkpoints().forgetFormer(partition);
            PartitionLog created = create(partition, topicId, path, logConfig, dir.host());
            logs.put(partition, created);
            if (dir.health().offline()) {
                dir.onLost(partition);
                logs.remove(partition);
                dirs.requireNotLost(partition);
            }
            LOG.debug("Created log partition={} dir={} topicId={}", partition, dir.path(), topicId);
            return created;
        } catch (IOException e) {
            if (!DiskFullException.isSaidBy(e) && !Descriptors.lackIsSaidBy(e)) {
                dir.health().fail("creating the log of " + partition, e);
            }
            throw new StorageException(ErrorCode.KAFKA_STORAGE_ERROR, "Cannot create " + path + ": " + e, e);
        }
    }

    private static PartitionLog create(
            TopicPartition partition, Uuid topicId, Path path, LogConfig logConfig, LogHost host) throws IOException {
        try {
            Files.createDirectory(path);
        } catch (FileAlreadyExistsException e) {
            // Left by an attempt that failed, or put there by hand: whatever is in it is not written over.
            return PartitionLog.open(partition, path, logConfig, host, LogHints.NONE);
        }
        return PartitionLog.create(partition, topicId, path, logConfig, host);
    }

    private void requireRunning() {
        if (state != State.STARTED) {
            throw new StorageException(ErrorCode.KAFKA_STORAGE_ERROR, "The log manager is not running");
        }
    }

    /**
     * Takes a log out of service and deletes it: its directory is renamed at once and removed after
     * {@code file.delete.delay.ms}. Waits for its recovery if that is under way; does nothing if there is no such log.
     *
     * @throws StorageException KAFKA_STORAGE_ERROR if it is, or may be, still there, because its directory is offline or it could not
     *     be renamed; to be tried again
     */
    public void delete(TopicPartition partition) {
        LogLoading running = loading;
        if (running != null) {
            // Who is told that it is gone must not find it in service a moment later, nor after the next start.
            running.awaitEnd(partition);
        }
        deleteReady(partition, running);
    }

    private synchronized void deleteReady(TopicPartition partition, @Nullable LogLoading loaded) {
        requireRunning();
        PartitionLog log = logs.get(partition);
        if (log == null) {
            dirs.requireNotLost(partition);
            if (loaded != null && loaded.unloadable().delete(partition)) {
                dirs.forEach(dir -> housekeeping.forget(partition, dir));
            } else if (logs.containsKey(partition)) {
                // There was no room for it, and now there is.
                deleteReady(partition, loaded);
            } else {
                dirs.requireAllListed(partition);
            }
            return;
        }
        LogDir dir = dirs.of(log);
        Path target = rename(log, PartitionDirs.deleteName(partition));
        DirectoryRemoval.removeLater(
                target,
                log.config().fileDeleteDelayMs(),
                log::closeFiles,
                dir.threads().scheduler());
        LOG.info("Deleted log partition={} renamedTo={}", partition, target);
    }

    /**
     * Takes a log out of service that belongs to no topic any more: its directory is renamed, and stays for whoever knows better. Does
     * nothing if there is no such log.
     *
     * @throws StorageException KAFKA_STORAGE_ERROR if it could not be renamed; to be tried again
     */
    public synchronized void setAside(TopicPartition partition) {
        requireRunning();
        PartitionLog log = logs.get(partition);
        if (log != null) {
            Path target = rename(log, PartitionDirs.strayName(partition));
            closeFilesLater(log);
            LOG.warn(
                    "Set the log of another topic of this name aside partition={} topicId={}: it is in"
                            + " {} now and is not read again. Its topic was deleted, as a rule, while this broker was away; before you"
                            + " remove it, see that the topic has all its records",
                    partition,
                    log.topicId(),
                    target);
        }
    }

    // Not at once: they are cut to size in the background, which opens them.
    private void closeFilesLater(PartitionLog log) {
        try {
            dirs.of(log)
                    .threads()
                    .scheduler()
                    .schedule(log::closeFiles, log.config().fileDeleteDelayMs(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The files of log={} are closed when the log manager closes", log);
        }
    }

    private Path rename(PartitionLog log, String name) {
        TopicPartition partition = log.topicPartition();
        LogDir dir = dirs.of(log);
        Path target = dir.path().resolve(name);
        log.closeAndRename(target);
        // Not before: one that could not be renamed is there to be renamed once more.
        logs.remove(partition);
        dir.checkpoints().onRemoved(partition);
        housekeeping.forget(partition, dir);
        return target;
    }

    /** All logs in service, in no order; a live view. */
    public Collection<PartitionLog> logs() {
        return Collections.unmodifiableCollection(logs.values());
    }

    /** Gives all logs of a topic new settings. */
    public void updateConfig(String topic, LogConfig newConfig) {
        for (PartitionLog log : logs.values()) {
            if (log.topicPartition().topic().equals(topic)) {
                log.updateConfig(newConfig);
            }
        }
    }

    /** Whether there is a directory left that logs can be in. */
    public boolean anyDirOnline() {
        return dirs.anyOnline();
    }

    /** All configured directories. */
    public List<LogDirStatus> dirs() {
        return dirs.statuses();
    }

    /** Compacts what is due now rather than at the next look. Waits until that is done; not for event loops. */
    public void compactNow() {
        housekeeping.compact();
    }

    /** Looks at the bytes of all logs now rather than when it is their turn. Waits until that is done; not for event loops. */
    public void scrubNow() {
        housekeeping.scrubAll();
    }

    /** Removes what retention lets go now rather than at the next check. */
    public void sweepNow() {
        new RetentionSweeper(clock).sweep(logs.values());
    }

    /**
     * Ends the background work where it stands, flushes every log, writes the checkpoints and, last, the clean-shutdown marker of each
     * directory, and releases the locks. Does not wait for the disk of a directory that has failed, and takes one out of service in which
     * a recovery, a compaction or the search for damage does not end within a minute. Does nothing the second time.
     */
    @Override
    public void close() {
        State before;
        synchronized (this) {
            before = state;
            state = State.CLOSED;
        }
        if (before == State.CLOSED) {
            return;
        }
        LogLoading running = loading;
        threads.askToEnd();
        boolean allFound = running != null && running.beginNoMore();
        dirs.forEach(LogDir::stopReading);
        dirs.forEach(dir -> dir.threads().shutDownRounds());
        awaitRounds(running);
        dirs.forEach(dir -> dir.threads().stopScheduled(dir.health()::offline));
        if (before == State.STARTED) {
            for (PartitionLog log : logs.values()) {
                Housekeeping.guarded(log::close);
            }
        }
        dirs.forEach(dir -> dir.threads().stopSpace(dir.health()::offline));
        if (before == State.STARTED) {
            housekeeping.finish(allFound);
        }
        for (LogDir dir : dirs) {
            // Those of one that has failed are let go by themselves; whoever its disk holds may have their locks.
            if (!dir.health().offline()) {
                dir.openFiles().closeIdle();
            }
        }
        dirs.unlock();
    }

    // Who hangs in a call to the disk may hold the lock of a log, for which everything that follows would wait.
    private void awaitRounds(@Nullable LogLoading running) {
        long startedNs = System.nanoTime();
        for (LogDir dir : dirs) {
            BooleanSupplier abandoned = () -> dir.health().offline()
                    || System.nanoTime() - startedNs >= TimeUnit.MILLISECONDS.toNanos(patienceMs);
            boolean ended = running == null || running.awaitEnd(dir, abandoned);
            ended &= dir.threads().stopRounds(abandoned);
            if (!ended && !dir.health().offline()) {
                dir.health()
                        .fail(
                                "closing",
                                new IOException("A recovery, a compaction or the search for damage has not ended"));
            }
        }
    }
}
