package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;
import io.millrace.storage.log.PartitionLog;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All logs of a broker. Locks its directories, recovers what is in them, creates and deletes logs, and looks after them:
 * retention, flushing, checkpoints. Safe for use by any thread; lookups never wait.
 *
 * <p>Order of calls: {@link #lockDirs}, {@link #start}, everything else, {@link #close}.
 */
public final class LogManager implements AutoCloseable {

    public LogManager(StorageConfig config, Clock clock) {
        throw new UnsupportedOperationException();
    }

    /**
     * Creates the directories that do not exist, takes the lock of each and reads its {@code meta.properties}.
     *
     * @throws StorageException saying which directory and what to do, if another process holds one or two of them belong to
     *     different brokers or clusters
     */
    public void lockDirs() {
        throw new UnsupportedOperationException();
    }

    /** The broker id that the directories belong to; empty if all are new. Known after {@link #lockDirs}. */
    public OptionalInt storedBrokerId() {
        throw new UnsupportedOperationException();
    }

    /** The cluster that the directories belong to; null if all are new. Known after {@link #lockDirs}. */
    public @Nullable String storedClusterId() {
        throw new UnsupportedOperationException();
    }

    /**
     * Writes the identity where it is missing and recovers all logs, several at a time. A log can be had from {@link #log} as
     * soon as it is ready.
     *
     * @param configs the settings of a topic by its name; called on recovery threads
     * @return completes when every log is ready; a directory that fails goes offline alone
     * @throws StorageException if the directories belong to another broker or cluster
     */
    public CompletableFuture<Void> start(int brokerId, String clusterId, Function<String, LogConfig> configs) {
        throw new UnsupportedOperationException();
    }

    /** Called once for each directory that fails, on the thread that saw it fail. Set before {@link #start}. */
    public void onDirFailure(Consumer<Path> listener) {
        throw new UnsupportedOperationException();
    }

    /** The log of a partition; null if there is none, it is not recovered yet, or its directory is offline. */
    public @Nullable PartitionLog log(TopicPartition partition) {
        throw new UnsupportedOperationException();
    }

    /**
     * The log of a partition, created on the directory with the fewest logs if there is none.
     *
     * @param topicId id of the topic, {@link Uuid#ZERO} if unknown
     * @throws StorageException INCONSISTENT_TOPIC_ID if the log on disk is of another topic of this name, KAFKA_STORAGE_ERROR
     *     if its directory is offline or all are
     */
    public PartitionLog getOrCreate(TopicPartition partition, Uuid topicId, LogConfig config) {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes a log out of service and deletes it: its directory is renamed at once and removed after
     * {@code file.delete.delay.ms}. Does nothing if there is no such log.
     */
    public void delete(TopicPartition partition) {
        throw new UnsupportedOperationException();
    }

    /** All logs in service, in no order; a live view. */
    public Collection<PartitionLog> logs() {
        throw new UnsupportedOperationException();
    }

    /** Gives all logs of a topic new settings. */
    public void updateConfig(String topic, LogConfig config) {
        throw new UnsupportedOperationException();
    }

    /** All configured directories. */
    public List<LogDirStatus> dirs() {
        throw new UnsupportedOperationException();
    }

    /**
     * Stops the background work, flushes every log, writes the checkpoints and, last, the clean-shutdown marker of each
     * directory, and releases the locks. Does nothing the second time.
     */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
