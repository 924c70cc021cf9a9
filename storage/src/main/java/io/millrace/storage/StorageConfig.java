package io.millrace.storage;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;

/**
 * The settings of a broker's storage as a whole, immutable and checked.
 *
 * @param logDirs {@code log.dirs}: at least one, no directory twice
 * @param recoveryThreadsPerDir {@code num.recovery.threads.per.data.dir}: logs recovered, and synced at the end, at once, at least 1
 * @param retentionCheckIntervalMs {@code log.retention.check.interval.ms}, at least 1
 * @param initialTaskDelayMs {@code log.initial.task.delay.ms}: how long after the start the periodic work begins
 * @param flushSchedulerIntervalMs {@code log.flush.scheduler.interval.ms}: how often {@code flush.ms} is looked at
 * @param flushOffsetCheckpointIntervalMs {@code log.flush.offset.checkpoint.interval.ms}: how often recovery points are written
 * @param flushStartOffsetCheckpointIntervalMs {@code log.flush.start.offset.checkpoint.interval.ms}
 * @param highWatermarkCheckpointIntervalMs {@code replica.high.watermark.checkpoint.interval.ms}
 * @param producerIdExpirationMs {@code producer.id.expiration.ms}: how long the state of a silent producer is kept, at least 1
 * @param cleanerEnabled {@code log.cleaner.enable}
 * @param cleanerThreads {@code log.cleaner.threads}: compactions at once, at least 0, which has nothing compacted; see
 *     {@link #cleanerThreadsPerDir}
 * @param cleanerDedupeBufferBytes {@code log.cleaner.dedupe.buffer.size}: bound of the key maps of all compactions together
 * @param cleanerBackoffMs {@code log.cleaner.backoff.ms}: pause when there is nothing to compact
 * @param diskReserveBytes appends are refused, fetches go on, while a directory has less free space than this, of which compaction may
 *     use half; 0 = no reserve
 * @param maxOpenFiles segments and indexes kept open when nobody reads them, at least 1; those in use come on top
 * @param mappedMaxBytes {@code log.mapped.max.bytes}: batches of less are written through mapped memory, others by {@code write} calls;
 *     at least 0, which has all written by calls
 * @param syncPolicy {@code log.sync.policy}: when records count as being there
 * @param scrubBytesPerSecond {@code log.scrub.bytes.per.second}: how fast logs are read again to find damage, 0 = never
 * @param scrubIntervalMs {@code log.scrub.interval.ms}: pause after all logs have been looked at, at least 1
 * @param recoveryMarkBytes {@code log.recovery.mark.bytes}: a log notes how far it is after so many bytes, so that recovery on the same
 *     boot begins there; 0 = never
 */
public record StorageConfig(
        List<Path> logDirs,
        int recoveryThreadsPerDir,
        long retentionCheckIntervalMs,
        long initialTaskDelayMs,
        long flushSchedulerIntervalMs,
        long flushOffsetCheckpointIntervalMs,
        long flushStartOffsetCheckpointIntervalMs,
        long highWatermarkCheckpointIntervalMs,
        long producerIdExpirationMs,
        boolean cleanerEnabled,
        int cleanerThreads,
        long cleanerDedupeBufferBytes,
        long cleanerBackoffMs,
        long diskReserveBytes,
        int maxOpenFiles,
        int mappedMaxBytes,
        SyncPolicy syncPolicy,
        long scrubBytesPerSecond,
        long scrubIntervalMs,
        long recoveryMarkBytes) {
    public StorageConfig {
        logDirs = List.copyOf(logDirs);
        if (logDirs.isEmpty()) {
            throw new IllegalArgumentException("log.dirs is empty but must name at least one directory");
        }
        HashSet<Path> seen = new HashSet<>();
        for (Path dir : logDirs) {
            if (!seen.add(dir.toAbsolutePath().normalize())) {
                throw new IllegalArgumentException("log.dirs names " + dir + " twice");
            }
        }
        atLeast("num.recovery.threads.per.data.dir", recoveryThreadsPerDir, 1);
        atLeast("log.retention.check.interval.ms", retentionCheckIntervalMs, 1);
        atLeast("log.initial.task.delay.ms", initialTaskDelayMs, 0);
        atLeast("log.flush.scheduler.interval.ms", flushSchedulerIntervalMs, 1);
        atLeast("log.flush.offset.checkpoint.interval.ms", flushOffsetCheckpointIntervalMs, 0);
        atLeast("log.flush.start.offset.checkpoint.interval.ms", flushStartOffsetCheckpointIntervalMs, 0);
        atLeast("replica.high.watermark.checkpoint.interval.ms", highWatermarkCheckpointIntervalMs, 0);
        atLeast("producer.id.expiration.ms", producerIdExpirationMs, 1);
        atLeast("log.cleaner.threads", cleanerThreads, 0);
        atLeast("log.cleaner.dedupe.buffer.size", cleanerDedupeBufferBytes, 1024 * 1024);
        atLeast("log.cleaner.backoff.ms", cleanerBackoffMs, 0);
        atLeast("log.disk.reserve.bytes", diskReserveBytes, 0);
        atLeast("log.max.open.files", maxOpenFiles, 1);
        atLeast("log.mapped.max.bytes", mappedMaxBytes, 0);
        atLeast("log.scrub.bytes.per.second", scrubBytesPerSecond, 0);
        atLeast("log.scrub.interval.ms", scrubIntervalMs, 1);
        atLeast("log.recovery.mark.bytes", recoveryMarkBytes, 0);
    }

    /**
     * Compactions at once in each directory: the threads are spread evenly, and each directory has one of its own at least, as it must not
     * wait for the disk of another; 0 if nothing is compacted.
     */
    int cleanerThreadsPerDir() {
        return (cleanerThreads + logDirs.size() - 1) / logDirs.size();
    }

    /** Kafka's defaults for these directories. */
    public static StorageConfig of(List<Path> logDirs) {
        return new Builder(logDirs).build();
    }

    private static void atLeast(String key, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(key + " is " + value + " but must be at least " + least);
        }
    }

    /** Collects values for a {@link StorageConfig}; starts from Kafka's defaults. */
    public static final class Builder {
        private final List<Path> logDirs;
        private int recoveryThreadsPerDir = 1;
        private long retentionCheckIntervalMs = 300_000;
        private long initialTaskDelayMs = 30_000;
        private long flushSchedulerIntervalMs = Long.MAX_VALUE;
        private long flushOffsetCheckpointIntervalMs = 60_000;
        private long flushStartOffsetCheckpointIntervalMs = 60_000;
        private long highWatermarkCheckpointIntervalMs = 5_000;
        private long producerIdExpirationMs = 86_400_000;
        private boolean cleanerEnabled = true;
        private int cleanerThreads = 1;
        private long cleanerDedupeBufferBytes = 134_217_728;
        private long cleanerBackoffMs = 15_000;
        private long diskReserveBytes;
        private int maxOpenFiles = 1024;

        // Up to about here a store and its share of the zeros written ahead cost no more than a write call; measured.
        private int mappedMaxBytes = 65_536;

        private SyncPolicy syncPolicy = SyncPolicy.NONE;
        private long scrubBytesPerSecond = 4 * 1024 * 1024;
        private long scrubIntervalMs = 604_800_000;
        private long recoveryMarkBytes = 16 * 1024 * 1024;

        public Builder(List<Path> logDirs) {
            this.logDirs = logDirs;
        }

        public Builder recoveryThreadsPerDir(int value) {
            recoveryThreadsPerDir = value;
            return this;
        }

        public Builder retentionCheckIntervalMs(long value) {
            retentionCheckIntervalMs = value;
            return this;
        }

        public Builder initialTaskDelayMs(long value) {
            initialTaskDelayMs = value;
            return this;
        }

        public Builder flushSchedulerIntervalMs(long value) {
            flushSchedulerIntervalMs = value;
            return this;
        }

        public Builder flushOffsetCheckpointIntervalMs(long value) {
            flushOffsetCheckpointIntervalMs = value;
            return this;
        }

        public Builder flushStartOffsetCheckpointIntervalMs(long value) {
            flushStartOffsetCheckpointIntervalMs = value;
            return this;
        }

        public Builder highWatermarkCheckpointIntervalMs(long value) {
            highWatermarkCheckpointIntervalMs = value;
            return this;
        }

        public Builder producerIdExpirationMs(long value) {
            producerIdExpirationMs = value;
            return this;
        }

        public Builder cleanerEnabled(boolean value) {
            cleanerEnabled = value;
            return this;
        }

        public Builder cleanerThreads(int value) {
            cleanerThreads = value;
            return this;
        }

        public Builder cleanerDedupeBufferBytes(long value) {
            cleanerDedupeBufferBytes = value;
            return this;
        }

        public Builder cleanerBackoffMs(long value) {
            cleanerBackoffMs = value;
            return this;
        }

        public Builder diskReserveBytes(long value) {
            diskReserveBytes = value;
            return this;
        }

        public Builder maxOpenFiles(int value) {
            maxOpenFiles = value;
            return this;
        }

        public Builder mappedMaxBytes(int value) {
            mappedMaxBytes = value;
            return this;
        }

        public Builder syncPolicy(SyncPolicy value) {
            syncPolicy = value;
            return this;
        }

        public Builder scrubBytesPerSecond(long value) {
            scrubBytesPerSecond = value;
            return this;
        }

        public Builder scrubIntervalMs(long value) {
            scrubIntervalMs = value;
            return this;
        }

        public Builder recoveryMarkBytes(long value) {
            recoveryMarkBytes = value;
            return this;
        }

        /** @throws IllegalArgumentException if a value is out of its range */
        public StorageConfig build() {
            return new StorageConfig(
                    logDirs,
                    recoveryThreadsPerDir,
                    retentionCheckIntervalMs,
                    initialTaskDelayMs,
                    flushSchedulerIntervalMs,
                    flushOffsetCheckpointIntervalMs,
                    flushStartOffsetCheckpointIntervalMs,
                    highWatermarkCheckpointIntervalMs,
                    producerIdExpirationMs,
                    cleanerEnabled,
                    cleanerThreads,
                    cleanerDedupeBufferBytes,
                    cleanerBackoffMs,
                    diskReserveBytes,
                    maxOpenFiles,
                    mappedMaxBytes,
                    syncPolicy,
                    scrubBytesPerSecond,
                    scrubIntervalMs,
                    recoveryMarkBytes);
        }
    }
}
