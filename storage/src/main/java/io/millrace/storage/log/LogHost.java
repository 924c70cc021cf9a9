package io.millrace.storage.log;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.SyncPolicy;
import io.millrace.storage.file.FileHost;
import java.time.Clock;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the logs of one directory share.
 *
 * @param files for their files
 * @param scheduler runs what may wait for the disk: syncing, removing files
 * @param scrubber runs what reads much of a log to find damage, and keeps nobody waiting
 * @param clock wall clock
 * @param health of the directory
 * @param producerIdExpirationMs how long the state of a silent producer is kept
 * @param checkpoints told when a log is cut
 * @param syncPolicy whether all records count only once they are synced
 * @param syncs runs the syncs that acknowledgements wait for
 * @param onDamage told of a log in service in which damage was found, on a storage or recovery thread
 * @param marks how recovery after a kill is kept short; null where the system does not tell its boots apart
 * @param stopping whether the log manager closes: what may go on for hours ends then, and goes on at the next start
 */
public record LogHost(
        FileHost files,
        ScheduledExecutorService scheduler,
        Executor scrubber,
        Clock clock,
        LogDirHealth health,
        long producerIdExpirationMs,
        CutCheckpoints checkpoints,
        SyncPolicy syncPolicy,
        Executor syncs,
        Consumer<TopicPartition> onDamage,
        @Nullable RecoveryMarks marks,
        BooleanSupplier stopping) {

    /** Called from batch to batch by what may go on for hours. */
    void requireGoingOn() {
        if (stopping.getAsBoolean()) {
            throw new CancellationException("The log manager closes");
        }
    }
}
