package io.millrace.broker.zk;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Quotas;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.DataNode;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.ZKDatabase;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A standalone ZooKeeper server inside the broker's process, so that a single broker needs nothing else installed. It
 * listens on the loopback address only, keeps what it acknowledges on disk like any ZooKeeper, and starts without what nobody
 * asks of it here: no admin server, no JMX.
 */
public final class EmbeddedZooKeeper extends OwnZooKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedZooKeeper.class);

    /** ZooKeeper's unit of time: sessions expire on multiples of it, and half of it is slept between looks. */
    private static final int TICK_MS = 2000;

    /** Short sessions are for tests; there is no network between the broker and this server that would call for long ones. */
    private static final int MIN_SESSION_TIMEOUT_MS = 500;

    /** Ending a session is one write to disk. */
    private static final long END_SESSION_LIMIT_MS = 10_000;

    /** What is left to do by then takes no disk. */
    private static final long END_LIMIT_MS = 10_000;

    private static final int MAX_CONNECTIONS = 60;

    private final int port;
    private @Nullable PlainConnections connections;
    private @Nullable Server server;

    /** A server whose failure is only logged. */
    public EmbeddedZooKeeper(Path dataDir, int port) {
        this(dataDir, port, e -> LOG.error("{}", e.getMessage()));
    }

    /**
     * A server that is not started yet.
     *
     * @param dataDir where snapshots and the transaction log are kept; created if it is missing
     * @param port on the loopback address, 0 for a free one
     * @param onFailure told, on a thread of the server, when it cannot go on, in general because of its disk
     */
    public EmbeddedZooKeeper(Path dataDir, int port, Consumer<? super IOException> onFailure) {
        super(dataDir, onFailure);
        this.port = port;
    }

    @Override
    void serve(FileTxnSnapLog log) throws IOException {
        long startNs = System.nanoTime();
        try {
            PlainConnections factory = new PlainConnections();
            connections = factory;
            listen(factory);
            Server starting = new Server(log);
            factory.startup(starting);
            server = starting;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while ZooKeeper was starting", e);
        }
        LOG.info(
                "Started ZooKeeper in this process connect={} dataDir={} ms={}",
                connectString(),
                dataDir(),
                elapsedMs(startNs));
    }

    private void listen(PlainConnections factory) throws IOException {
        try {
            factory.configure(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), MAX_CONNECTIONS);
        } catch (IOException e) {
            throw new IOException(
                    "ZooKeeper cannot listen on port " + port + " of this machine, as embedded.zookeeper.port has it: "
                            + e.getMessage() + ". Is another process using the port?",
                    e);
        }
    }

    @Override
    public String connectString() {
        PlainConnections factory = connections;
        if (factory == null) {
            throw new IllegalStateException("ZooKeeper is not started");
        }
        return factory.getLocalAddress().getAddress().getHostAddress() + ":" + factory.getLocalPort();
    }

    /**
     * Ends the session that owns an ephemeral node, with all its nodes, as if its client had closed it; does nothing if there is
     * no such node. For a process that was killed and comes back sooner than its former session expires: whoever has the data
     * directory knows that this session has nobody left.
     *
     * @throws IOException if the session could not be ended within {@link #END_SESSION_LIMIT_MS}
     */
    @Override
    public void endSessionOwning(String path) throws IOException {
        Server running = server;
        if (running == null) {
            throw new IllegalStateException("ZooKeeper is not started");
        }
        CountDownLatch gone = new CountDownLatch(1);
        try {
            Stat stat = running.getZKDatabase().getDataTree().statNode(path, event -> gone.countDown());
            running.closeSession(stat.getEphemeralOwner());
            if (!gone.await(END_SESSION_LIMIT_MS, TimeUnit.MILLISECONDS)) {
                throw new IOException("ZooKeeper did not end the session that owns " + path + " within "
                        + END_SESSION_LIMIT_MS + " ms; look at the disk of " + dataDir());
            }
        } catch (KeeperException.NoNodeException e) {
            LOG.debug("Nobody owns {}", path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while a former session was ended", e);
        }
    }

    @Override
    void stopServing() {
        Server stopping = server;
        if (connections != null) {
            connections.shutdown();
        }
        if (stopping != null) {
            stopping.awaitEnd();
        }
    }

    /** Keeps no management bean and no metric of itself, and says so when it fails. */
    private final class Server extends ZooKeeperServer {
        Server(FileTxnSnapLog txnSnapLog) {
            super(txnSnapLog, TICK_MS, MIN_SESSION_TIMEOUT_MS, Integer.MAX_VALUE, -1, new Database(txnSnapLog), "");
        }

        /** Waits for the thread of the first processor, which ZooKeeper only tells to end. */
        void awaitEnd() {
            if (!(firstProcessor instanceof Thread thread)) {
                return;
            }
            try {
                thread.join(END_LIMIT_MS);
                if (thread.isAlive()) {
                    LOG.warn("The ZooKeeper in this process did not end within {} ms", END_LIMIT_MS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        protected void registerJMX() {}

        @Override
        protected void unregisterJMX() {}

        @Override
        protected void registerMetrics() {}

        @Override
        protected void unregisterMetrics() {}

        @Override
        protected void setState(State state) {
            super.setState(state);
            if (state == State.ERROR) {
                failed("has failed; look at the disk of " + dataDir());
            }
        }
    }

    /** Keeps no copies of the last changes in memory: they are for followers that come back, and there are none. */
    static final class Database extends ZKDatabase {
        Database(FileTxnSnapLog log) {
            super(log);
        }

        @Override
        public void addCommittedProposal(Request request) {}

        @Override
        public DataTree createDataTree() {
            return new Tree();
        }
    }

    /**
     * Looks for the quota that holds for a path only where there is one: the look takes the path apart, which is a fifth of what a new node
     * costs, and a topic has two nodes for each partition.
     */
    private static final class Tree extends DataTree {
        @Override
        public @Nullable String getMaxPrefixWithQuota(String path) {
            DataNode quotas = getNode(Quotas.quotaZookeeper);
            return quotas == null || quotas.getChildren().isEmpty() ? null : super.getMaxPrefixWithQuota(path);
        }
    }
}
