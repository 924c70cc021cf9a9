package io.millrace.storage;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.storage.checkpoint.BootFile;
import io.millrace.storage.checkpoint.CleanShutdownFile;
import io.millrace.storage.checkpoint.MetaProperties;
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
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One log directory: its lock, its identity, its {@link DirCheckpoints checkpoints}, its health. Any thread. */
final class LogDir {
    private static final Logger LOG = LoggerFactory.getLogger(LogDir.class);
    private static final String LOCK = ".lock";

    private final Path path;
    private final DirThreads threads;
    private final OpenFiles openFiles;
    private final ColdReads coldReads;
    private final LogDirHealth health;
    private final DirCheckpoints checkpoints;

    private volatile @Nullable FileChannel lockChannel;
    private @Nullable MetaProperties identity;
    private volatile boolean identityMissing;
    private @Nullable LogHost host;
    private @Nullable SpaceGuard space;
    private boolean clean;
    private boolean mayHaveLost;

    private volatile boolean listed;

    /** Those that were in service when the directory failed. */
    private final Set<TopicPartition> lost = ConcurrentHashMap.newKeySet();

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
        this.checkpoints = new DirCheckpoints(this.path);
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

    DirCheckpoints checkpoints() {
        return checkpoints;
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
            BooleanSupplier stopping,
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
                threads.scrubber(),
                clock,
                health,
                config.producerIdExpirationMs(),
                (partition, end) -> checkpoints.onCut(partition, end, onCut),
                config.syncPolicy(),
                threads::runSync,
                onDamage,
                marks(config),
                stopping);
        checkpoints.read();
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
        return checkpoints.hintsFor(partition, clean);
    }

    /** This thread is about to recover a log, which is what the reserve of the disk is for, or has done so. */
    void onRecovering(boolean underWay) {
        SpaceGuard guard = space;
        if (guard != null) {
            guard.serve(underWay ? SpaceGuard.Purpose.RECOVERY : SpaceGuard.Purpose.APPEND);
        }
    }

    /** All that lies here has been {@link DirCheckpoints#onFound found}. */
    void onListed() {
        listed = true;
    }

    /** Whether a log may lie here that nobody knows of, because the directory failed before it was listed. */
    boolean mayHaveUnknown() {
        return health.offline() && !listed;
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
        return health.offline() && (lost.contains(partition) || checkpoints.isNotLoaded(partition));
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
}
