package io.millrace.storage;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.storage.checkpoint.BootFile;
import io.millrace.storage.checkpoint.CleanShutdownFile;
import io.millrace.storage.checkpoint.MetaProperties;
import io.millrace.storage.checkpoint.OffsetCheckpoint;
import io.millrace.storage.file.BootIdentity;
import io.millrace.storage.file.ColdReads;
import io.millrace.storage.file.DirectoryListing;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.FileMaps;
import io.millrace.storage.file.OpenFiles;
import io.millrace.storage.file.SpaceGuard;
import io.millrace.storage.log.LogDirHealth;
import io.millrace.storage.log.LogHints;
import io.millrace.storage.log.LogHost;
import io.millrace.storage.log.PartitionLog;
import io.millrace.storage.log.RecoveryMarks;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One log directory: its lock, its identity, its checkpoints, its health. Any thread; checkpoints are written under the monitor, for which
 * the list of logs given must have been made under it as well.
 */
final class LogDir {
    private static final Logger LOG = LoggerFactory.getLogger(LogDir.class);
    private static final String LOCK = ".lock";

    private final Path path;
    private final DirThreads threads;
    private final OpenFiles openFiles;
    private final ColdReads coldReads;
    private final LogDirHealth health;
    private final OffsetCheckpoint recoveryPoints;
    private final OffsetCheckpoint highWatermarks;
    private final OffsetCheckpoint logStarts;
    private final OffsetCheckpoint cleanerOffsets;

    private volatile @Nullable FileChannel lockChannel;
    private @Nullable MetaProperties identity;
    private volatile boolean identityMissing;
    private @Nullable LogHost host;
    private @Nullable SpaceGuard space;
    private boolean clean;
    private boolean mayHaveLost;

    /** Those that were found and are not in service. Concurrent, so that who creates or deletes a log elsewhere waits for no checkpoint. */
    private final Set<TopicPartition> notLoaded = ConcurrentHashMap.newKeySet();

    private volatile boolean listed;

    /** Those that were in service when the directory failed. */
    private final Set<TopicPartition> lost = ConcurrentHashMap.newKeySet();

    /** Logs that are here no more and of which the checkpoints may still say something, each with a mark of when that began. */
    private final ConcurrentHashMap<TopicPartition, Object> former = new ConcurrentHashMap<>();

    private Map<TopicPartition, Long> knownRecoveryPoints = Map.of();
    private Map<TopicPartition, Long> knownHighWatermarks = Map.of();
    private Map<TopicPartition, Long> knownLogStarts = Map.of();
    private Map<TopicPartition, Long> knownCleanerOffsets = Map.of();

    /**
     * @param threads nobody else's
     * @param openFiles likewise
     */
    LogDir(Path path, Consumer<LogDir> onFailure, DirThreads threads, OpenFiles openFiles) {
        this.threads = threads;
        this.openFiles = openFiles;
        this.coldReads = new ColdReads(threads::runToRead);
        this.path = path.toAbsolutePath().normalize();
        this.health = new LogDirHealth(this.path, failed -> onFailure.accept(this));
        this.recoveryPoints = new OffsetCheckpoint(this.path, OffsetCheckpoint.RECOVERY_POINT);
        this.highWatermarks = new OffsetCheckpoint(this.path, OffsetCheckpoint.HIGH_WATERMARK);
        this.logStarts = new OffsetCheckpoint(this.path, OffsetCheckpoint.LOG_START);
        this.cleanerOffsets = new OffsetCheckpoint(this.path, OffsetCheckpoint.CLEANER);
    }

    Path path() {
        return path;
    }

    DirThreads threads() {
        return threads;
    }

    /** Reads nothing more for fetches; those that wait for it go on. Does not wait for the disk. */
    void stopReading() {
        coldReads.close();
        threads.stopReading();
    }

    OpenFiles openFiles() {
        return openFiles;
    }

    LogDirHealth health() {
        return health;
    }

    @Nullable
    MetaProperties identity() {
        return identity;
    }

    LogHost host() {
        LogHost known = host;
        if (known == null) {
            throw new IllegalStateException("The log manager is not started");
        }
        return known;
    }

    /** @throws StorageException if another process holds the directory */
    void lock() throws IOException {
        Files.createDirectories(path);
        FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        if (lock == null) {
            channel.close();
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    "Log directory " + path + " is in use by another broker: stop that broker, or give this one a"
                            + " directory of its own in log.dirs");
        }
        try {
            identity = MetaProperties.read(path);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        lockChannel = channel;
    }

    /**
     * Gives the lock back. The file stays: were it removed, who has opened it already would lock a file that nobody else finds.
     *
     * <p>From any thread, also several at once: a directory that fails is let go while the broker may be stopping. Closing a closed
     * channel waits for who is closing it, so that whoever returns from here knows that the lock is free.
     */
    void unlock() throws IOException {
        FileChannel channel = lockChannel;
        if (channel != null) {
            channel.close();
        }
    }

    /**
     * Writes the identity if there is none, reads the checkpoints, and takes the marker of a clean stop away. A full disk is no
     * obstacle.
     */
    void open(
            StorageConfig config,
            MetaProperties owner,
            FileMaps maps,
            StorageThreads shared,
            Clock clock,
            ObjLongConsumer<TopicPartition> onCut,
            Consumer<TopicPartition> onDamage)
            throws IOException {
        boolean isNew = identity == null;
        if (isNew) {
            identity = owner;
            identityMissing = true;
            try {
                ensureIdentity();
            } catch (DiskFullException e) {
                LOG.warn(
                        "No room for the identity of the new log directory dir={}: no log is created in it before there is",
                        path);
            }
        }
        SpaceGuard guard = new SpaceGuard(Files.getFileStore(path), config.diskReserveBytes());
        space = guard;
        FileHost files = new FileHost(
                openFiles, threads::runForSpace, guard, config.mappedMaxBytes(), maps, coldReads, health::fail);
        host = new LogHost(
                files,
                threads.scheduler(),
                shared.scrubber(),
                clock,
                health,
                config.producerIdExpirationMs(),
                (partition, end) -> onCut(partition, end, onCut),
                config.syncPolicy() == SyncPolicy.GROUP ? threads::runSync : null,
                onDamage,
                marks(config),
                shared::stopping);
        knownRecoveryPoints = recoveryPoints.read();
        knownHighWatermarks = highWatermarks.read();
        knownLogStarts = logStarts.read();
        knownCleanerOffsets = cleanerOffsets.read();
        List.of(knownRecoveryPoints, knownHighWatermarks, knownLogStarts, knownCleanerOffsets)
                .forEach(known -> known.keySet().forEach(this::onRemoved));
        // Late: a directory that cannot be opened stays as clean as it was. The marker makes room on a full disk.
        clean = CleanShutdownFile.take(path);
        BootFile.Former former = BootFile.renew(path, clean, config.syncPolicy() == SyncPolicy.GROUP, isNew);
        mayHaveLost = former.mayHaveLost();
    }

    /**
     * Writes the identity if there was no room for it before.
     *
     * @throws DiskFullException if there still is none
     */
    void ensureIdentity() throws IOException {
        // Without the monitor, which is held while checkpoints are written.
        if (identityMissing) {
            writeIdentity();
        }
    }

    private synchronized void writeIdentity() throws IOException {
        MetaProperties owner = identity;
        if (identityMissing && owner != null) {
            owner.write(path);
            identityMissing = false;
        }
    }

    private @Nullable RecoveryMarks marks(StorageConfig config) {
        String boot = config.recoveryMarkBytes() == 0 ? null : BootIdentity.of(path);
        return boot == null ? null : new RecoveryMarks(boot, config.recoveryMarkBytes());
    }

    boolean clean() {
        return clean;
    }

    /**
     * Whether acknowledged records may be missing here: the machine went down before they were synced, or the directory is new. As it was
     * at the start.
     */
    boolean mayHaveLost() {
        return mayHaveLost;
    }

    /** It has been seen to: the next start does not say so again. */
    void onLossSeenTo() {
        if (!mayHaveLost || health.offline()) {
            return;
        }
        try {
            BootFile.onLossSeenTo(path);
        } catch (IOException e) {
            LOG.warn(
                    "Cannot note in dir={} that it was seen to what may have been lost: the next start says it again",
                    path,
                    e);
        }
    }

    LogHints hintsFor(TopicPartition partition) {
        return new LogHints(
                knownRecoveryPoints.getOrDefault(partition, -1L),
                knownLogStarts.getOrDefault(partition, -1L),
                knownHighWatermarks.getOrDefault(partition, -1L),
                knownCleanerOffsets.getOrDefault(partition, -1L),
                clean);
    }

    /** This thread is about to recover a log, which is what the reserve of the disk is for, or has done so. */
    void onRecovering(boolean underWay) {
        SpaceGuard guard = space;
        if (guard != null) {
            guard.enforce(!underWay);
        }
    }

    /** All that lies here has been {@link #onFound found}. */
    void onListed() {
        listed = true;
    }

    /** Whether a log may lie here that nobody knows of, because the directory failed before it was listed. */
    boolean mayHaveUnknown() {
        return health.offline() && !listed;
    }

    /** A log was found, to be loaded. */
    void onFound(TopicPartition partition) {
        notLoaded.add(partition);
        former.remove(partition);
    }

    /** A log is here no more. Never waits. */
    void onRemoved(TopicPartition partition) {
        former.put(partition, new Object());
    }

    /** The logs that are here no more, as {@link #onFormerForgotten} takes them. */
    Map<TopicPartition, Object> former() {
        return Map.copyOf(former);
    }

    /** All checkpoints have been written since these logs were removed. */
    void onFormerForgotten(Map<TopicPartition, Object> forgotten) {
        forgotten.forEach(former::remove);
    }

    /**
     * Has the checkpoints say nothing of a former log of this name, because one is about to be made anew: after a crash they would be taken
     * for offsets of that one, and what nobody has committed would be below its high watermark. Nor of any other former log, which are made
     * anew as likely.
     *
     * <p>Waits for the disk only if there was one: for the checkpoints that are being written, and for up to four more. Whoever creates a
     * log has the monitor of the {@link LogManager}, so that long no log is created or deleted, in whatever directory.
     */
    void forgetFormer(TopicPartition partition) throws IOException {
        if (former.containsKey(partition)) {
            forgetFormer();
        }
    }

    private synchronized void forgetFormer() throws IOException {
        Map<TopicPartition, Object> forgotten = former();
        knownRecoveryPoints = without(recoveryPoints, knownRecoveryPoints, forgotten.keySet());
        knownHighWatermarks = without(highWatermarks, knownHighWatermarks, forgotten.keySet());
        knownLogStarts = without(logStarts, knownLogStarts, forgotten.keySet());
        knownCleanerOffsets = without(cleanerOffsets, knownCleanerOffsets, forgotten.keySet());
        onFormerForgotten(forgotten);
    }

    private static Map<TopicPartition, Long> without(
            OffsetCheckpoint checkpoint, Map<TopicPartition, Long> known, Set<TopicPartition> forgotten)
            throws IOException {
        Map<TopicPartition, Long> others = new HashMap<>(known);
        if (!others.keySet().removeAll(forgotten)) {
            return known;
        }
        checkpoint.write(others);
        return others;
    }

    /**
     * A log is in service: from now on checkpoints take its offsets from itself. Under the monitor, as one that is being written would
     * otherwise have it from neither.
     */
    synchronized void onLoaded(TopicPartition partition) {
        notLoaded.remove(partition);
    }

    /** A log that was found and is not in service has been deleted. Never waits. */
    void onDeleted(TopicPartition partition) {
        notLoaded.remove(partition);
        onRemoved(partition);
    }

    /** A log is out of service because the directory has failed. Never waits. */
    void onLost(TopicPartition partition) {
        lost.add(partition);
    }

    /**
     * Whether a log is known to lie here, where nobody can get at it because the directory has failed. Never waits: a disk may hang for
     * ever in the checkpoint of whoever has the monitor.
     */
    boolean hasLost(TopicPartition partition) {
        return health.offline() && (lost.contains(partition) || notLoaded.contains(partition));
    }

    /** Whether all logs that were found are in service. */
    boolean allLoaded() {
        return notLoaded.isEmpty();
    }

    List<Path> subdirectories() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path child : DirectoryListing.of(path)) {
            if (Files.isDirectory(child)) {
                found.add(child);
            }
        }
        return found;
    }

    synchronized void checkpointRecoveryPoints(Collection<PartitionLog> logs) throws IOException {
        knownRecoveryPoints = write(recoveryPoints, knownRecoveryPoints, offsets(logs, PartitionLog::recoveryPoint));
    }

    private synchronized void onCut(TopicPartition partition, long end, ObjLongConsumer<TopicPartition> listener)
            throws IOException {
        knownRecoveryPoints = lowered(recoveryPoints, knownRecoveryPoints, partition, end);
        // First, so that the next checkpoint does not raise it again.
        listener.accept(partition, end);
        knownCleanerOffsets = lowered(cleanerOffsets, knownCleanerOffsets, partition, end);
    }

    private static Map<TopicPartition, Long> lowered(
            OffsetCheckpoint checkpoint, Map<TopicPartition, Long> known, TopicPartition partition, long offset)
            throws IOException {
        if (known.getOrDefault(partition, -1L) <= offset) {
            return known;
        }
        Map<TopicPartition, Long> lowered = new HashMap<>(known);
        lowered.put(partition, offset);
        checkpoint.write(lowered);
        return lowered;
    }

    synchronized void checkpointHighWatermarks(Collection<PartitionLog> logs) throws IOException {
        knownHighWatermarks = write(highWatermarks, knownHighWatermarks, offsets(logs, PartitionLog::highWatermark));
    }

    synchronized void checkpointLogStarts(Collection<PartitionLog> logs) throws IOException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (PartitionLog log : logs) {
            if (log.logStartOffset() > log.firstSegmentBaseOffset()) {
                offsets.put(log.topicPartition(), log.logStartOffset());
            }
        }
        knownLogStarts = write(logStarts, knownLogStarts, offsets);
    }

    /** Where the compactions of an earlier run stopped. */
    Map<TopicPartition, Long> cleanerOffsets() {
        return knownCleanerOffsets;
    }

    synchronized void checkpointCleanerOffsets(Collection<PartitionLog> logs, Map<TopicPartition, Long> offsets)
            throws IOException {
        Map<TopicPartition, Long> ofDir = new HashMap<>();
        for (PartitionLog log : logs) {
            Long offset = offsets.get(log.topicPartition());
            if (offset != null) {
                ofDir.put(log.topicPartition(), offset);
            }
        }
        knownCleanerOffsets = write(cleanerOffsets, knownCleanerOffsets, ofDir);
    }

    void markClean() throws IOException {
        CleanShutdownFile.write(path);
        // Whoever opens the directory next, Apache Kafka perhaps, finds everything synced in whatever boot.
        BootFile.onClean(path);
    }

    LogDirStatus status() {
        if (health.offline()) {
            // A disk that has failed may keep whoever asks it for ever.
            return new LogDirStatus(path, false, -1, -1);
        }
        try {
            FileStore store = Files.getFileStore(path);
            return new LogDirStatus(path, true, store.getTotalSpace(), store.getUsableSpace());
        } catch (IOException e) {
            // That does not say that logs cannot be read and written; who tries that finds out.
            LOG.debug("The space of dir={} is not known", path, e);
            return new LogDirStatus(path, true, -1, -1);
        }
    }

    private static Map<TopicPartition, Long> offsets(
            Collection<PartitionLog> logs, ToLongFunction<PartitionLog> offset) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (PartitionLog log : logs) {
            offsets.put(log.topicPartition(), offset.applyAsLong(log));
        }
        return offsets;
    }

    // An idle directory is not written to. What is known of logs that are not loaded, or cannot be, stays.
    private Map<TopicPartition, Long> write(
            OffsetCheckpoint checkpoint, Map<TopicPartition, Long> known, Map<TopicPartition, Long> offsets)
            throws IOException {
        for (TopicPartition partition : notLoaded) {
            Long offset = known.get(partition);
            if (offset != null) {
                offsets.putIfAbsent(partition, offset);
            }
        }
        if (!offsets.equals(known)) {
            checkpoint.write(offsets);
        }
        return offsets;
    }
}
