package io.millrace.broker.zk;

import org.apache.zookeeper.data.Stat;

/**
 * A node as it was read.
 *
 * @param data its payload, empty where there is none; not to be changed
 * @param version how often the payload was written since the node was made
 * @param czxid the transaction that made the node
 * @param ephemeralOwner id of the session that it will vanish with, or 0 if it stays
 * @param ctimeMs when it was made, in ms since 1970 by the clock of ZooKeeper
 */
public record Znode(byte[] data, int version, long czxid, long ephemeralOwner, long ctimeMs) {
    private static final byte[] NO_DATA = new byte[0];

    static Znode of(byte[] data, Stat stat) {
        return new Znode(
                data == null ? NO_DATA : data,
                stat.getVersion(),
                stat.getCzxid(),
                stat.getEphemeralOwner(),
                stat.getCtime());
    }
}
