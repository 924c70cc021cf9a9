package io.millrace.broker.config;

import static io.millrace.broker.config.DynamicMode.READ_ONLY;
import static io.millrace.broker.config.Rule.any;
import static io.millrace.broker.config.Rule.between;
import static io.millrace.broker.config.SettingType.INT;
import static io.millrace.broker.config.SettingType.STRING;

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
            .doc("Its port on the loopback address; 0 takes a free one at every start.");

    private EmbeddedZooKeeperSettings() {}
}
