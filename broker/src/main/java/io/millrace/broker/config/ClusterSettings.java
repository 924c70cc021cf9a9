package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.READ_ONLY;
import static io.millrace.broker.config.Rule.any;
import static io.millrace.broker.config.Rule.atLeast;
import static io.millrace.broker.config.SettingType.BOOLEAN;
import static io.millrace.broker.config.SettingType.INT;
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

    private ClusterSettings() {}
}
