package io.millrace.broker.zk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.jspecify.annotations.Nullable;

/**
 * The ZooKeeper server in this broker's process: {@link EmbeddedZooKeeper} for a broker alone, {@link ZooKeeperPeer} where
 * brokers make up an ensemble. Here is what both have in common: the life cycle and the data directory. Started before anything
 * that talks to ZooKeeper and closed after it, by the thread that starts and stops the broker.
 */
public abstract sealed class OwnZooKeeper implements AutoCloseable permits EmbeddedZooKeeper, ZooKeeperPeer {
    private enum State {
        LATENT,
        STARTED,
        CLOSED
    }

    private final Path dataDir;
    private final Consumer<? super IOException> onFailure;
    private final AtomicReference<State> state = new AtomicReference<>(State.LATENT);
    private @Nullable ZooKeeperFiles files;

    /**
     * @param dataDir where snapshots and the transaction log are kept; created if it is missing
     * @param onFailure told, on a thread of the server, when it cannot go on, in general because of its disk
     */
    OwnZooKeeper(Path dataDir, Consumer<? super IOException> onFailure) {
        this.dataDir = dataDir;
        this.onFailure = onFailure;
    }

    /**
     * Loads the data, recovers what a crash left, and serves clients once this returns.
     *
     * @throws IOException saying what is in the way, such as a directory that another process uses or a port that is taken;
     *     nothing is left running then
     */
    public final void start() throws IOException {
        if (!state.compareAndSet(State.LATENT, State.STARTED)) {
            throw new IllegalStateException("ZooKeeper is started once only");
        }
        try {
            ZooKeeperFiles opened = ZooKeeperFiles.open(dataDir);
            files = opened;
            serve(opened.log());
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Begins to serve what is in these files, which stay open until {@link #stopServing} has returned. */
    abstract void serve(FileTxnSnapLog log) throws IOException;

    /** Ends what {@link #serve} began, or began in part. */
    abstract void stopServing();

    /** Where clients find it, as {@code zookeeper.connect} wants it. */
    public abstract String connectString();

    /**
     * Ends the session that owns an ephemeral node, if nobody but this process can have held it and nothing depends on its
     * slow end; does nothing otherwise.
     *
     * @throws IOException if the session could not be ended in time
     */
    public abstract void endSessionOwning(String path) throws IOException;

    /** Stops serving; what was acknowledged is on disk. Closing again does nothing. */
    @Override
    public final void close() {
        if (state.getAndSet(State.CLOSED) != State.STARTED) {
            return;
        }
        stopServing();
        if (files != null) {
            files.close();
        }
    }

    final Path dataDir() {
        return dataDir;
    }

    /** The server has ended by itself. */
    final void failed(String what) {
        if (state.get() == State.STARTED) {
            onFailure.accept(new IOException("The ZooKeeper in this process " + what + ", and restart the broker"));
        }
    }

    static long elapsedMs(long sinceNs) {
        return (System.nanoTime() - sinceNs) / 1_000_000;
    }
}
