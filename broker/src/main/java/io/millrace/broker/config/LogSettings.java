package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.CLUSTER_WIDE;
import static io.millrace.broker.config.DynamicMode.READ_ONLY;
import static io.millrace.broker.config.Rule.any;
import static io.millrace.broker.config.Rule.atLeast;
import static io.millrace.broker.config.Rule.between;
import static io.millrace.broker.config.Rule.nonEmpty;
import static io.millrace.broker.config.Rule.oneOf;
import static io.millrace.broker.config.Rule.someOf;
import static io.millrace.broker.config.SettingType.BOOLEAN;
import static io.millrace.broker.config.SettingType.DOUBLE;
import static io.millrace.broker.config.SettingType.INT;
import static io.millrace.broker.config.SettingType.LIST;
import static io.millrace.broker.config.SettingType.LONG;
import static io.millrace.broker.config.SettingType.PATHS;
import static io.millrace.broker.config.SettingType.STRING;

import java.util.List;

/** Where partitions are stored, how their segments roll, and how long they are kept. */
public final class LogSettings {
    static final SettingGroup GROUP = new SettingGroup("Log");

    public static final Setting<String> LOG_DIR = GROUP.define("log.dir", STRING, "/tmp/kafka-logs", any(), READ_ONLY)
            .doc("The log directory, if `log.dirs` is absent.");

    public static final Setting<List<String>> LOG_DIRS = GROUP.optional("log.dirs", PATHS, nonEmpty(), READ_ONLY)
            .doc("The log directories between commas. A relative path in a file starts at the installation, on the "
                    + "command line at the current directory.");

    public static final Setting<Integer> NUM_RECOVERY_THREADS_PER_DATA_DIR = GROUP.define(
                    "num.recovery.threads.per.data.dir", INT, 1, atLeast(1), CLUSTER_WIDE)
            .doc("Threads a log directory that load and recover logs at the start and flush them at the stop.");

    public static final Setting<Integer> LOG_SEGMENT_BYTES = GROUP.define(
                    "log.segment.bytes", INT, 1073741824, atLeast(14), CLUSTER_WIDE)
            .doc("Largest size of a segment file in bytes.");

    public static final Setting<Long> LOG_ROLL_MS = GROUP.optional("log.roll.ms", LONG, atLeast(1), CLUSTER_WIDE)
            .doc("After how many milliseconds a segment is closed even if it is not full; goes before "
                    + "`log.roll.hours`.");

    public static final Setting<Integer> LOG_ROLL_HOURS = GROUP.define(
                    "log.roll.hours", INT, 168, atLeast(1), READ_ONLY)
            .doc("After how many hours a segment is closed even if it is not full.");

    public static final Setting<Long> LOG_ROLL_JITTER_MS = GROUP.optional(
                    "log.roll.jitter.ms", LONG, atLeast(0), CLUSTER_WIDE)
            .doc("The most milliseconds taken at random off the time after which a segment is closed; goes before "
                    + "`log.roll.jitter.hours`.");

    public static final Setting<Integer> LOG_ROLL_JITTER_HOURS = GROUP.define(
                    "log.roll.jitter.hours", INT, 0, atLeast(0), READ_ONLY)
            .doc("The most hours taken at random off the time after which a segment is closed.");

    public static final Setting<Long> LOG_RETENTION_MS = GROUP.optional(
                    "log.retention.ms", LONG, atLeast(-1), CLUSTER_WIDE)
            .doc("How many milliseconds records are kept at least, -1 for ever; goes before `log.retention.minutes`.");

    public static final Setting<Integer> LOG_RETENTION_MINUTES = GROUP.optional(
                    "log.retention.minutes", INT, atLeast(-1), READ_ONLY)
            .doc("How many minutes records are kept at least, -1 for ever; goes before `log.retention.hours`.");

    public static final Setting<Integer> LOG_RETENTION_HOURS = GROUP.define(
                    "log.retention.hours", INT, 168, atLeast(-1), READ_ONLY)
            .doc("How many hours records are kept at least, -1 for ever.");

    public static final Setting<Long> LOG_RETENTION_BYTES = GROUP.define(
                    "log.retention.bytes", LONG, -1L, any(), CLUSTER_WIDE)
            .doc("How many bytes of a partition are kept at least, -1 for all.");

    public static final Setting<Long> LOG_RETENTION_CHECK_INTERVAL_MS = GROUP.define(
                    "log.retention.check.interval.ms", LONG, 300000L, atLeast(1), READ_ONLY)
            .doc("Milliseconds between looks for segments to delete.");

    public static final Setting<List<String>> LOG_CLEANUP_POLICY = GROUP.define(
                    "log.cleanup.policy", LIST, List.of("delete"), someOf("compact", "delete"), CLUSTER_WIDE)
            .doc("What becomes of old segments: `delete` drops them, `compact` keeps the last record of each key.");

    public static final Setting<Long> LOG_SEGMENT_DELETE_DELAY_MS = GROUP.define(
                    "log.segment.delete.delay.ms", LONG, 60000L, atLeast(0), CLUSTER_WIDE)
            .doc("Milliseconds between renaming a file that is to go and deleting it, so that readers can finish.");

    public static final Setting<Integer> LOG_INDEX_SIZE_MAX_BYTES = GROUP.define(
                    "log.index.size.max.bytes", INT, 10485760, atLeast(4), CLUSTER_WIDE)
            .doc("Largest size of an index file in bytes.");

    public static final Setting<Integer> LOG_INDEX_INTERVAL_BYTES = GROUP.define(
                    "log.index.interval.bytes", INT, 4096, atLeast(0), CLUSTER_WIDE)
            .doc("After how many bytes of records the offset index gets an entry.");

    public static final Setting<Long> LOG_FLUSH_INTERVAL_MESSAGES = GROUP.define(
                    "log.flush.interval.messages", LONG, Long.MAX_VALUE, atLeast(1), CLUSTER_WIDE)
            .doc(
                    "After how many records a partition is forced to the disk, in the background; 1 = a replica counts no record as its "
                            + "own before it is on its disk, as under `log.sync.policy=group`, so that acks=all waits for that. acks=1 "
                            + "waits for no disk.");

    public static final Setting<Long> LOG_FLUSH_INTERVAL_MS = GROUP.optional(
                    "log.flush.interval.ms", LONG, any(), CLUSTER_WIDE)
            .doc("The most milliseconds a record waits to be forced to the disk; absent means "
                    + "`log.flush.scheduler.interval.ms`.");

    public static final Setting<Long> LOG_FLUSH_SCHEDULER_INTERVAL_MS = GROUP.define(
                    "log.flush.scheduler.interval.ms", LONG, Long.MAX_VALUE, atLeast(1), READ_ONLY)
            .doc("Milliseconds between looks for partitions to force to the disk.");

    public static final Setting<Integer> LOG_FLUSH_OFFSET_CHECKPOINT_INTERVAL_MS = GROUP.define(
                    "log.flush.offset.checkpoint.interval.ms", INT, 60000, atLeast(0), READ_ONLY)
            .doc("Milliseconds between writes of the recovery points.");

    public static final Setting<Integer> LOG_FLUSH_START_OFFSET_CHECKPOINT_INTERVAL_MS = GROUP.define(
                    "log.flush.start.offset.checkpoint.interval.ms", INT, 60000, atLeast(0), READ_ONLY)
            .doc("Milliseconds between writes of the log start offsets.");

    public static final Setting<Long> LOG_INITIAL_TASK_DELAY_MS = GROUP.define(
                    "log.initial.task.delay.ms", LONG, 30000L, atLeast(0), READ_ONLY)
            .doc("Milliseconds after the start until the periodic work on logs begins.");

    public static final Setting<Boolean> LOG_PREALLOCATE = GROUP.define(
                    "log.preallocate", BOOLEAN, false, any(), CLUSTER_WIDE)
            .doc("Accepted for compatibility: space for a segment is always provided ahead.");

    public static final Setting<Integer> MESSAGE_MAX_BYTES = GROUP.define(
                    "message.max.bytes", INT, 1048588, atLeast(0), CLUSTER_WIDE)
            .doc("Largest record batch in bytes that a producer may send, as it is on the wire.");

    public static final Setting<String> COMPRESSION_TYPE = GROUP.define(
                    "compression.type",
                    STRING,
                    "producer",
                    oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
                    CLUSTER_WIDE)
            .doc("The codec of stored batches; `producer` keeps what the producer chose.");

    public static final Setting<String> LOG_MESSAGE_TIMESTAMP_TYPE = GROUP.define(
                    "log.message.timestamp.type",
                    STRING,
                    "CreateTime",
                    oneOf("CreateTime", "LogAppendTime"),
                    CLUSTER_WIDE)
            .doc("Whether records carry the time of their creation or of their append.");

    public static final Setting<Long> LOG_MESSAGE_TIMESTAMP_BEFORE_MAX_MS = GROUP.define(
                    "log.message.timestamp.before.max.ms", LONG, Long.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
            .doc("How many milliseconds a record may be older than the broker's clock.");

    public static final Setting<Long> LOG_MESSAGE_TIMESTAMP_AFTER_MAX_MS = GROUP.define(
                    "log.message.timestamp.after.max.ms", LONG, Long.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
            .doc("How many milliseconds a record may be ahead of the broker's clock.");

    public static final Setting<Long> LOG_MESSAGE_TIMESTAMP_DIFFERENCE_MAX_MS = GROUP.define(
                    "log.message.timestamp.difference.max.ms", LONG, Long.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
            .doc("How many milliseconds a record may be away from the broker's clock; an older name for the two limits "
                    + "above, which go before it.");

    public static final Setting<Boolean> LOG_MESSAGE_DOWNCONVERSION_ENABLE = GROUP.define(
                    "log.message.downconversion.enable", BOOLEAN, true, any(), CLUSTER_WIDE)
            .doc("Whether batches are rewritten for consumers that know only older record formats.");

    public static final Setting<Boolean> LOG_CLEANER_ENABLE = GROUP.define(
                    "log.cleaner.enable", BOOLEAN, true, any(), READ_ONLY)
            .doc("Whether topics with the policy `compact` are compacted.");

    public static final Setting<Integer> LOG_CLEANER_THREADS = GROUP.define(
                    "log.cleaner.threads", INT, 1, atLeast(0), CLUSTER_WIDE)
            .doc(
                    "Threads that compact, each a partition at a time, spread evenly over the log directories, each of which has one at "
                            + "least, so that none waits for the disk of another; 0 for no compaction.");

    public static final Setting<Long> LOG_CLEANER_DEDUPE_BUFFER_SIZE = GROUP.define(
                    "log.cleaner.dedupe.buffer.size", LONG, 134217728L, any(), CLUSTER_WIDE)
            .doc(
                    "Bytes for the offsets of keys, for all compacting threads together; an eighth of the heap at most. A partition "
                            + "with more keys than there is room for, 30 bytes each, takes more rounds.");

    public static final Setting<Long> LOG_CLEANER_BACKOFF_MS = GROUP.define(
                    "log.cleaner.backoff.ms", LONG, 15000L, atLeast(0), CLUSTER_WIDE)
            .doc("Milliseconds to wait when there is nothing to compact.");

    public static final Setting<Long> LOG_CLEANER_DELETE_RETENTION_MS = GROUP.define(
                    "log.cleaner.delete.retention.ms", LONG, 86400000L, atLeast(0), CLUSTER_WIDE)
            .doc("How many milliseconds the marker of a deleted key stays in a compacted partition.");

    public static final Setting<Double> LOG_CLEANER_MIN_CLEANABLE_RATIO = GROUP.define(
                    "log.cleaner.min.cleanable.ratio", DOUBLE, 0.5, between(0, 1), CLUSTER_WIDE)
            .doc("The share of a partition that must be uncompacted before it is compacted.");

    public static final Setting<Long> LOG_CLEANER_MIN_COMPACTION_LAG_MS = GROUP.define(
                    "log.cleaner.min.compaction.lag.ms", LONG, 0L, atLeast(0), CLUSTER_WIDE)
            .doc("How many milliseconds a record stays uncompacted at least.");

    public static final Setting<Long> LOG_CLEANER_MAX_COMPACTION_LAG_MS = GROUP.define(
                    "log.cleaner.max.compaction.lag.ms", LONG, Long.MAX_VALUE, atLeast(1), CLUSTER_WIDE)
            .doc("After how many milliseconds a record is compacted at the latest.");

    public static final Setting<Long> LOG_DISK_RESERVE_BYTES = GROUP.define(
                    "log.disk.reserve.bytes", LONG, 0L, atLeast(0), READ_ONLY)
            .doc("Appends are refused, while fetches go on, when a log directory has less free bytes than this. "
                    + "Compaction may use half of them, recovery all. Our own key.");

    public static final Setting<Integer> LOG_MAX_OPEN_FILES = GROUP.define(
                    "log.max.open.files", INT, 1024, atLeast(1), READ_ONLY)
            .doc("Segments and indexes kept open while nobody reads them, shared evenly by the log directories; "
                    + "those in use come on top. Our own key.");

    public static final Setting<Integer> LOG_MAPPED_MAX_BYTES = GROUP.define(
                    "log.mapped.max.bytes", INT, 65536, atLeast(0), READ_ONLY)
            .doc("Batches smaller than this are written through mapped memory, others by write calls; 0 = all by "
                    + "write calls. Our own key.");

    public static final Setting<String> LOG_SYNC_POLICY = GROUP.define(
                    "log.sync.policy", STRING, "none", oneOf("none", "group"), READ_ONLY)
            .doc(
                    "When a replica counts records as its own: `none` at once, as Kafka does, so that a loss of power may take "
                            + "them away; `group` when they are on its disk, several appends with one sync, for which acks=all waits and "
                            + "acks=1 does not. Topics with `flush.messages=1` are kept so in any case. Our own key.");

    public static final Setting<Long> LOG_SCRUB_BYTES_PER_SECOND = GROUP.define(
                    "log.scrub.bytes.per.second", LONG, 4194304L, atLeast(0), READ_ONLY)
            .doc(
                    "How fast stored records are read again to find bytes that have changed on the disk, in all log directories "
                            + "together, which share it evenly; 0 for never. Our own key.");

    public static final Setting<Long> LOG_SCRUB_INTERVAL_MS = GROUP.define(
                    "log.scrub.interval.ms", LONG, 604800000L, atLeast(1), READ_ONLY)
            .doc("Milliseconds of rest after all stored records have been read again. Our own key.");

    public static final Setting<Long> LOG_RECOVERY_MARK_BYTES = GROUP.define(
                    "log.recovery.mark.bytes", LONG, 16777216L, atLeast(0), READ_ONLY)
            .doc(
                    "A partition notes how far it is after so many bytes: after a kill on the same boot of the machine recovery "
                            + "begins there and not at the last sync; 0 for never. Our own key.");

    public static final Setting<Integer> PRODUCER_ID_EXPIRATION_MS = GROUP.define(
                    "producer.id.expiration.ms", INT, 86400000, atLeast(1), CLUSTER_WIDE)
            .doc("After how many milliseconds without a batch the state of a producer is forgotten.");

    private LogSettings() {}
}
