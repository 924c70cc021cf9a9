package io.millrace.broker.zk;

import java.io.IOException;

/**
 * The ZooKeeper server in this broker's process: {@link EmbeddedZooKeeper} for a broker alone, {@link ZooKeeperPeer} where
 * brokers make up an ensemble. Started before anything that talks to ZooKeeper and closed after it, by the thread that starts and
 * stops the broker.
 */
public sealed interface OwnZooKeeper extends AutoCloseable permits EmbeddedZooKeeper, ZooKeeperPeer {

    /**
     * Loads the data and serves clients once this returns.
     *
     * @throws IOException saying what is in the way; nothing is left running then
     */
    void start() throws IOException;

    /** Where clients find it, as {@code zookeeper.connect} wants it. */
    String connectString();

    /**
     * Ends the session that owns an ephemeral node, if nobody but this process can have held it and nothing depends on its
     * slow end; does nothing otherwise.
     *
     * @throws IOException if the session could not be ended in time
     */
    void endSessionOwning(String path) throws IOException;

    /** Stops serving; what was acknowledged is on disk. Closing again does nothing. */
    @Override
    void close();
}
