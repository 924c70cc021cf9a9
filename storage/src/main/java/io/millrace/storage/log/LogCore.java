package io.millrace.storage.log;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageException;
import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.file.Descriptors;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the parts of one log share: its lock, its state, its files. {@link PartitionLog} appends and reads, {@link LogTruncation} cuts the
 * end off, {@link LogUpkeep} does what is due from time to time. What changes the log holds the lock, and nobody waits for the disk while
 * holding it, save that an append past the space provided ahead waits for more.
 */
final class LogCore {
    final TopicPartition topicPartition;
    final LogHost host;
    final DirectoryOwner owner;
    final ReentrantLock lock = new ReentrantLock();
    final Segments segments = new Segments();
    final LogOffsets offsets;
    final LeaderEpochs epochs;
    final ProducerStates producers;
    final LogFlusher flusher;
    final LogAppender appender;

    private volatile Path path;
    private volatile LogConfig config;
    private volatile boolean closed;
    private volatile long lowestEnd = Long.MAX_VALUE;

    LogCore(
            TopicPartition topicPartition,
            DirectoryOwner owner,
            Path path,
            LogConfig config,
            LogHost host,
            LogState state) {
        this.topicPartition = topicPartition;
        this.owner = owner;
        this.path = path;
        this.config = config;
        this.host = host;
        this.epochs = state.epochs();
        this.producers = state.producers();
        this.offsets = new LogOffsets(state.logStartOffset(), state.logEndOffset());
        segments.replaceAll(state.segments());
        flusher = new LogFlusher(path, owner, segments, epochs, offsets::logEnd, state.recoveryPoint(), host);
        appender = new LogAppender(path, owner, host, segments, state, flusher);
        appender.chooseRollTime(config);
        flusher.sync().syncEach(config.flushesEach());
        publishFirstUnstableOffset();
    }

    /** The partition's directory. */
    Path path() {
        return path;
    }

    LogConfig config() {
        return config;
    }

    /** Under the lock. */
    void config(LogConfig newConfig) {
        config = newConfig;
        appender.chooseRollTime(newConfig);
        flusher.sync().syncEach(newConfig.flushesEach());
        // What is there already may have to be on disk now before it counts for more than it does.
        flusher.sync().request();
    }

    boolean closed() {
        return closed;
    }

    /** No append follows. Under the lock. */
    void close() {
        closed = true;
    }

    /** The directory has another name. Under the lock. */
    void movedTo(Path target) {
        path = target;
    }

    /** From now on {@link #lowestEnd} tells of what is cut off. */
    void watchEnd() {
        lock.lock();
        try {
            lowestEnd = Long.MAX_VALUE;
        } finally {
            lock.unlock();
        }
    }

    /** What lies below was not cut off since {@link #watchEnd}. */
    long lowestEnd() {
        return lowestEnd;
    }

    /** The log was cut. Under the lock. */
    void cutAt(long end) {
        lowestEnd = Math.min(lowestEnd, end);
    }

    void publishFirstUnstableOffset() {
        // Of a transaction whose beginning was deleted the rest is held back as before.
        offsets.firstUnstable(
                Math.max(offsets.logStart(), producers.transactions().firstUnstableOffset()));
    }

    /** Moves the log start if it lies before {@code offset}. Under the lock. */
    void moveStartTo(long offset) {
        if (offset > offsets.logStart()) {
            offsets.logStart(offset);
            epochs.truncateFromStart(offset);
            producers.truncateFromStart(offset);
            publishFirstUnstableOffset();
        }
    }

    /** Waits until everything appended so far is on disk. */
    void flush() {
        host.health().requireOnline();
        try {
            flusher.flush();
        } catch (IOException e) {
            if (!(e instanceof DiskFullException)
                    && !(e instanceof ClosedChannelException)
                    && !Descriptors.lackIsSaidBy(e)) {
                // Even if a sync says that there is no room: what it could not write is lost, and no later one says
                // so again.
                host.health().fail("flushing " + topicPartition, e);
            }
            throw failed("flushing " + topicPartition, e);
        } catch (RuntimeException e) {
            // As of an error of the disk, nobody knows what it has left undone.
            host.health().fail("flushing " + topicPartition, e);
            throw e;
        }
    }

    void requireWritable() {
        host.health().requireOnline();
        if (closed) {
            throw new StorageException(ErrorCode.KAFKA_STORAGE_ERROR, "The log of " + topicPartition + " is closed");
        }
    }

    /**
     * What an error becomes. A full disk is refused and forgotten, and so are the interrupt of a thread, which closes the file it is inside
     * of, and a process that has too many files open; any other error takes the directory out of service.
     */
    StorageException failed(String doing, IOException cause) {
        if (DiskFullException.isSaidBy(cause)) {
            host.health().full(doing, cause);
        } else if (Descriptors.lackIsSaidBy(cause)) {
            host.health().outOfFiles(doing, cause);
        } else if (!(cause instanceof ClosedChannelException)) {
            host.health().fail(doing, cause);
        }
        return new StorageException(
                ErrorCode.KAFKA_STORAGE_ERROR, "Error while " + doing + ": " + cause.getMessage(), cause);
    }

    /** Likewise of an append, where a store into a mapped page that is gone may show itself a few calls later. */
    StorageException failed(String doing, Throwable cause) {
        return failed(
                doing, cause instanceof IOException e ? e : new IOException("A mapped page cannot be written", cause));
    }
}
