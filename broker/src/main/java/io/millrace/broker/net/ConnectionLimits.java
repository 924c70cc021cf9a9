package io.millrace.broker.net;

import io.millrace.broker.config.NetConfig;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** Counts the connections of the broker and of each address. Safe for use by any thread. */
final class ConnectionLimits {
    private final int maxConnections;
    private final int maxPerAddress;
    private final Map<InetAddress, Integer> maxOfAddress;
    private final Map<InetAddress, Integer> countOfAddress = new HashMap<>();
    private int count;

    ConnectionLimits(NetConfig config) {
        this.maxConnections = config.maxConnections();
        this.maxPerAddress = config.maxConnectionsPerIp();
        this.maxOfAddress = config.maxConnectionsPerIpOverrides();
    }

    /** Counts a connection from this address unless that is one too many; {@link #closed} must follow if it returns true. */
    synchronized boolean opened(InetAddress address) {
        int ofAddress = countOfAddress.getOrDefault(address, 0);
        if (count >= maxConnections || ofAddress >= maxOfAddress.getOrDefault(address, maxPerAddress)) {
            return false;
        }
        count++;
        countOfAddress.put(address, ofAddress + 1);
        return true;
    }

    synchronized void closed(InetAddress address) {
        count--;
        countOfAddress.computeIfPresent(address, (a, connections) -> connections == 1 ? null : connections - 1);
    }

    synchronized int count() {
        return count;
    }
}
