package io.millrace.broker.zk;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
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
 *
 * <p>Started before anything that talks to ZooKeeper and closed after it; {@link #start} and {@link #close} are called by the
 * thread that starts and stops the broker.
 */
public final class EmbeddedZooKeeper implements OwnZooKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedZooKeeper.class);

    /** ZooKeeper's unit of time: sessions expire on multiples of it, and half of it is slept between looks. */
    private static final int TICK_MS = 2000;

    /** Short sessions are for tests; there is no network between the broker and this server that would call for long ones. */
    private static final int MIN_SESSION_TIMEOUT_MS = 500;

    /** Ending a session is one write to disk. */
    private static final long END_SESSION_LIMIT_MS = 10_000;

    private static final int MAX_CONNECTIONS = 60;

    private enum State {
        LATENT,
        STARTED,
        CLOSED
    }

    private final Path dataDir;
    private final int port;
    private final Consumer<? super IOException> onFailure;
    private final AtomicReference<State> state = new AtomicReference<>(State.LATENT);
    private @Nullable ZooKeeperFiles files;
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
        this.dataDir = dataDir;
        this.port = port;
        this.onFailure = onFailure;
    }

    /**
     * Loads the data, recovers what a crash left, and starts to listen.
     *
     * @throws IOException if the directory cannot be used or is used by another process, or the port is taken; nothing is left
     *     running then
     */
    @Override
    public void start() throws IOException {
        if (!state.compareAndSet(State.LATENT, State.STARTED)) {
            throw new IllegalStateException("ZooKeeper is started once only");
        }
        long startNs = System.nanoTime();
        try {
            ZooKeeperFiles opened = ZooKeeperFiles.open(dataDir);
            files = opened;
            PlainConnections factory = new PlainConnections();
            connections = factory;
            factory.configure(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), MAX_CONNECTIONS);
            Server starting = new Server(opened.log());
            factory.startup(starting);
            server = starting;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new IOException("Interrupted while ZooKeeper was starting", e);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
        LOG.info(
                "Started ZooKeeper in this process connect={} dataDir={} ms={}",
                connectString(),
                dataDir,
                (System.nanoTime() - startNs) / 1_000_000);
    }

    /** Where it listens, as {@code zookeeper.connect} wants it. */
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
                        + END_SESSION_LIMIT_MS + " ms; look at the disk of " + dataDir);
            }
        } catch (KeeperException.NoNodeException e) {
            LOG.debug("Nobody owns {}", path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while a former session was ended", e);
        }
    }

    /** Ends all connections and closes the files; what was acknowledged is on disk. Closing again does nothing. */
    @Override
    public void close() {
        if (state.getAndSet(State.CLOSED) != State.STARTED) {
            return;
        }
        if (connections != null) {
            connections.shutdown();
        }
        if (files != null) {
            files.close();
        }
    }

    /** Keeps no management bean and no metric of itself, and says so when it fails. */
    private final class Server extends ZooKeeperServer {
        Server(FileTxnSnapLog txnSnapLog) {
            super(txnSnapLog, TICK_MS, MIN_SESSION_TIMEOUT_MS, Integer.MAX_VALUE, -1, new ZKDatabase(txnSnapLog), "");
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
                onFailure.accept(new IOException("The ZooKeeper in this process has failed; look at the disk of "
                        + dataDir + " and restart the broker"));
            }
        }
    }
}
