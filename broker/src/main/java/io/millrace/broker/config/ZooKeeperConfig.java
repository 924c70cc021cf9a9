package io.millrace.broker.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which ZooKeeper a broker uses: that of its cluster, or one of its own inside the process.
 *
 * @param connect {@code zookeeper.connect}, or null for the one inside
 * @param embeddedDataDir where the one inside keeps its data
 * @param embeddedPort its port on the loopback address, 0 for a free one
 * @param ensemble the servers that the one inside belongs to, or null if it stands alone
 * @param sessionTimeoutMs {@code zookeeper.session.timeout.ms}, above 0
 * @param connectionTimeoutMs {@code zookeeper.connection.timeout.ms}, above 0
 * @param maxInFlightRequests {@code zookeeper.max.in.flight.requests}, above 0
 */
public record ZooKeeperConfig(
        @Nullable String connect,
        Path embeddedDataDir,
        int embeddedPort,
        @Nullable ZooKeeperEnsemble ensemble,
        int sessionTimeoutMs,
        int connectionTimeoutMs,
        int maxInFlightRequests) {

    /** True if the broker has to start a ZooKeeper itself. */
    public boolean embedded() {
        return connect == null;
    }

    /**
     * How to reach it.
     *
     * @param embeddedConnect where the one inside listens; not looked at if {@code zookeeper.connect} is set
     */
    public ZkConfig session(String embeddedConnect) {
        return new ZkConfig(
                connect == null ? embeddedConnect : connect,
                sessionTimeoutMs,
                connectionTimeoutMs,
                maxInFlightRequests,
                ensemble != null);
    }
}
