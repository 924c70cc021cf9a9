package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.CLUSTER_WIDE;
import static io.millrace.broker.config.Rule.any;
import static io.millrace.broker.config.Rule.atLeast;
import static io.millrace.broker.config.Rule.between;
import static io.millrace.broker.config.Rule.oneOf;
import static io.millrace.broker.config.Rule.someOf;
import static io.millrace.broker.config.SettingType.BOOLEAN;
import static io.millrace.broker.config.SettingType.DOUBLE;
import static io.millrace.broker.config.SettingType.INT;
import static io.millrace.broker.config.SettingType.LIST;
import static io.millrace.broker.config.SettingType.LONG;
import static io.millrace.broker.config.SettingType.STRING;

import io.millrace.protocol.record.TimestampType;
import io.millrace.storage.CompressionPolicy;
import io.millrace.storage.LogConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The configs that a topic can have of its own, each with the setting of the broker that stands in for it. */
public final class TopicSettings {
    private static final SettingGroup GROUP = new SettingGroup("Topic");
    private static final Map<String, TopicSetting<?>> BY_NAME = new LinkedHashMap<>();

    public static final TopicSetting<Integer> MIN_INSYNC_REPLICAS = outsideLogs(
            GROUP.define("min.insync.replicas", INT, 1, atLeast(1), CLUSTER_WIDE)
                    .doc("How many replicas must be in sync for a write with acks=all to be taken."),
            ReplicationSettings.MIN_INSYNC_REPLICAS);

    public static final TopicSetting<Boolean> UNCLEAN_LEADER_ELECTION_ENABLE = outsideLogs(
            GROUP.define("unclean.leader.election.enable", BOOLEAN, false, any(), CLUSTER_WIDE)
                    .doc("Whether a replica that is not in sync may lead if no other is left, which loses records."),
            ReplicationSettings.UNCLEAN_LEADER_ELECTION_ENABLE);

    static {
        inLogs(
                GROUP.define("cleanup.policy", LIST, List.of("delete"), someOf("compact", "delete"), CLUSTER_WIDE)
                        .doc("What becomes of old segments: `delete` drops them, `compact` keeps the last record of "
                                + "each key."),
                LogSettings.LOG_CLEANUP_POLICY,
                TopicSettings::policies,
                (log, policies) -> log.compact(policies.contains("compact")).delete(policies.contains("delete")));
        inLogs(
                GROUP.define(
                                "compression.type",
                                STRING,
                                "producer",
                                oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
                                CLUSTER_WIDE)
                        .doc("How batches are kept: `producer` leaves them as they came."),
                LogSettings.COMPRESSION_TYPE,
                log -> log.compressionType().configValue(),
                (log, name) -> log.compressionType(CompressionPolicy.valueOf(name.toUpperCase(Locale.ROOT))));
        inLogs(
                GROUP.define("delete.retention.ms", LONG, 86_400_000L, atLeast(0), CLUSTER_WIDE)
                        .doc("How many milliseconds a tombstone survives compaction."),
                LogSettings.LOG_CLEANER_DELETE_RETENTION_MS,
                LogConfig::deleteRetentionMs,
                LogConfig.Builder::deleteRetentionMs);
        inLogs(
                GROUP.define("file.delete.delay.ms", LONG, 60_000L, atLeast(0), CLUSTER_WIDE)
                        .doc("Milliseconds between dropping a segment from the log and removing its files."),
                LogSettings.LOG_SEGMENT_DELETE_DELAY_MS,
                LogConfig::fileDeleteDelayMs,
                LogConfig.Builder::fileDeleteDelayMs);
        inLogs(
                GROUP.define("flush.messages", LONG, Long.MAX_VALUE, atLeast(1), CLUSTER_WIDE)
                        .doc(
                                "After how many records a log is flushed to disk, in the background; 1 = a replica counts no "
                                        + "record as its own before it is on its disk, so that acks=all waits for that, as under "
                                        + "`log.sync.policy=group`."),
                LogSettings.LOG_FLUSH_INTERVAL_MESSAGES,
                LogConfig::flushMessages,
                LogConfig.Builder::flushMessages);
        inLogs(
                GROUP.define("flush.ms", LONG, Long.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
                        .doc("After how many milliseconds records are flushed to disk."),
                LogSettings.LOG_FLUSH_INTERVAL_MS,
                LogConfig::flushMs,
                LogConfig.Builder::flushMs);
        inLogs(
                GROUP.define("index.interval.bytes", INT, 4096, atLeast(0), CLUSTER_WIDE)
                        .doc("Bytes of log between two entries of the offset index."),
                LogSettings.LOG_INDEX_INTERVAL_BYTES,
                LogConfig::indexIntervalBytes,
                LogConfig.Builder::indexIntervalBytes);
        inLogs(
                GROUP.define("max.compaction.lag.ms", LONG, Long.MAX_VALUE, atLeast(1), CLUSTER_WIDE)
                        .doc("After how many milliseconds a record is compacted in any case."),
                LogSettings.LOG_CLEANER_MAX_COMPACTION_LAG_MS,
                LogConfig::maxCompactionLagMs,
                LogConfig.Builder::maxCompactionLagMs);
        inLogs(
                GROUP.define("max.message.bytes", INT, 1_048_588, atLeast(0), CLUSTER_WIDE)
                        .doc("Largest batch in bytes that is taken."),
                LogSettings.MESSAGE_MAX_BYTES,
                LogConfig::maxMessageBytes,
                LogConfig.Builder::maxMessageBytes);
        inLogs(
                GROUP.define("message.downconversion.enable", BOOLEAN, true, any(), CLUSTER_WIDE)
                        .doc("Whether batches are converted for consumers that know only older formats."),
                LogSettings.LOG_MESSAGE_DOWNCONVERSION_ENABLE,
                LogConfig::messageDownconversionEnable,
                LogConfig.Builder::messageDownconversionEnable);
        // Defined before the two limits that replace it, so that they win where both are set.
        inLogs(
                GROUP.define("message.timestamp.difference.max.ms", LONG, Long.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
                        .doc("Deprecated: sets message.timestamp.before.max.ms and message.timestamp.after.max.ms."),
                LogSettings.LOG_MESSAGE_TIMESTAMP_DIFFERENCE_MAX_MS,
                LogConfig::messageTimestampBeforeMaxMs,
                (log, limit) -> log.messageTimestampBeforeMaxMs(limit).messageTimestampAfterMaxMs(limit));
        inLogs(
                GROUP.define("message.timestamp.after.max.ms", LONG, Long.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
                        .doc("How many milliseconds the timestamp of a record may lie ahead of the broker's clock."),
                LogSettings.LOG_MESSAGE_TIMESTAMP_AFTER_MAX_MS,
                LogConfig::messageTimestampAfterMaxMs,
                LogConfig.Builder::messageTimestampAfterMaxMs);
        inLogs(
                GROUP.define("message.timestamp.before.max.ms", LONG, Long.MAX_VALUE, atLeast(0), CLUSTER_WIDE)
                        .doc("How many milliseconds the timestamp of a record may lie behind the broker's clock."),
                LogSettings.LOG_MESSAGE_TIMESTAMP_BEFORE_MAX_MS,
                LogConfig::messageTimestampBeforeMaxMs,
                LogConfig.Builder::messageTimestampBeforeMaxMs);
        inLogs(
                GROUP.define(
                                "message.timestamp.type",
                                STRING,
                                "CreateTime",
                                oneOf("CreateTime", "LogAppendTime"),
                                CLUSTER_WIDE)
                        .doc("Whether a record has the timestamp of its producer or that of its append."),
                LogSettings.LOG_MESSAGE_TIMESTAMP_TYPE,
                log -> log.messageTimestampType().configName(),
                (log, name) -> log.messageTimestampType(
                        name.equals(TimestampType.LOG_APPEND_TIME.configName())
                                ? TimestampType.LOG_APPEND_TIME
                                : TimestampType.CREATE_TIME));
        inLogs(
                GROUP.define("min.cleanable.dirty.ratio", DOUBLE, 0.5, between(0, 1), CLUSTER_WIDE)
                        .doc("Which part of a log, 0 to 1, must be dirty before it is compacted."),
                LogSettings.LOG_CLEANER_MIN_CLEANABLE_RATIO,
                LogConfig::minCleanableDirtyRatio,
                LogConfig.Builder::minCleanableDirtyRatio);
        inLogs(
                GROUP.define("min.compaction.lag.ms", LONG, 0L, atLeast(0), CLUSTER_WIDE)
                        .doc("How many milliseconds a record stays uncompacted at least."),
                LogSettings.LOG_CLEANER_MIN_COMPACTION_LAG_MS,
                LogConfig::minCompactionLagMs,
                LogConfig.Builder::minCompactionLagMs);
        inLogs(
                GROUP.define("preallocate", BOOLEAN, false, any(), CLUSTER_WIDE)
                        .doc("Accepted for compatibility: space for a segment is always provided ahead."),
                LogSettings.LOG_PREALLOCATE,
                LogConfig::preallocate,
                LogConfig.Builder::preallocate);
        inLogs(
                GROUP.define("retention.bytes", LONG, -1L, atLeast(-1), CLUSTER_WIDE)
                        .doc("How many bytes of a partition are kept at least, -1 for all."),
                LogSettings.LOG_RETENTION_BYTES,
                LogConfig::retentionBytes,
                LogConfig.Builder::retentionBytes);
        inLogs(
                GROUP.define("retention.ms", LONG, 604_800_000L, atLeast(-1), CLUSTER_WIDE)
                        .doc("How many milliseconds records are kept at least, -1 for ever."),
                LogSettings.LOG_RETENTION_MS,
                LogConfig::retentionMs,
                LogConfig.Builder::retentionMs);
        inLogs(
                GROUP.define("segment.bytes", INT, 1_073_741_824, atLeast(14), CLUSTER_WIDE)
                        .doc("Largest size of a segment file in bytes."),
                LogSettings.LOG_SEGMENT_BYTES,
                LogConfig::segmentBytes,
                LogConfig.Builder::segmentBytes);
        inLogs(
                GROUP.define("segment.index.bytes", INT, 10_485_760, atLeast(4), CLUSTER_WIDE)
                        .doc("Largest size of an index file in bytes."),
                LogSettings.LOG_INDEX_SIZE_MAX_BYTES,
                LogConfig::segmentIndexBytes,
                LogConfig.Builder::segmentIndexBytes);
        inLogs(
                GROUP.define("segment.jitter.ms", LONG, 0L, atLeast(0), CLUSTER_WIDE)
                        .doc("The most milliseconds taken at random off segment.ms."),
                LogSettings.LOG_ROLL_JITTER_MS,
                LogConfig::segmentJitterMs,
                LogConfig.Builder::segmentJitterMs);
        inLogs(
                GROUP.define("segment.ms", LONG, 604_800_000L, atLeast(1), CLUSTER_WIDE)
                        .doc("After how many milliseconds a segment is closed even if it is not full."),
                LogSettings.LOG_ROLL_MS,
                LogConfig::segmentMs,
                LogConfig.Builder::segmentMs);
    }

    private TopicSettings() {}

    /** All of them, in the order in which they are printed. */
    public static List<TopicSetting<?>> all() {
        return List.copyOf(BY_NAME.values());
    }

    /** The definition of {@code name}, or null if a topic has no such config. */
    public static @Nullable TopicSetting<?> named(String name) {
        return BY_NAME.get(name);
    }

    /** The definitions that a setting of the broker stands in for: changing it changes topics that run. */
    public static List<TopicSetting<?>> replacedBy(Setting<?> brokerSetting) {
        List<TopicSetting<?>> replaced = new ArrayList<>();
        for (TopicSetting<?> topicSetting : BY_NAME.values()) {
            if (brokerSetting.equals(topicSetting.brokerSetting())) {
                replaced.add(topicSetting);
            }
        }
        return replaced;
    }

    /**
     * The settings of the logs of a topic.
     *
     * @param defaults of the broker
     * @param configs of the topic, by name
     * @throws ConfigException if a config is unknown, or its value or a combination of them breaks a rule
     */
    public static LogConfig logConfig(LogConfig defaults, Map<String, String> configs) {
        for (String name : configs.keySet()) {
            if (!BY_NAME.containsKey(name)) {
                throw new ConfigException("Unknown topic config name: " + name);
            }
        }
        LogConfig.Builder log = defaults.toBuilder();
        for (TopicSetting<?> definition : BY_NAME.values()) {
            String text = configs.get(definition.name());
            if (text != null) {
                definition.apply(log, text);
            }
        }
        try {
            return log.build();
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    /**
     * Configs of a topic as they are put on record; see {@link Setting#normalized}.
     *
     * @throws ConfigException if a config is unknown or its value breaks a rule
     */
    public static Map<String, String> normalized(Map<String, String> configs) {
        Map<String, String> normalized = new LinkedHashMap<>();
        configs.forEach((name, text) -> {
            TopicSetting<?> definition = BY_NAME.get(name);
            if (definition == null) {
                throw new ConfigException("Unknown topic config name: " + name);
            }
            normalized.put(name, definition.setting().normalized(text));
        });
        return normalized;
    }

    private static List<String> policies(LogConfig log) {
        List<String> policies = new ArrayList<>();
        if (log.compact()) {
            policies.add("compact");
        }
        if (log.delete()) {
            policies.add("delete");
        }
        return policies;
    }

    private static <T> void inLogs(
            Setting<T> setting,
            Setting<?> brokerSetting,
            Function<LogConfig, T> read,
            BiConsumer<LogConfig.Builder, T> apply) {
        BY_NAME.put(setting.name(), new TopicSetting<>(setting, brokerSetting, read, apply));
    }

    private static <T> TopicSetting<T> outsideLogs(Setting<T> setting, Setting<?> brokerSetting) {
        TopicSetting<T> definition = new TopicSetting<>(setting, brokerSetting, null, (log, value) -> {});
        BY_NAME.put(setting.name(), definition);
        return definition;
    }
}
