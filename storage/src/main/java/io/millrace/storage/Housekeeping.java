package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.cleanup.RetentionSweeper;
import io.millrace.storage.file.Descriptors;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.log.PartitionLog;
import java.io.IOException;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done for logs from time to time, and at the end: retention, flush by age, checkpoints, rest for idle ones; and who looks after
 * them in {@link DirRounds rounds}. Each directory by itself.
 */
final class Housekeeping {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    /** How long a log is not appended to before it gives its memory back, and how often that is looked at. */
    private static final long IDLE_MS = 60_000;

    /** How often expired producers are looked for. */
    private static final long PRODUCER_CHECK_MS = 600_000;

    private final StorageConfig config;
    private final Clock clock;
    private final LogDirs dirs;
    private final RetentionSweeper sweeper;
    private final Map<LogDir, Kept> kept = new HashMap<>();

    /** Directories whose checkpoints are about to be written. */
    private final Set<LogDir> checkpointing = ConcurrentHashMap.newKeySet();

    /** What belongs to a directory. */
    private record Kept(
            LogsOfDir logs, DirRounds rounds, ScrubCheckpoint scrubCheckpoint, DamageCheckpoint damageCheckpoint) {}

    Housekeeping(
            StorageConfig config,
            Clock clock,
            LogDirs dirs,
            Map<TopicPartition, PartitionLog> logs,
            StorageThreads threads) {
        this.config = config;
        this.clock = clock;
        this.dirs = dirs;
        this.sweeper = new RetentionSweeper(clock);
        long keyMapBytes = keyMapBytes(config);
        for (LogDir dir : dirs) {
            LogsOfDir here = new LogsOfDir(logs, dir.path());
            DirRounds rounds = new DirRounds(
                    config,
                    clock,
                    dir.threads(),
                    here,
                    keyMapBytes,
                    threads::stopping,
                    () -> checkpointCleanerOffsets(dir));
            kept.put(dir, new Kept(here, rounds, new ScrubCheckpoint(dir.path()), new DamageCheckpoint(dir.path())));
        }
    }

    // Kafka's default is half of the heap that this broker is content with; more keys take more rounds, not
    // more memory.
    private static long keyMapBytes(StorageConfig config) {
        long most = Runtime.getRuntime().maxMemory() / 8;
        if (config.cleanerEnabled() && config.cleanerDedupeBufferBytes() > most) {
            LOG.info(
                    "Compaction takes bytes={} for the offsets of keys, an eighth of the heap, and not"
                            + " log.cleaner.dedupe.buffer.size={}: a log with more keys takes more rounds",
                    most,
                    config.cleanerDedupeBufferBytes());
        }
        int compactions = config.cleanerThreadsPerDir() * config.logDirs().size();
        return Math.min(config.cleanerDedupeBufferBytes(), most) / Math.max(1, compactions);
    }

    /** Takes over what the directories know, once they are open and before a log may be deleted. */
    void restore() {
        for (LogDir dir : dirs) {
            inDir(
                    dir,
                    ofDir -> rounds(dir)
                            .restore(
                                    dir.checkpoints().cleanerOffsets(),
                                    kept(dir).scrubCheckpoint.read()));
            inDir(dir, ofDir -> kept(dir).damageCheckpoint.read());
        }
    }

    private Kept kept(LogDir dir) {
        return Objects.requireNonNull(kept.get(dir));
    }

    private DirRounds rounds(LogDir dir) {
        return kept(dir).rounds;
    }

    private LogsOfDir ofDir(LogDir dir) {
        return kept(dir).logs;
    }

    /** Begins to look after the logs that are ready; those that are still recovered join them. Each directory by itself. */
    void start() {
        if (config.cleanerEnabled() && config.cleanerThreads() == 0) {
            LOG.warn("Nothing is compacted because log.cleaner.threads=0");
        }
        for (LogDir dir : dirs) {
            every(dir, config.retentionCheckIntervalMs(), () -> sweeper.sweep(ofDir(dir)));
            every(
                    dir,
                    config.flushSchedulerIntervalMs(),
                    () -> eachLog(dir, log -> log.upkeep().maybeFlush()));
            every(dir, config.flushOffsetCheckpointIntervalMs(), () -> {
                eachLog(dir, log -> log.upkeep().checkpointEpochs());
                inDir(dir, dir.checkpoints()::writeRecoveryPoints);
                checkpointSearch(dir);
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
        for (PartitionLog log : ofDir(dir)) {
            guarded(() -> task.accept(log));
        }
    }

    /**
     * Begins what goes over all logs of a directory and forgets those that are not there: how far each is compacted, and where the scrubber
     * is. First of all it is looked where there was damage before. Once all of them have been recovered.
     */
    void startRounds(LogDir dir) {
        kept(dir).damageCheckpoint.lookAgain(ofDir(dir), dir.checkpoints()::isNotLoaded, dir.threads());
        rounds(dir).start();
    }

    /** Compacts what is due now, in one directory after the other. */
    void compact() {
        dirs.forEach(dir -> rounds(dir).compact());
    }

    /** Looks at the bytes of all logs. */
    void scrubAll() {
        dirs.forEach(dir -> rounds(dir).scrubAll());
    }

    private boolean checkpointCleanerOffsets(LogDir dir) {
        return inDir(
                dir,
                ofDir ->
                        dir.checkpoints().writeCleanerOffsets(ofDir, rounds(dir).cleanerOffsets()));
    }

    private void checkpointSearch(LogDir dir) {
        inDir(dir, ofDir -> kept(dir).scrubCheckpoint.write(rounds(dir).scrubbed()));
        inDir(dir, kept(dir).damageCheckpoint::write);
    }

    private void every(LogDir dir, long intervalMs, Runnable task) {
        if (intervalMs <= 0 || intervalMs == Long.MAX_VALUE) {
            return;
        }
        long delay = Math.min(config.initialTaskDelayMs(), intervalMs);
        try {
            dir.threads()
                    .scheduler()
                    .scheduleWithFixedDelay(() -> guarded(task), delay, intervalMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Not started because the log manager is closing");
        }
    }

    /** Runs a task whose failure must not end the others. */
    static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            GuardedScheduler.tell(e);
        }
    }

    /** A log was deleted that was in this directory. */
    void forget(TopicPartition partition, LogDir dir) {
        rounds(dir).forget(partition);
        checkpointSoon(dir);
    }

    /** A log was cut. */
    void onCut(LogDir dir, TopicPartition partition, long end) {
        rounds(dir).onCut(partition, end);
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
        checkpointSearch(dir);
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

    private interface DirTask {
        void run(Collection<PartitionLog> ofDir) throws IOException;
    }

    // Whether it was done.
    private boolean inDir(LogDir dir, DirTask task) {
        if (dir.health().offline()) {
            return false;
        }
        try {
            // With an older list a checkpoint would lack a log created since, or have one that was deleted and
            // made anew.
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
