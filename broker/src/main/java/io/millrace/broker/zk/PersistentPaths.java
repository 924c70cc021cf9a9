package io.millrace.broker.zk;

import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/** The nodes that every cluster has from its first start; all without data. */
public final class PersistentPaths {
    private static final List<String> PATHS = List.of(
            "/consumers",
            ZkPaths.CLUSTER,
            "/brokers",
            ZkPaths.BROKER_IDS,
            ZkPaths.TOPICS,
            ZkPaths.CONFIG,
            ZkPaths.CONFIG_CHANGES,
            "/admin",
            ZkPaths.DELETE_TOPICS,
            ZkPaths.BROKER_SEQ_ID,
            ZkPaths.ISR_CHANGES,
            ZkPaths.PRODUCER_ID_BLOCK,
            ZkPaths.LOG_DIR_EVENTS,
            "/config/topics",
            "/config/clients",
            "/config/users",
            "/config/brokers",
            "/config/ips");

    private PersistentPaths() {}

    /** Makes those that are missing, which at the first start of a cluster costs one write. Any broker may do so, at any time. */
    public static void ensure(Znodes znodes) {
        List<@Nullable Znode> found = znodes.readAll(PATHS);
        List<ZnodeOp> missing = new ArrayList<>();
        for (int i = 0; i < PATHS.size(); i++) {
            if (found.get(i) == null) {
                missing.add(new ZnodeOp.Create(PATHS.get(i), null));
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        try {
            znodes.commit(missing);
        } catch (ZkException e) {
            if (e.code() != Code.NODEEXISTS) {
                throw e;
            }
            // Another broker is at it too.
            PATHS.forEach(path -> ensure(znodes, path));
        }
    }

    static void ensure(Znodes znodes, String path) {
        if (znodes.read(path) != null) {
            return;
        }
        try {
            znodes.commit(List.of(new ZnodeOp.Create(path, null)));
        } catch (ZkException e) {
            if (e.code() != Code.NODEEXISTS) {
                throw e;
            }
        }
    }
}
