package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.CLUSTER_WIDE;
import static io.millrace.broker.config.DynamicMode.READ_ONLY;
import static io.millrace.broker.config.Rule.any;
import static io.millrace.broker.config.Rule.atLeast;
import static io.millrace.broker.config.SettingType.BOOLEAN;
import static io.millrace.broker.config.SettingType.INT;
import static io.millrace.broker.config.SettingType.LONG;
import static io.millrace.broker.config.SettingType.STRING;

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

    public static final Setting<Integer> NUM_REPLICA_FETCHERS = GROUP.define(
                    "num.replica.fetchers", INT, 1, atLeast(1), CLUSTER_WIDE)
            .doc("How many connections, each with a thread, a broker has to each broker that it follows.");

    public static final Setting<Integer> REPLICA_FETCH_WAIT_MAX_MS = GROUP.define(
                    "replica.fetch.wait.max.ms", INT, 500, atLeast(0), READ_ONLY)
            .doc("Milliseconds that a leader lets the fetch of a follower wait for records; at most "
                    + "`replica.lag.time.max.ms`.");

    public static final Setting<Integer> REPLICA_FETCH_MIN_BYTES = GROUP.define(
                    "replica.fetch.min.bytes", INT, 1, atLeast(0), READ_ONLY)
            .doc("Bytes of records that end that wait.");

    public static final Setting<Integer> REPLICA_FETCH_MAX_BYTES = GROUP.define(
                    "replica.fetch.max.bytes", INT, 1048576, atLeast(0), READ_ONLY)
            .doc("The most bytes of one partition that a follower fetches at a time, save that a first batch is "
                    + "always whole.");

    public static final Setting<Integer> REPLICA_FETCH_RESPONSE_MAX_BYTES = GROUP.define(
                    "replica.fetch.response.max.bytes", INT, 10485760, atLeast(0), READ_ONLY)
            .doc("The most bytes of all partitions that a follower fetches at a time, in the same way.");

    public static final Setting<Integer> REPLICA_FETCH_BACKOFF_MS = GROUP.define(
                    "replica.fetch.backoff.ms", INT, 1000, atLeast(0), READ_ONLY)
            .doc("The most milliseconds that a follower waits before it fetches again what it could not fetch.");

    public static final Setting<Integer> REPLICA_SOCKET_TIMEOUT_MS = GROUP.define(
                    "replica.socket.timeout.ms", INT, 30000, atLeast(1), READ_ONLY)
            .doc("Milliseconds that a follower waits for an answer; at least `replica.fetch.wait.max.ms`.");

    public static final Setting<Integer> REPLICA_SOCKET_RECEIVE_BUFFER_BYTES = GROUP.define(
                    "replica.socket.receive.buffer.bytes", INT, -1, atLeast(-1), READ_ONLY)
            .doc("The receive buffer of a follower's connections in bytes; -1 leaves it to the operating system, as "
                    + "`socket.receive.buffer.bytes` does; Kafka's default is 65536.");

    public static final Setting<String> REPLICA_SELECTOR_CLASS = GROUP.optional(
                    "replica.selector.class", STRING, any(), READ_ONLY)
            .doc("`org.apache.kafka.common.replica.RackAwareReplicaSelector` sends consumers that name their "
                    + "`client.rack` to a replica in sync with the same `broker.rack`; absent, or with "
                    + "`org.apache.kafka.common.replica.LeaderSelector`, all read from the leader.");

    public static final Setting<Boolean> UNCLEAN_LEADER_ELECTION_ENABLE = GROUP.define(
                    "unclean.leader.election.enable", BOOLEAN, false, any(), CLUSTER_WIDE)
            .doc("Whether a replica that is not in sync may lead if no other is left, which loses records.");

    private ReplicationSettings() {}
}
