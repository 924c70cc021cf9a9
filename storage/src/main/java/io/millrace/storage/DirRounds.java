package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.cleanup.CompactionSchedule;
import io.millrace.storage.cleanup.Scrubber;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes over all logs of a directory, again and again, and may take hours: compaction, and the search for damage. Each directory has
 * its own, on threads of its own, so that a disk that hangs keeps nothing from being done in another.
 */
final class DirRounds {
    private static final Logger LOG = LoggerFactory.getLogger(DirRounds.class);

    private static final long SCRUB_STEP_MS = 1_000;

    private final StorageConfig config;
    private final DirThreads threads;
    private final LogsOfDir logs;
    private final BooleanSupplier stopping;
    private final Runnable onCompacted;
    private final CompactionSchedule compaction;
    private final Scrubber scrubber;

    /**
     * @param keyMapBytes memory for the keys of one compaction at most
     * @param stopping whether the log manager closes
     * @param onCompacted called when a log has been compacted, by the thread that did it
     */
    DirRounds(
            StorageConfig config,
            Clock clock,
            DirThreads threads,
            LogsOfDir logs,
            long keyMapBytes,
            BooleanSupplier stopping,
            Runnable onCompacted) {
        this.config = config;
        this.threads = threads;
        this.logs = logs;
        this.stopping = stopping;
        this.onCompacted = onCompacted;
        compaction = new CompactionSchedule(clock, keyMapBytes);
        scrubber = new Scrubber(logs::find);
    }

    /** Takes over how far the compactions and the search of an earlier run were. */
    void restore(Map<TopicPartition, Long> cleanerOffsets, Scrubber.@Nullable Position scrubbed) {
        compaction.restore(cleanerOffsets);
        if (scrubbed != null) {
            scrubber.resumeAt(scrubbed);
        }
    }

    /** Begins. Once all logs of the directory have been recovered: how far it was with those that are not there is forgotten. */
    void start() {
        for (int i = 0; config.cleanerEnabled() && i < config.cleanerThreadsPerDir(); i++) {
            try {
                threads.cleaners()
                        .scheduleWithFixedDelay(
                                () -> Housekeeping.guarded(this::compact),
                                Math.min(config.initialTaskDelayMs(), Math.max(1, config.cleanerBackoffMs())),
                                Math.max(1, config.cleanerBackoffMs()),
                                TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("No compactions because the log manager is closing");
            }
        }
        if (config.scrubBytesPerSecond() > 0) {
            scrubLater(config.initialTaskDelayMs());
        }
    }

    /** Compacts what is due and is not being compacted by another thread. */
    void compact() {
        compaction.run(logs, onCompacted);
    }

    // Awake once a second while a pass is under way, and not at all between.
    private void scrubLater(long delayMs) {
        try {
            threads.scrubber().schedule(() -> Housekeeping.guarded(this::scrubStep), delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("No more scrubbing because the log manager is closing");
        }
    }

    // The same share for each directory: those of several disks are as large, as a rule.
    private void scrubStep() {
        boolean more = true;
        try {
            more = scrub(
                    Math.max(1, config.scrubBytesPerSecond() / config.logDirs().size()));
        } finally {
            scrubLater(more ? SCRUB_STEP_MS : config.scrubIntervalMs());
        }
    }

    private boolean scrub(long bytes) {
        synchronized (scrubber) {
            return scrubber.step(logs, bytes);
        }
    }

    /** Looks at the bytes of all logs. */
    void scrubAll() {
        while (!stopping.getAsBoolean() && scrub(64 * 1024 * 1024)) {
            Thread.onSpinWait();
        }
    }

    /** A log was deleted. */
    void forget(TopicPartition partition) {
        compaction.forget(partition);
    }

    /** A log was cut. */
    void onCut(TopicPartition partition, long end) {
        compaction.lower(partition, end);
    }

    /** Where the next compaction of each log begins. */
    Map<TopicPartition, Long> cleanerOffsets() {
        return compaction.checkpoints();
    }

    /** Where the search for damage is; null between two passes. */
    Scrubber.@Nullable Position scrubbed() {
        return scrubber.position();
    }
}
