package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.READ_ONLY;
import static io.millrace.broker.config.Rule.atLeast;
import static io.millrace.broker.config.Rule.between;
import static io.millrace.broker.config.SettingType.INT;
import static io.millrace.broker.config.SettingType.LONG;
import static io.millrace.broker.config.SettingType.SHORT;

/** How consumer groups are coordinated, and how their offsets are kept. */
public final class GroupSettings {
    static final SettingGroup GROUP = new SettingGroup("Groups and offsets");

    public static final Setting<Integer> GROUP_MIN_SESSION_TIMEOUT_MS = GROUP.define(
                    "group.min.session.timeout.ms", INT, 6000, atLeast(1), READ_ONLY)
            .doc("The shortest session timeout in milliseconds that a member may ask for.");

    public static final Setting<Integer> GROUP_MAX_SESSION_TIMEOUT_MS = GROUP.define(
                    "group.max.session.timeout.ms", INT, 1800000, atLeast(1), READ_ONLY)
            .doc("The longest session timeout in milliseconds that a member may ask for; at least "
                    + "`group.min.session.timeout.ms`.");

    public static final Setting<Integer> GROUP_INITIAL_REBALANCE_DELAY_MS = GROUP.define(
                    "group.initial.rebalance.delay.ms", INT, 3000, atLeast(0), READ_ONLY)
            .doc("Milliseconds an empty group waits for more members before its first assignment.");

    public static final Setting<Integer> GROUP_MAX_SIZE = GROUP.define(
                    "group.max.size", INT, Integer.MAX_VALUE, atLeast(1), READ_ONLY)
            .doc("The most members of a group.");

    public static final Setting<Integer> OFFSET_METADATA_MAX_BYTES = GROUP.define(
                    "offset.metadata.max.bytes", INT, 4096, atLeast(0), READ_ONLY)
            .doc("The longest metadata text of a committed offset in bytes.");

    public static final Setting<Integer> OFFSETS_COMMIT_TIMEOUT_MS = GROUP.define(
                    "offsets.commit.timeout.ms", INT, 5000, atLeast(1), READ_ONLY)
            .doc("Milliseconds a commit waits for the replicas of the offsets topic.");

    public static final Setting<Integer> OFFSETS_RETENTION_MINUTES = GROUP.define(
                    "offsets.retention.minutes", INT, 10080, atLeast(1), READ_ONLY)
            .doc("Minutes that the offsets of an empty group are kept.");

    public static final Setting<Long> OFFSETS_RETENTION_CHECK_INTERVAL_MS = GROUP.define(
                    "offsets.retention.check.interval.ms", LONG, 600000L, atLeast(1), READ_ONLY)
            .doc("Milliseconds between looks for offsets to forget.");

    public static final Setting<Integer> OFFSETS_TOPIC_NUM_PARTITIONS = GROUP.define(
                    "offsets.topic.num.partitions", INT, 50, atLeast(1), READ_ONLY)
            .doc("Partitions of the offsets topic when it is created.");

    public static final Setting<Short> OFFSETS_TOPIC_REPLICATION_FACTOR = GROUP.define(
                    "offsets.topic.replication.factor", SHORT, (short) 3, atLeast(1), READ_ONLY)
            .doc(
                    "Replicas of the offsets topic when it is created; not more than there are brokers. A broker that runs "
                            + "its own ZooKeeper takes 1 if this is not set.");

    public static final Setting<Integer> OFFSETS_TOPIC_SEGMENT_BYTES = GROUP.define(
                    "offsets.topic.segment.bytes", INT, 104857600, atLeast(14), READ_ONLY)
            .doc("Segment size of the offsets topic in bytes.");

    public static final Setting<Integer> OFFSETS_TOPIC_COMPRESSION_CODEC = GROUP.define(
                    "offsets.topic.compression.codec", INT, 0, between(0, 4), READ_ONLY)
            .doc("Codec of batches in the offsets topic: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.");

    private GroupSettings() {}
}
