package io.millrace.broker.config;

import static io.millrace.broker.config.LogSettings.COMPRESSION_TYPE;
import static io.millrace.broker.config.LogSettings.LOG_CLEANER_BACKOFF_MS;
import static io.millrace.broker.config.LogSettings.LOG_CLEANER_DEDUPE_BUFFER_SIZE;
import static io.millrace.broker.config.LogSettings.LOG_CLEANER_DELETE_RETENTION_MS;
import static io.millrace.broker.config.LogSettings.LOG_CLEANER_ENABLE;
import static io.millrace.broker.config.LogSettings.LOG_CLEANER_MAX_COMPACTION_LAG_MS;
import static io.millrace.broker.config.LogSettings.LOG_CLEANER_MIN_CLEANABLE_RATIO;
import static io.millrace.broker.config.LogSettings.LOG_CLEANER_MIN_COMPACTION_LAG_MS;
import static io.millrace.broker.config.LogSettings.LOG_CLEANER_THREADS;
import static io.millrace.broker.config.LogSettings.LOG_CLEANUP_POLICY;
import static io.millrace.broker.config.LogSettings.LOG_DIR;
import static io.millrace.broker.config.LogSettings.LOG_DIRS;
import static io.millrace.broker.config.LogSettings.LOG_DISK_RESERVE_BYTES;
import static io.millrace.broker.config.LogSettings.LOG_FLUSH_INTERVAL_MESSAGES;
import static io.millrace.broker.config.LogSettings.LOG_FLUSH_INTERVAL_MS;
import static io.millrace.broker.config.LogSettings.LOG_FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS;
import static io.millrace.broker.config.LogSettings.LOG_FLUSH_SCHEDULER_INTERVAL_MS;
import static io.millrace.broker.config.LogSettings.LOG_FLUSH_START_OFFSET_CHECKPOINT_INTERVAL_MS;
import static io.millrace.broker.config.LogSettings.LOG_INDEX_INTERVAL_BYTES;
import static io.millrace.broker.config.LogSettings.LOG_INDEX_SIZE_MAX_BYTES;
import static io.millrace.broker.config.LogSettings.LOG_INITIAL_TASK_DELAY_MS;
import static io.millrace.broker.config.LogSettings.LOG_MAPPED_MAX_BYTES;
import static io.millrace.broker.config.LogSettings.LOG_MAX_OPEN_FILES;
import static io.millrace.broker.config.LogSettings.LOG_MESSAGE_DOWNCONVERSION_ENABLE;
import static io.millrace.broker.config.LogSettings.LOG_MESSAGE_TIMESTAMP_AFTER_MAX_MS;
import static io.millrace.broker.config.LogSettings.LOG_MESSAGE_TIMESTAMP_BEFORE_MAX_MS;
import static io.millrace.broker.config.LogSettings.LOG_MESSAGE_TIMESTAMP_DIFFERENCE_MAX_MS;
import static io.millrace.broker.config.LogSettings.LOG_MESSAGE_TIMESTAMP_TYPE;
import static io.millrace.broker.config.LogSettings.LOG_PREALLOCATE;
import static io.millrace.broker.config.LogSettings.LOG_RECOVERY_MARK_BYTES;
import static io.millrace.broker.config.LogSettings.LOG_RETENTION_BYTES;
import static io.millrace.broker.config.LogSettings.LOG_RETENTION_CHECK_INTERVAL_MS;
import static io.millrace.broker.config.LogSettings.LOG_RETENTION_HOURS;
import static io.millrace.broker.config.LogSettings.LOG_RETENTION_MINUTES;
import static io.millrace.broker.config.LogSettings.LOG_RETENTION_MS;
import static io.millrace.broker.config.LogSettings.LOG_ROLL_HOURS;
import static io.millrace.broker.config.LogSettings.LOG_ROLL_JITTER_HOURS;
import static io.millrace.broker.config.LogSettings.LOG_ROLL_JITTER_MS;
import static io.millrace.broker.config.LogSettings.LOG_ROLL_MS;
import static io.millrace.broker.config.LogSettings.LOG_SCRUB_BYTES_PER_SECOND;
import static io.millrace.broker.config.LogSettings.LOG_SCRUB_INTERVAL_MS;
import static io.millrace.broker.config.LogSettings.LOG_SEGMENT_BYTES;
import static io.millrace.broker.config.LogSettings.LOG_SEGMENT_DELETE_DELAY_MS;
import static io.millrace.broker.config.LogSettings.LOG_SYNC_POLICY;
import static io.millrace.broker.config.LogSettings.MESSAGE_MAX_BYTES;
import static io.millrace.broker.config.LogSettings.NUM_RECOVERY_THREADS_PER_DATA_DIR;
import static io.millrace.broker.config.LogSettings.PRODUCER_ID_EXPIRATION_MS;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS;

import io.millrace.protocol.record.TimestampType;
import io.millrace.storage.CompressionPolicy;
import io.millrace.storage.LogConfig;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.SyncPolicy;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Makes the records of the storage engine of the values. */
final class LogAssembly {
    private final SettingValues values;

    LogAssembly(SettingValues values) {
        this.values = values;
    }

    StorageConfig storage() {
        return new StorageConfig.Builder(logDirs())
                .recoveryThreadsPerDir(values.of(NUM_RECOVERY_THREADS_PER_DATA_DIR))
                .retentionCheckIntervalMs(values.of(LOG_RETENTION_CHECK_INTERVAL_MS))
                .initialTaskDelayMs(values.of(LOG_INITIAL_TASK_DELAY_MS))
                .flushSchedulerIntervalMs(values.of(LOG_FLUSH_SCHEDULER_INTERVAL_MS))
                .flushOffsetCheckpointIntervalMs(values.of(LOG_FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS))
                .flushStartOffsetCheckpointIntervalMs(values.of(LOG_FLUSH_START_OFFSET_CHECKPOINT_INTERVAL_MS))
                .highWatermarkCheckpointIntervalMs(values.of(REPLICA_HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS))
                .producerIdExpirationMs(values.of(PRODUCER_ID_EXPIRATION_MS))
                .cleanerEnabled(values.of(LOG_CLEANER_ENABLE))
                .cleanerThreads(values.of(LOG_CLEANER_THREADS))
                .cleanerDedupeBufferBytes(values.of(LOG_CLEANER_DEDUPE_BUFFER_SIZE))
                .cleanerBackoffMs(values.of(LOG_CLEANER_BACKOFF_MS))
                .diskReserveBytes(values.of(LOG_DISK_RESERVE_BYTES))
                .maxOpenFiles(values.of(LOG_MAX_OPEN_FILES))
                .mappedMaxBytes(values.of(LOG_MAPPED_MAX_BYTES))
                .syncPolicy(SyncPolicy.valueOf(values.of(LOG_SYNC_POLICY).toUpperCase(Locale.ROOT)))
                .scrubBytesPerSecond(values.of(LOG_SCRUB_BYTES_PER_SECOND))
                .scrubIntervalMs(values.of(LOG_SCRUB_INTERVAL_MS))
                .recoveryMarkBytes(values.of(LOG_RECOVERY_MARK_BYTES))
                .build();
    }

    /** The settings of a topic that has none of its own. */
    LogConfig log() {
        Long flushMs = values.optional(LOG_FLUSH_INTERVAL_MS);
        List<String> policies = values.of(LOG_CLEANUP_POLICY);
        long minCompactionLagMs = values.of(LOG_CLEANER_MIN_COMPACTION_LAG_MS);
        if (minCompactionLagMs > values.of(LOG_CLEANER_MAX_COMPACTION_LAG_MS)) {
            throw values.refuse(
                    LOG_CLEANER_MIN_COMPACTION_LAG_MS,
                    "must not exceed log.cleaner.max.compaction.lag.ms="
                            + values.of(LOG_CLEANER_MAX_COMPACTION_LAG_MS));
        }
        return new LogConfig(
                values.of(LOG_SEGMENT_BYTES),
                orHours(LOG_ROLL_MS, LOG_ROLL_HOURS),
                orHours(LOG_ROLL_JITTER_MS, LOG_ROLL_JITTER_HOURS),
                values.of(LOG_INDEX_SIZE_MAX_BYTES),
                values.of(LOG_INDEX_INTERVAL_BYTES),
                values.of(LOG_FLUSH_INTERVAL_MESSAGES),
                flushMs == null ? values.of(LOG_FLUSH_SCHEDULER_INTERVAL_MS) : flushMs,
                values.of(LOG_RETENTION_BYTES),
                retentionMs(),
                values.of(MESSAGE_MAX_BYTES),
                values.of(LOG_SEGMENT_DELETE_DELAY_MS),
                values.of(LOG_CLEANER_DELETE_RETENTION_MS),
                minCompactionLagMs,
                values.of(LOG_CLEANER_MAX_COMPACTION_LAG_MS),
                values.of(LOG_CLEANER_MIN_CLEANABLE_RATIO),
                policies.contains("compact"),
                policies.contains("delete"),
                compressionType(),
                values.of(LOG_PREALLOCATE),
                timestampType(),
                timestampLimit(LOG_MESSAGE_TIMESTAMP_BEFORE_MAX_MS),
                timestampLimit(LOG_MESSAGE_TIMESTAMP_AFTER_MAX_MS),
                values.of(LOG_MESSAGE_DOWNCONVERSION_ENABLE));
    }

    private List<Path> logDirs() {
        List<String> dirs = values.optional(LOG_DIRS);
        Setting<?> setting = dirs == null ? LOG_DIR : LOG_DIRS;
        Set<Path> seen = new HashSet<>();
        List<Path> paths = (dirs == null ? List.of(values.of(LOG_DIR)) : dirs)
                .stream().map(dir -> Path.of(dir).toAbsolutePath().normalize()).toList();
        for (Path path : paths) {
            if (path.getFileName() == null) {
                throw values.refuse(setting, "must not be the root of the file system");
            }
            if (!seen.add(path)) {
                throw values.refuse(setting, "must not name " + path + " twice");
            }
        }
        return paths;
    }

    private long orHours(Setting<Long> milliseconds, Setting<Integer> hours) {
        Long written = values.optional(milliseconds);
        return written == null ? TimeUnit.HOURS.toMillis(values.of(hours)) : written;
    }

    /** The first of milliseconds, minutes and hours that was written down; any negative number means for ever. */
    private long retentionMs() {
        Setting<?> setting = LOG_RETENTION_HOURS;
        long retentionMs = TimeUnit.HOURS.toMillis(values.of(LOG_RETENTION_HOURS));
        Integer minutes = values.optional(LOG_RETENTION_MINUTES);
        if (minutes != null) {
            setting = LOG_RETENTION_MINUTES;
            retentionMs = TimeUnit.MINUTES.toMillis(minutes);
        }
        Long milliseconds = values.optional(LOG_RETENTION_MS);
        if (milliseconds != null) {
            setting = LOG_RETENTION_MS;
            retentionMs = milliseconds;
        }
        if (retentionMs == 0) {
            throw values.refuse(setting, "must be at least 1, or -1 to keep records for ever");
        }
        return Math.max(retentionMs, -1);
    }

    /** The limit itself, or else the older setting that stood for both. */
    private long timestampLimit(Setting<Long> setting) {
        return values.of(values.isSet(setting) ? setting : LOG_MESSAGE_TIMESTAMP_DIFFERENCE_MAX_MS);
    }

    private CompressionPolicy compressionType() {
        String name = values.of(COMPRESSION_TYPE);
        for (CompressionPolicy policy : CompressionPolicy.values()) {
            if (policy.configValue().equals(name)) {
                return policy;
            }
        }
        throw new IllegalStateException(COMPRESSION_TYPE.name() + " allows " + name + ", which storage does not know");
    }

    private TimestampType timestampType() {
        String name = values.of(LOG_MESSAGE_TIMESTAMP_TYPE);
        for (TimestampType type : TimestampType.values()) {
            if (type.configName().equals(name)) {
                return type;
            }
        }
        throw new IllegalStateException(
                LOG_MESSAGE_TIMESTAMP_TYPE.name() + " allows " + name + ", which storage does not know");
    }
}
