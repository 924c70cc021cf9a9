package io.millrace.broker.config;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the network side needs to know.
 *
 * @param listeners {@code listeners}: at least one, names are unique
 * @param ioThreads event loops, each runs the requests of its connections to completion; at least 1, as many as cores is right
 * @param maxRequestBytes {@code socket.request.max.bytes}: a longer frame closes the connection; at least 1
 * @param maxQueuedRequestBytes {@code queued.max.request.bytes}: bytes of all requests received in part or whole and not yet
 *     answered, beyond which reading stops; at least 1
 * @param maxConnections {@code max.connections}: on all listeners together
 * @param maxConnectionsPerIp {@code max.connections.per.ip}
 * @param maxConnectionsPerIpOverrides {@code max.connections.per.ip.overrides}: addresses for which another number holds
 * @param maxConnectionsPerSecond {@code max.connection.creation.rate}: connections beyond are accepted later
 * @param connectionsMaxIdleMs {@code connections.max.idle.ms}: a connection on which nothing moves for so long is closed; 0 or
 *     less: never
 * @param sendBufferBytes {@code socket.send.buffer.bytes}; -1 leaves it to the system
 * @param receiveBufferBytes {@code socket.receive.buffer.bytes}; -1 leaves it to the system
 * @param backlog {@code socket.listen.backlog.size}: connections the system may hold ready before they are accepted
 */
public record NetConfig(
        List<ListenerConfig> listeners,
        int ioThreads,
        int maxRequestBytes,
        long maxQueuedRequestBytes,
        int maxConnections,
        int maxConnectionsPerIp,
        Map<InetAddress, Integer> maxConnectionsPerIpOverrides,
        int maxConnectionsPerSecond,
        long connectionsMaxIdleMs,
        int sendBufferBytes,
        int receiveBufferBytes,
        int backlog) {

    public NetConfig {
        listeners = List.copyOf(listeners);
        maxConnectionsPerIpOverrides = Map.copyOf(maxConnectionsPerIpOverrides);
        if (listeners.isEmpty()) {
            throw new IllegalArgumentException("listeners= must name at least one listener");
        }
        Set<String> names = new HashSet<>();
        for (ListenerConfig listener : listeners) {
            if (!names.add(listener.name())) {
                throw new IllegalArgumentException("listeners: the name " + listener.name() + " stands there twice");
            }
        }
        requireAtLeast("num.network.threads", ioThreads, 1);
        requireAtLeast("socket.request.max.bytes", maxRequestBytes, 1);
        requireAtLeast("queued.max.request.bytes", maxQueuedRequestBytes, 1);
        requireAtLeast("max.connections", maxConnections, 0);
        requireAtLeast("max.connections.per.ip", maxConnectionsPerIp, 0);
        requireAtLeast("max.connection.creation.rate", maxConnectionsPerSecond, 0);
        requireAtLeast("socket.listen.backlog.size", backlog, 1);
        requireBuffer("socket.send.buffer.bytes", sendBufferBytes);
        requireBuffer("socket.receive.buffer.bytes", receiveBufferBytes);
    }

    private static void requireAtLeast(String key, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(key + "=" + value + " must be at least " + least);
        }
    }

    private static void requireBuffer(String key, int value) {
        if (value < 1 && value != -1) {
            throw new IllegalArgumentException(key + "=" + value + " must be at least 1, or -1 for the system's own");
        }
    }
}
