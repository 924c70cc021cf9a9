package io.millrace.storage;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.storage.checkpoint.MetaProperties;
import io.millrace.storage.file.OpenFiles;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log directories of a broker together: that they are locked, belong to one owner, and where a log is, may be, or is to be made. Any
 * thread; where a log is concerned nothing waits for a disk, since one that hangs must not hold up the others.
 */
final class LogDirs implements Iterable<LogDir> {
    private static final Logger LOG = LoggerFactory.getLogger(LogDirs.class);

    private final List<LogDir> dirs = new ArrayList<>();

    /**
     * @param paths as configured, at least one
     * @param cleanersPerDir threads of each that compact
     * @param maxOpenFiles that stay open while nobody uses them, in all of them together
     * @param onFailure told of one that fails
     */
    LogDirs(List<Path> paths, int cleanersPerDir, int maxOpenFiles, Consumer<LogDir> onFailure) {
        for (Path path : paths) {
            DirThreads threads = paths.size() > 1
                    ? DirThreads.ofDir(dirs.size() + 1, cleanersPerDir)
                    : DirThreads.ofOnlyDir(cleanersPerDir);
            OpenFiles openFiles = OpenFiles.shared(maxOpenFiles, paths.size(), threads::runToClose);
            dirs.add(new LogDir(path, onFailure, threads, openFiles));
        }
    }

    @Override
    public Iterator<LogDir> iterator() {
        return dirs.iterator();
    }

    /**
     * Creates the directories that do not exist, takes the lock of each and reads its {@code meta.properties}. One that cannot be used
     * is out of service from the beginning, if there are others.
     *
     * @throws StorageException saying which directory and what to do, if another process holds one, none can be used, or two of them
     *     belong to different brokers or clusters
     */
    synchronized void lock() {
        List<LogDir> locked = new ArrayList<>();
        StorageException unusable = null;
        try {
            for (LogDir dir : dirs) {
                try {
                    dir.lock();
                    locked.add(dir);
                } catch (IOException e) {
                    unusable = unusable == null ? unusable(dir, e) : unusable;
                    dir.health().fail("locking it", e);
                }
            }
            if (locked.isEmpty() && unusable != null) {
                throw unusable;
            }
            requireOneOwner();
        } catch (StorageException e) {
            unlock(locked);
            throw e;
        }
    }

    private static StorageException unusable(LogDir dir, IOException cause) {
        return new StorageException(
                ErrorCode.KAFKA_STORAGE_ERROR,
                "Cannot use log directory " + dir.path() + ": " + reason(cause)
                        + ". Repair it, or name others in log.dirs",
                cause);
    }

    // The message of most of these is no more than the path; what is wrong is in the name of the class,
    // as "AccessDenied".
    private static String reason(IOException e) {
        if (!(e instanceof FileSystemException failure) || failure.getReason() != null) {
            return e.getMessage();
        }
        String name = e.getClass().getSimpleName().replace("Exception", "");
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT) + ": " + failure.getFile();
    }

    void unlock() {
        unlock(dirs);
    }

    static void unlock(List<LogDir> locked) {
        for (LogDir dir : locked) {
            try {
                dir.unlock();
            } catch (IOException e) {
                LOG.warn("Cannot release the lock of dir={}, it ends with the process", dir.path(), e);
            }
        }
    }

    private void requireOneOwner() {
        LogDir first = null;
        for (LogDir dir : dirs) {
            if (dir.identity() == null) {
                continue;
            }
            if (first != null && !dir.identity().equals(first.identity())) {
                throw new StorageException(
                        ErrorCode.KAFKA_STORAGE_ERROR,
                        "Log directories " + first.path() + " and " + dir.path() + " belong to different owners: "
                                + first.identity() + " and " + dir.identity()
                                + ". Name directories of one broker in log.dirs");
            }
            first = dir;
        }
    }

    /** The broker id that the directories belong to; empty if all are new. */
    OptionalInt storedBrokerId() {
        return dirs.stream()
                .map(LogDir::identity)
                .filter(Objects::nonNull)
                .mapToInt(MetaProperties::brokerId)
                .filter(id -> id >= 0)
                .findFirst();
    }

    /** The cluster that the directories belong to; null if all are new. */
    @Nullable
    String storedClusterId() {
        for (LogDir dir : dirs) {
            MetaProperties identity = dir.identity();
            if (identity != null && identity.clusterId() != null) {
                return identity.clusterId();
            }
        }
        return null;
    }

    /** @throws StorageException if one of the directories belongs to somebody else */
    void requireOwner(MetaProperties owner) {
        dirs.forEach(dir -> requireOwner(dir, owner));
    }

    private static void requireOwner(LogDir dir, MetaProperties owner) {
        MetaProperties identity = dir.identity();
        if (identity == null) {
            return;
        }
        if (identity.brokerId() >= 0 && identity.brokerId() != owner.brokerId()) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    "Log directory " + dir.path() + " belongs to broker " + identity.brokerId() + ", this is broker "
                            + owner.brokerId() + ": set broker.id to " + identity.brokerId()
                            + ", or name another directory in log.dirs");
        }
        if (identity.clusterId() != null && !identity.clusterId().equals(owner.clusterId())) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    "Log directory " + dir.path() + " belongs to cluster " + identity.clusterId()
                            + ", this broker to cluster " + owner.clusterId()
                            + ": check zookeeper.connect, or name another directory in log.dirs");
        }
    }

    /** Whether acknowledged records may be missing in one of them. */
    boolean anyMayHaveLost() {
        return dirs.stream().anyMatch(LogDir::mayHaveLost);
    }

    List<LogDirStatus> statuses() {
        return dirs.stream().map(LogDir::status).toList();
    }

    /** Whether there is one that logs can be in. */
    boolean anyOnline() {
        return dirs.stream().anyMatch(dir -> !dir.health().offline());
    }

    /** @throws StorageException if a log that is not there may be in a directory that is out of service */
    void requireAllOnline(TopicPartition partition) {
        for (LogDir dir : dirs) {
            if (dir.health().offline()) {
                throw new StorageException(
                        ErrorCode.KAFKA_STORAGE_ERROR,
                        "There is no log of " + partition + " but it may be in " + dir.path()
                                + ", which is out of service: it is not made anew");
            }
        }
    }

    /**
     * The one in service that has the fewest of these logs.
     *
     * @throws StorageException if none is in service
     */
    LogDir emptiest(Collection<PartitionLog> logs) {
        LogDir emptiest = null;
        long fewest = Long.MAX_VALUE;
        for (LogDir dir : dirs) {
            if (dir.health().offline()) {
                continue;
            }
            // Not worth counting where there is no choice.
            long count = dirs.size() == 1 ? 0 : logsIn(dir, logs);
            if (count < fewest) {
                emptiest = dir;
                fewest = count;
            }
        }
        if (emptiest == null) {
            throw new StorageException(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    "All log directories are out of service: see the log for the reasons");
        }
        return emptiest;
    }

    private static long logsIn(LogDir dir, Collection<PartitionLog> logs) {
        return logs.stream().filter(log -> log.logDir().equals(dir.path())).count();
    }

    /** The one that a log is in. */
    LogDir of(PartitionLog log) {
        return dirs.stream()
                .filter(dir -> dir.path().equals(log.logDir()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(log + " is in none of the log directories"));
    }

    /**
     * Who is told that a log is gone deletes the topic: what is in a directory that nobody could look into would come back with the disk.
     *
     * @throws StorageException if there is such a directory
     */
    void requireAllListed(TopicPartition partition) {
        for (LogDir dir : dirs) {
            if (dir.mayHaveUnknown()) {
                throw new StorageException(
                        ErrorCode.KAFKA_STORAGE_ERROR,
                        "There is no log of " + partition + " to delete but it may be in " + dir.path()
                                + ", which has been out of service since the start: repair it, or take it out of log.dirs,"
                                + " and start the broker again");
            }
        }
    }

    /** @throws StorageException if the log is in a directory that is out of service */
    void requireNotLost(TopicPartition partition) {
        for (LogDir dir : dirs) {
            if (dir.hasLost(partition)) {
                throw new StorageException(
                        ErrorCode.KAFKA_STORAGE_ERROR,
                        "The log of " + partition + " is in " + dir.path() + ", which is out of service");
            }
        }
    }
}
