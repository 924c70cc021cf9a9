package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.CLUSTER_WIDE;
import static io.millrace.broker.config.DynamicMode.READ_ONLY;
import static io.millrace.broker.config.Rule.any;
import static io.millrace.broker.config.Rule.atLeast;
import static io.millrace.broker.config.SettingType.BOOLEAN;
import static io.millrace.broker.config.SettingType.INT;
import static io.millrace.broker.config.SettingType.LONG;

/** How partitions are read, followed and kept in sync. */
public final class ReplicationSettings {
    static final SettingGroup GROUP = new SettingGroup("Replication and fetching");

    public static final Setting<Integer> MIN_INSYNC_REPLICAS = GROUP.define(
                    "min.insync.replicas", INT, 1, atLeast(1), CLUSTER_WIDE)
            .doc("How many replicas must be in sync for a write with acks=all to be taken.");

    public static final Setting<Integer> FETCH_MAX_BYTES = GROUP.define(
                    "fetch.max.bytes", INT, 57671680, atLeast(1024), READ_ONLY)
            .doc("The most bytes in the answer to one fetch.");

    public static final Setting<Integer> MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS = GROUP.define(
                    "max.incremental.fetch.session.cache.slots", INT, 1000, atLeast(0), READ_ONLY)
            .doc("The most incremental fetch sessions a broker keeps.");

    public static final Setting<Long> REPLICA_LAG_TIME_MAX_MS = GROUP.define(
                    "replica.lag.time.max.ms", LONG, 30000L, atLeast(1), READ_ONLY)
            .doc("After how many milliseconds behind the leader a follower leaves the in-sync replicas.");

    public static final Setting<Long> REPLICA_HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS = GROUP.define(
                    "replica.high.watermark.checkpoint.interval.ms", LONG, 5000L, atLeast(1), READ_ONLY)
            .doc("Milliseconds between writes of the high watermarks.");

    public static final Setting<Boolean> UNCLEAN_LEADER_ELECTION_ENABLE = GROUP.define(
                    "unclean.leader.election.enable", BOOLEAN, false, any(), CLUSTER_WIDE)
            .doc("Whether a replica that is not in sync may lead if no other is left, which loses records.");

    private ReplicationSettings() {}
}
