package io.millrace.broker.zk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data directory of a ZooKeeper in this process, held by a lock from {@link #open} to {@link #close}: two servers on the same
 * files would destroy them, and ZooKeeper itself does not look.
 */
final class ZooKeeperFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperFiles.class);

    private static final int SNAPSHOTS_KEPT = 3;

    private final Path dir;
    private final FileChannel lock;
    private final FileTxnSnapLog log;

    private ZooKeeperFiles(Path dir, FileChannel lock, FileTxnSnapLog log) {
        this.dir = dir;
        this.lock = lock;
        this.log = log;
    }

    /**
     * Takes the directory, creating it if it is missing, and deletes the snapshots in it that nobody needs any more.
     *
     * @throws IOException if it cannot be used or another process uses it
     */
    static ZooKeeperFiles open(Path dir) throws IOException {
        FileChannel lock = take(dir);
        try {
            FileTxnSnapLog log = new FileTxnSnapLog(dir.toFile(), dir.toFile());
            OldSnapshots.delete(log, SNAPSHOTS_KEPT);
            return new ZooKeeperFiles(dir, lock, log);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** What ZooKeeper reads and writes. */
    FileTxnSnapLog log() {
        return log;
    }

    @Override
    public void close() {
        try (lock) {
            log.close();
        } catch (IOException e) {
            LOG.warn("Could not close the files of ZooKeeper in {}", dir, e);
        }
    }

    private static FileChannel take(Path dir) throws IOException {
        try {
            Files.createDirectories(dir);
            return lock(dir);
        } catch (FileSystemException e) {
            throw new IOException(
                    "The ZooKeeper data directory " + dir + " cannot be used: " + reason(e)
                            + ". Repair it, or name another with embedded.zookeeper.data.dir",
                    e);
        }
    }

    private static String reason(FileSystemException e) {
        if (e instanceof AccessDeniedException) {
            return "this user may not write to " + e.getFile();
        }
        if (e instanceof FileAlreadyExistsException) {
            return e.getFile() + " is no directory";
        }
        return e.getFile() + ": " + (e.getReason() == null ? "no such directory" : e.getReason());
    }

    private static FileChannel lock(Path dir) throws IOException {
        FileChannel channel =
                FileChannel.open(dir.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            LOG.debug("Locked by this process {}", dir, e);
        }
        channel.close();
        throw new IOException(
                "The ZooKeeper data directory " + dir + " is in use by another broker. Stop that broker, or "
                        + "give this one its own log.dirs, or set zookeeper.connect to let both use one ZooKeeper");
    }
}
