package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.READ_ONLY;
import static io.millrace.broker.config.Rule.any;
import static io.millrace.broker.config.Rule.atLeast;
import static io.millrace.broker.config.SettingType.BOOLEAN;
import static io.millrace.broker.config.SettingType.INT;
import static io.millrace.broker.config.SettingType.LONG;
import static io.millrace.broker.config.SettingType.STRING;

/** How a broker finds its cluster, and how topics are made. */
public final class ClusterSettings {
    static final SettingGroup GROUP = new SettingGroup("Cluster and topics");

    public static final Setting<String> ZOOKEEPER_CONNECT = GROUP.optional(
                    "zookeeper.connect", STRING, any(), READ_ONLY)
            .doc("ZooKeeper servers as `host:port` between commas, with an optional `/chroot` at the end; absent "
                    + "starts one inside the broker.");

    public static final Setting<Integer> ZOOKEEPER_SESSION_TIMEOUT_MS = GROUP.define(
                    "zookeeper.session.timeout.ms", INT, 18000, atLeast(1), READ_ONLY)
            .doc("After how many milliseconds without a sign of life ZooKeeper takes the broker for dead.");

    public static final Setting<Integer> ZOOKEEPER_CONNECTION_TIMEOUT_MS = GROUP.optional(
                    "zookeeper.connection.timeout.ms", INT, atLeast(1), READ_ONLY)
            .doc("Milliseconds to wait for the first connection to ZooKeeper; absent means "
                    + "`zookeeper.session.timeout.ms`.");

    public static final Setting<Integer> ZOOKEEPER_MAX_IN_FLIGHT_REQUESTS = GROUP.define(
                    "zookeeper.max.in.flight.requests", INT, 10, atLeast(1), READ_ONLY)
            .doc("The most requests to ZooKeeper that wait for an answer.");

    public static final Setting<Integer> NUM_PARTITIONS = GROUP.define("num.partitions", INT, 1, atLeast(1), READ_ONLY)
            .doc("Partitions of a topic that is created without saying how many.");

    public static final Setting<Integer> DEFAULT_REPLICATION_FACTOR = GROUP.define(
                    "default.replication.factor", INT, 1, atLeast(1), READ_ONLY)
            .doc("Replicas of a topic that is created without saying how many.");

    public static final Setting<Boolean> AUTO_CREATE_TOPICS_ENABLE = GROUP.define(
                    "auto.create.topics.enable", BOOLEAN, true, any(), READ_ONLY)
            .doc("Whether a topic is created when somebody asks for it.");

    public static final Setting<Boolean> DELETE_TOPIC_ENABLE =
            GROUP.define("delete.topic.enable", BOOLEAN, true, any(), READ_ONLY).doc("Whether topics can be deleted.");

    public static final Setting<Boolean> AUTO_LEADER_REBALANCE_ENABLE = GROUP.define(
                    "auto.leader.rebalance.enable", BOOLEAN, true, any(), READ_ONLY)
            .doc("Whether leadership goes back to the preferred replicas by itself.");

    public static final Setting<Long> LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS = GROUP.define(
                    "leader.imbalance.check.interval.seconds", LONG, 300L, atLeast(1), READ_ONLY)
            .doc("Seconds between looks at how leaders are spread.");

    public static final Setting<Integer> LEADER_IMBALANCE_PER_BROKER_PERCENTAGE = GROUP.define(
                    "leader.imbalance.per.broker.percentage", INT, 10, atLeast(0), READ_ONLY)
            .doc("How many percent of the partitions a broker is the preferred leader of may be led by others.");

    public static final Setting<Boolean> CONTROLLED_SHUTDOWN_ENABLE = GROUP.define(
                    "controlled.shutdown.enable", BOOLEAN, true, any(), READ_ONLY)
            .doc("Whether a broker that stops has others lead its partitions first, so that nobody has to wait.");

    public static final Setting<Integer> CONTROLLED_SHUTDOWN_MAX_RETRIES = GROUP.define(
                    "controlled.shutdown.max.retries", INT, 3, atLeast(0), READ_ONLY)
            .doc("How many times a broker that stops asks the controller for that.");

    public static final Setting<Long> CONTROLLED_SHUTDOWN_RETRY_BACKOFF_MS = GROUP.define(
                    "controlled.shutdown.retry.backoff.ms", LONG, 5000L, atLeast(0), READ_ONLY)
            .doc("Milliseconds between these requests.");

    public static final Setting<Boolean> BROKER_PORT_WATCH_ENABLE = GROUP.define(
                    "broker.port.watch.enable", BOOLEAN, true, any(), READ_ONLY)
            .doc(
                    "Whether others lead at once when a broker refuses connections, because its process has ended, instead of"
                            + " when its ZooKeeper session has run out.");

    private ClusterSettings() {}
}
