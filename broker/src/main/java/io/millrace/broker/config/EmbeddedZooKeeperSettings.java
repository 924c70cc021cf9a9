package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.READ_ONLY;
import static io.millrace.broker.config.Rule.any;
import static io.millrace.broker.config.Rule.atLeast;
import static io.millrace.broker.config.Rule.between;
import static io.millrace.broker.config.SettingType.INT;
import static io.millrace.broker.config.SettingType.LIST;
import static io.millrace.broker.config.SettingType.STRING;

import java.util.List;

/** The ZooKeeper that runs inside the broker when {@code zookeeper.connect} is absent. These keys are our own. */
public final class EmbeddedZooKeeperSettings {
    static final SettingGroup GROUP = new SettingGroup("ZooKeeper inside the broker");

    public static final Setting<String> EMBEDDED_ZOOKEEPER_DATA_DIR = GROUP.optional(
                    "embedded.zookeeper.data.dir", STRING, any(), READ_ONLY)
            .doc(
                    "Where it keeps its data; absent means beside the first log directory, under the name of that directory "
                            + "with `-zookeeper` at the end.");

    public static final Setting<Integer> EMBEDDED_ZOOKEEPER_PORT = GROUP.define(
                    "embedded.zookeeper.port", INT, 0, between(0, 65535), READ_ONLY)
            .doc("Its port on the loopback address; 0 takes a free one at every start. Without a meaning when "
                    + "`embedded.zookeeper.servers` is set, which has the ports.");

    public static final Setting<List<String>> EMBEDDED_ZOOKEEPER_SERVERS = GROUP.optional(
                    "embedded.zookeeper.servers", LIST, any(), READ_ONLY)
            .doc(
                    "The ZooKeeper servers of a cluster in which brokers run one each, the same list for all of them: "
                            + "`id@host:peerPort:electionPort;clientPort` between commas, three or five of them. A server listens on "
                            + "the address its host stands for, or on all if that is a loopback address at its own broker only. Absent means a ZooKeeper for this broker alone.");

    public static final Setting<Integer> EMBEDDED_ZOOKEEPER_ID = GROUP.optional(
                    "embedded.zookeeper.id", INT, between(0, 254), READ_ONLY)
            .doc("Which of `embedded.zookeeper.servers` is the one in this broker; absent means the one with the "
                    + "number of `broker.id`.");

    public static final Setting<Integer> EMBEDDED_ZOOKEEPER_QUORUM_TIMEOUT_MS = GROUP.define(
                    "embedded.zookeeper.quorum.timeout.ms", INT, 300000, atLeast(1), READ_ONLY)
            .doc("How many milliseconds a starting broker waits until more than half of "
                    + "`embedded.zookeeper.servers` have found each other; then it gives up and names those that it "
                    + "cannot reach.");

    private EmbeddedZooKeeperSettings() {}
}
