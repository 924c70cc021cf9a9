package io.millrace.broker.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.zookeeper.common.PathUtils;

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

    /** What {@code zookeeper.connect} must be, to be said behind the value. */
    static final String RULE =
            "must be host:port,host:port/chroot with ports between 1 and 65535, and no part of the chroot may"
                    + " be empty, '.' or '..' or hold control characters";

    /** An IPv6 address stands in brackets. */
    private static final Pattern HOST = Pattern.compile("(?:\\[[0-9a-fA-F:.%]+]|[^\\s:\\[\\]]+)(?::([0-9]{1,5}))?");

    /** Hosts that are all alike. */
    public ZkConfig(String connect, int sessionTimeoutMs, int connectionTimeoutMs, int maxInFlightRequests) {
        this(connect, sessionTimeoutMs, connectionTimeoutMs, maxInFlightRequests, false);
    }

    public ZkConfig {
        if (!isConnectString(connect)) {
            throw new IllegalArgumentException("zookeeper.connect='" + connect + "' " + RULE);
        }
        requirePositive("zookeeper.session.timeout.ms", sessionTimeoutMs);
        requirePositive("zookeeper.connection.timeout.ms", connectionTimeoutMs);
        requirePositive("zookeeper.max.in.flight.requests", maxInFlightRequests);
    }

    /** Whether a text has the form {@code host:port,host:port/chroot}, of which the ports and the chroot may be missing. */
    static boolean isConnectString(String text) {
        int slash = text.indexOf('/');
        for (String host : (slash < 0 ? text : text.substring(0, slash)).split(",", -1)) {
            Matcher matcher = HOST.matcher(host.strip());
            if (!matcher.matches()) {
                return false;
            }
            int port = matcher.group(1) == null ? 1 : Integer.parseInt(matcher.group(1));
            if (port < 1 || port > 65535) {
                return false;
            }
        }
        return isPath(chroot(text));
    }

    private static boolean isPath(String chroot) {
        try {
            PathUtils.validatePath(chroot.isEmpty() ? "/" : chroot);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The hosts and ports, without the chroot. */
    public String hosts() {
        int slash = connect.indexOf('/');
        return slash < 0 ? connect : connect.substring(0, slash);
    }

    /** The path under which the cluster lives, without a slash at the end; empty for the root. */
    public String chroot() {
        return chroot(connect);
    }

    private static String chroot(String connect) {
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
