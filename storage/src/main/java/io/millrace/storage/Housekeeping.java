package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.cleanup.CompactionSchedule;
import io.millrace.storage.cleanup.RetentionSweeper;
import io.millrace.storage.cleanup.Scrubber;
import io.millrace.storage.file.Descriptors;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done for logs from time to time, and at the end: retention, flush by age, checkpoints, rest for idle ones. */
final class Housekeeping {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    /** How long a log is not appended to before it gives its memory back, and how often that is looked at. */
    private static final long IDLE_MS = 60_000;

    private static final long SCRUB_STEP_MS = 1_000;

    /** How often expired producers are looked for. */
    private static final long PRODUCER_CHECK_MS = 600_000;

    private final StorageConfig config;
    private final Clock clock;
    private final LogDirs dirs;
    private final Collection<PartitionLog> logs;
    private final StorageThreads threads;
    private final RetentionSweeper sweeper;
    private final CompactionSchedule compaction;
    private final Scrubber scrubber;
    private final ScrubCheckpoints scrubCheckpoints;

    /** What the checkpoints say of compactions. */
    private final Map<LogDir, Map<TopicPartition, Long>> cleanerOffsets = new ConcurrentHashMap<>();

    /** Directories whose checkpoints are about to be written. */
    private final Set<LogDir> checkpointing = ConcurrentHashMap.newKeySet();

    Housekeeping(
            StorageConfig config,
            Clock clock,
            LogDirs dirs,
            Map<TopicPartition, PartitionLog> logs,
            StorageThreads threads) {
        this.config = config;
        this.clock = clock;
        this.dirs = dirs;
        this.logs = logs.values();
        this.scrubber = new Scrubber(logs::get);
        this.scrubCheckpoints = new ScrubCheckpoints(dirs);
        this.threads = threads;
        this.sweeper = new RetentionSweeper(clock);
        this.compaction = new CompactionSchedule(clock, keyMapBytes(config));
    }

    // Kafka's default is half of the heap that this broker is content with; more keys take more rounds, not more
    // memory.
    private static long keyMapBytes(StorageConfig config) {
        long most = Runtime.getRuntime().maxMemory() / 8;
        if (config.cleanerEnabled() && config.cleanerDedupeBufferBytes() > most) {
            LOG.info(
                    "Compaction takes bytes={} for the offsets of keys, an eighth of the heap, and not"
                            + " log.cleaner.dedupe.buffer.size={}: a log with more keys takes more rounds",
                    most,
                    config.cleanerDedupeBufferBytes());
        }
        return Math.min(config.cleanerDedupeBufferBytes(), most) / Math.max(1, config.cleanerThreads());
    }

    /** Takes over what the directories know, once they are open and before a log may be deleted. */
    void restore() {
        for (LogDir dir : dirs) {
            compaction.restore(dir.checkpoints().cleanerOffsets());
            cleanerOffsets.put(dir, dir.checkpoints().cleanerOffsets());
            inDir(dir, ofDir -> {
                Scrubber.Position position = scrubCheckpoints.restore(dir);
                if (position != null) {
                    scrubber.resumeAt(position);
                }
            });
        }
    }

    /** Begins to look after the logs that are ready; those that are still recovered join them. Each directory by itself. */
    void start() {
        for (LogDir dir : dirs) {
            every(dir, config.retentionCheckIntervalMs(), () -> sweeper.sweep(ofDir(dir)));
            every(
                    dir,
                    config.flushSchedulerIntervalMs(),
                    () -> eachLog(dir, log -> log.upkeep().maybeFlush()));
            every(dir, config.flushOffsetCheckpointIntervalMs(), () -> {
                eachLog(dir, log -> log.upkeep().checkpointEpochs());
                inDir(dir, dir.checkpoints()::writeRecoveryPoints);
                checkpointScrubber(dir);
            });
            every(
                    dir,
                    config.flushStartOffsetCheckpointIntervalMs(),
                    () -> inDir(dir, dir.checkpoints()::writeLogStarts));
            every(
                    dir,
                    config.highWatermarkCheckpointIntervalMs(),
                    () -> inDir(dir, dir.checkpoints()::writeHighWatermarks));
            every(dir, IDLE_MS, () -> eachLog(dir, log -> log.upkeep().restIfIdle(IDLE_MS)));
            every(dir, IDLE_MS, dir.openFiles()::closeUnusedMaps);
            every(
                    dir,
                    PRODUCER_CHECK_MS,
                    () -> eachLog(
                            dir,
                            log -> log.upkeep()
                                    .removeExpiredProducers(clock.millis() - config.producerIdExpirationMs())));
        }
    }

    private void eachLog(LogDir dir, Consumer<PartitionLog> task) {
        for (PartitionLog log : logs) {
            if (log.logDir().equals(dir.path())) {
                guarded(() -> task.accept(log));
            }
        }
    }

    /**
     * Begins what goes over all logs and forgets those that are not there: how far each is compacted, and where the scrubber is. Once
     * all have been recovered.
     */
    void startRounds() {
        if (config.cleanerEnabled() && config.cleanerThreads() == 0) {
            LOG.warn("Nothing is compacted because log.cleaner.threads=0");
        }
        for (int i = 0; config.cleanerEnabled() && i < config.cleanerThreads(); i++) {
            every(threads.cleaners(), Math.max(1, config.cleanerBackoffMs()), this::compact);
        }
        if (config.scrubBytesPerSecond() > 0) {
            scrubLater(config.initialTaskDelayMs());
        }
    }

    // Awake once a second while a pass is under way, and not at all between.
    private void scrubLater(long delayMs) {
        try {
            threads.scrubber().schedule(() -> guarded(this::scrubStep), delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("No more scrubbing because the log manager is closing");
        }
    }

    private void scrubStep() {
        boolean more = true;
        try {
            more = scrub(config.scrubBytesPerSecond());
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
        while (!threads.stopping() && scrub(64 * 1024 * 1024)) {
            Thread.onSpinWait();
        }
    }

    /** Compacts what is due and is not being compacted by another thread. */
    void compact() {
        while (compaction.compactDirtiest(logs)) {
            checkpointCleanerOffsets();
        }
    }

    // Only where there is something new: another directory may hang.
    private void checkpointCleanerOffsets() {
        for (LogDir dir : dirs) {
            Map<TopicPartition, Long> offsets = new HashMap<>();
            for (PartitionLog log : ofDir(dir)) {
                Long offset = compaction.checkpoints().get(log.topicPartition());
                if (offset != null) {
                    offsets.put(log.topicPartition(), offset);
                }
            }
            if (!offsets.equals(cleanerOffsets.getOrDefault(dir, Map.of())) && checkpointCleanerOffsets(dir)) {
                cleanerOffsets.put(dir, offsets);
            }
        }
    }

    private boolean checkpointCleanerOffsets(LogDir dir) {
        return inDir(dir, ofDir -> dir.checkpoints().writeCleanerOffsets(ofDir, compaction.checkpoints()));
    }

    private void checkpointScrubber(LogDir dir) {
        inDir(dir, ofDir -> scrubCheckpoints.write(dir, scrubber.position()));
    }

    private void every(LogDir dir, long intervalMs, Runnable task) {
        every(dir.threads().scheduler(), intervalMs, task);
    }

    private void every(ScheduledExecutorService executor, long intervalMs, Runnable task) {
        if (intervalMs <= 0 || intervalMs == Long.MAX_VALUE) {
            return;
        }
        long delay = Math.min(config.initialTaskDelayMs(), intervalMs);
        try {
            executor.scheduleWithFixedDelay(() -> guarded(task), delay, intervalMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Not started because the log manager is closing");
        }
    }

    /** Runs a task whose failure must not end the others; failures of a disk have been reported by its directory. */
    void guarded(Runnable task) {
        try {
            task.run();
        } catch (StorageException e) {
            LOG.debug("Background work was refused because={}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("Background work failed", e);
        }
    }

    /** A log was deleted that was in this directory. */
    void forget(TopicPartition partition, LogDir dir) {
        compaction.forget(partition);
        checkpointSoon(dir);
    }

    /** A log was cut. */
    void onCut(TopicPartition partition, long end) {
        compaction.lower(partition, end);
    }

    // Once for however many logs are deleted until the disk gets to it.
    private void checkpointSoon(LogDir dir) {
        if (!checkpointing.add(dir)) {
            return;
        }
        try {
            dir.threads().scheduler().execute(() -> {
                checkpointing.remove(dir);
                guarded(() -> checkpointAll(dir));
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("Checkpoints are written when the log manager closes");
        }
    }

    private void checkpointAll(LogDir dir) {
        Map<TopicPartition, Object> former = dir.checkpoints().former();
        // Each, whatever became of the others: one that finds room is newer than what is there.
        boolean allWritten = inDir(dir, dir.checkpoints()::writeRecoveryPoints)
                & inDir(dir, dir.checkpoints()::writeLogStarts)
                & inDir(dir, dir.checkpoints()::writeHighWatermarks)
                & checkpointCleanerOffsets(dir);
        checkpointScrubber(dir);
        // Else the disk still has offsets of theirs, which the next log of such a name would take after a crash.
        if (allWritten) {
            dir.checkpoints().onFormerForgotten(former);
        }
    }

    /** Brings closed logs to disk, writes the checkpoints and then, if nothing went wrong, the marker of a clean stop. */
    void finish(boolean allFound) {
        syncAll();
        dirs.forEach(this::checkpointAll);
        for (LogDir dir : dirs) {
            inDir(dir, ofDir -> {
                boolean allOnDisk = ofDir.stream().allMatch(log -> log.recoveryPoint() >= log.logEndOffset());
                if (allFound && allOnDisk && dir.checkpoints().allLoaded()) {
                    dir.markClean();
                } else {
                    LOG.warn(
                            "Left dir={} without the marker of a clean stop: its logs are recovered at the next start",
                            dir.path());
                }
            });
        }
    }

    private void syncAll() {
        Map<LogDir, ExecutorService> pools = new HashMap<>();
        for (LogDir dir : dirs) {
            ExecutorService pool = StorageThreads.lastSyncPool(config.recoveryThreadsPerDir());
            pools.put(dir, pool);
            ofDir(dir)
                    .forEach(log -> pool.execute(() -> {
                        guarded(log::finish);
                        // Nothing else bounds how many are open by now.
                        log.closeFiles();
                    }));
            pool.shutdown();
        }
        pools.forEach((dir, pool) -> StorageThreads.stop(pool, dir.health()::offline));
    }

    private List<PartitionLog> ofDir(LogDir dir) {
        return logs.stream().filter(log -> log.logDir().equals(dir.path())).toList();
    }

    private interface DirTask {
        void run(Collection<PartitionLog> ofDir) throws IOException;
    }

    // Whether it was done.
    private boolean inDir(LogDir dir, DirTask task) {
        if (dir.health().offline()) {
            return false;
        }
        try {
            // With an older list a checkpoint would lack a log created since, or have one that was deleted and made
            // anew.
            synchronized (dir.checkpoints()) {
                task.run(ofDir(dir));
            }
            return true;
        } catch (DiskFullException e) {
            // An old one is only slower to start from.
            dir.health().full("writing a checkpoint", e);
        } catch (IOException e) {
            if (Descriptors.lackIsSaidBy(e)) {
                dir.health().outOfFiles("writing a checkpoint", e);
            } else {
                dir.health().fail("writing a checkpoint", e);
            }
        }
        return false;
    }
}
