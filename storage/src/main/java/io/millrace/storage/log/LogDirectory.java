package io.millrace.storage.log;

import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.checkpoint.PartitionMetadataFile;
import io.millrace.storage.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a log for those who write to it in the background: nothing must reach one that gets its name after the log was deleted,
 * so it is written to, and moved away, under the same monitor. Any thread.
 */
final class LogDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);

    private final Path path;
    private final DirectoryOwner owner;
    private final LogDirHealth health;
    private volatile boolean stopped;
    private boolean movedAway;
    private boolean parentSynced;

    /** Something that is written to the directory. */
    interface Work {
        void run() throws IOException;
    }

    LogDirectory(Path path, DirectoryOwner owner, LogDirHealth health) {
        this.path = path;
        this.owner = owner;
        this.health = health;
    }

    /** Where it is, or was before it was {@link #moveAway moved away}. */
    Path path() {
        return path;
    }

    /** Whether there may be files in it. */
    boolean inUse() {
        return owner.inUse();
    }

    /** Whether nothing is done in the background any more: the log is closed, or its disk has failed. */
    boolean atRest() {
        return stopped || health.offline();
    }

    /** Nothing is done in the background any more. */
    void stop() {
        stopped = true;
    }

    /** Gives the directory of a deleted log another name; nothing is written to it any more. */
    void moveAway(Path target) throws IOException {
        // First: who is writing now, and fails, fails for nobody any more.
        stopped = true;
        synchronized (this) {
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
            movedAway = true;
        }
    }

    synchronized boolean movedAway() {
        return movedAway;
    }

    /** Writes to the directory; false if it has been moved away, and nothing was done. */
    synchronized boolean write(Work work) throws IOException {
        if (!movedAway) {
            work.run();
        }
        return !movedAway;
    }

    /**
     * Waits until the names in the directory are on disk, its own first, once: without that a loss of power takes whatever is synced in it.
     * Not when it is created, which may be thousands at a time. False if it has been moved away.
     */
    boolean syncNames() throws IOException {
        return write(() -> {
            if (!parentSynced) {
                PartitionMetadataFile.sync(path);
                DurableFiles.syncDirectory(path.toAbsolutePath().getParent());
                parentSynced = true;
            }
            DurableFiles.syncDirectory(path);
        });
    }

    /** Brings the leader epochs to disk if they have changed. */
    void save(LeaderEpochs epochs) throws IOException {
        // Without a record there is no epoch that a start would find in the file and keep.
        if (owner.inUse()) {
            write(epochs::save);
        }
    }

    /**
     * What a thread in the background failed with takes the disk out of service unless the log is closed. So does an exception that nobody
     * expected: how far it came with the disk is not known, and were it let out, nobody would take the next request.
     */
    void failUnlessGone(String doing, Exception cause) {
        if (!stopped && !movedAway()) {
            health.fail(doing + " " + path, cause);
        } else if (cause instanceof RuntimeException) {
            LOG.error("An error while {} {}, which is closed", doing, path, cause);
        }
    }
}
