package io.millrace.broker.config;

/**
 * How to reach ZooKeeper.
 *
 * @param connect {@code zookeeper.connect}: {@code host:port,host:port/chroot}; the chroot is created if it is missing
 * @param sessionTimeoutMs {@code zookeeper.session.timeout.ms}: how long a silent broker counts as alive; above 0
 * @param connectionTimeoutMs {@code zookeeper.connection.timeout.ms}: how long to wait for the first connection; above 0
 * @param maxInFlightRequests {@code zookeeper.max.in.flight.requests}: unanswered requests at a time; above 0
 * @param firstPreferred true to try the hosts in their order, false to spread brokers over them
 */
public record ZkConfig(
        String connect,
        int sessionTimeoutMs,
        int connectionTimeoutMs,
        int maxInFlightRequests,
        boolean firstPreferred) {

    /** Hosts that are all alike. */
    public ZkConfig(String connect, int sessionTimeoutMs, int connectionTimeoutMs, int maxInFlightRequests) {
        this(connect, sessionTimeoutMs, connectionTimeoutMs, maxInFlightRequests, false);
    }

    public ZkConfig {
        if (connect.isBlank() || connect.startsWith("/")) {
            throw new IllegalArgumentException(
                    "zookeeper.connect='" + connect + "' names no host; it has the form host:port,host:port/chroot");
        }
        requirePositive("zookeeper.session.timeout.ms", sessionTimeoutMs);
        requirePositive("zookeeper.connection.timeout.ms", connectionTimeoutMs);
        requirePositive("zookeeper.max.in.flight.requests", maxInFlightRequests);
    }

    /** The hosts and ports, without the chroot. */
    public String hosts() {
        int slash = connect.indexOf('/');
        return slash < 0 ? connect : connect.substring(0, slash);
    }

    /** The path under which the cluster lives, without a slash at the end; empty for the root. */
    public String chroot() {
        int slash = connect.indexOf('/');
        String path = slash < 0 ? "" : connect.substring(slash);
        while (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        return path;
    }

    private static void requirePositive(String key, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(key + "=" + value + " must be above 0");
        }
    }
}
