package io.millrace.broker.zk;

import io.millrace.broker.config.ZooKeeperEnsemble;
import io.millrace.broker.config.ZooKeeperEnsemble.Peer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.zookeeper.server.ZKDatabase;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.quorum.QuorumPeer;
import org.apache.zookeeper.server.quorum.QuorumPeer.QuorumServer;
import org.apache.zookeeper.server.quorum.flexible.QuorumMaj;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server of a ZooKeeper ensemble inside the broker's process, so that a cluster of brokers needs nothing else installed. The
 * others are in other brokers; more than half of them have to find each other before {@link #start} returns.
 */
public final class ZooKeeperPeer implements OwnZooKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperPeer.class);

    /** ZooKeeper's unit of time: sessions expire on multiples of it. */
    private static final int TICK_MS = 1_000;

    /** Ticks that a peer may take to catch up with the leading one when it joins. */
    private static final int INIT_LIMIT = 30;

    /** Ticks of silence after which a peer is left out. It has to be over before the sessions of brokers are. */
    private static final int SYNC_LIMIT = 4;

    /** FastLeaderElection, the only one ZooKeeper still has. */
    private static final int ELECTION = 3;

    private static final int MAX_CONNECTIONS = 1_000;
    private static final long POLL_MS = 20;
    private static final long FIRST_REPORT_MS = 2_000;
    private static final long REPORT_MS = 10_000;
    private static final int PROBE_MS = 500;
    private static final long STOP_MS = 10_000;

    private enum State {
        LATENT,
        STARTED,
        CLOSED
    }

    private final Path dataDir;
    private final ZooKeeperEnsemble ensemble;
    private final Consumer<? super IOException> onFailure;
    private final AtomicReference<State> state = new AtomicReference<>(State.LATENT);
    private @Nullable ZooKeeperFiles files;
    private @Nullable QuorumPeer peer;

    /**
     * A server that is not started yet.
     *
     * @param dataDir where snapshots and the transaction log are kept; created if it is missing
     * @param onFailure told, on a thread of its own, when the server has ended by itself
     */
    public ZooKeeperPeer(Path dataDir, ZooKeeperEnsemble ensemble, Consumer<? super IOException> onFailure) {
        this.dataDir = dataDir;
        this.ensemble = ensemble;
        this.onFailure = onFailure;
    }

    /**
     * Starts this server and waits until it is one of a majority, telling now and then who is missing.
     *
     * @throws IOException if the directory or a port cannot be used, or there is no majority in time; nothing is left running
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
            claim();
            QuorumPeer starting = newPeer(opened);
            peer = starting;
            starting.start();
            watch(starting);
            awaitMajority(starting, startNs);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
        LOG.info(
                "Joined the ZooKeeper peers id={} role={} servers={} dataDir={} ms={}",
                ensemble.id(),
                peer.getPeerState(),
                ensemble.peers(),
                dataDir,
                elapsedMs(startNs));
    }

    @Override
    public String connectString() {
        return ensemble.connectString();
    }

    /**
     * Does nothing: here others rest on the slow end of a session, by which they learn that a broker was gone and may have come
     * back with less than it had.
     */
    @Override
    public void endSessionOwning(String path) {}

    @Override
    public void close() {
        if (state.getAndSet(State.CLOSED) != State.STARTED) {
            return;
        }
        QuorumPeer running = peer;
        if (running != null) {
            running.shutdown();
            try {
                running.join(STOP_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (files != null) {
            files.close();
        }
    }

    private QuorumPeer newPeer(ZooKeeperFiles opened) throws IOException {
        Map<Long, QuorumServer> servers = new HashMap<>();
        for (Peer each : ensemble.peers()) {
            servers.put(
                    (long) each.id(),
                    new QuorumServer(
                            each.id(),
                            new InetSocketAddress(each.host(), each.peerPort()),
                            new InetSocketAddress(each.host(), each.electionPort()),
                            new InetSocketAddress(each.host(), each.clientPort())));
        }
        Peer self = ensemble.self();
        InetSocketAddress clientAddress = new InetSocketAddress(self.host(), self.clientPort());
        if (clientAddress.isUnresolved()) {
            throw new IOException("embedded.zookeeper.servers names this broker's own server " + self + ", and "
                    + self.host() + " stands for no address here; correct the name");
        }
        boolean onAllAddresses = isOnlyLocalHere(clientAddress);
        PlainConnections connections = new PlainConnections();
        try {
            connections.configure(
                    onAllAddresses ? new InetSocketAddress(self.clientPort()) : clientAddress, MAX_CONNECTIONS);
        } catch (IOException e) {
            throw new IOException(
                    "ZooKeeper cannot listen on port " + self.clientPort() + " of " + self.host()
                            + ", as embedded.zookeeper.servers has it: " + e.getMessage(),
                    e);
        }
        QuorumPeer made = new QuorumPeer();
        made.setTxnFactory(opened.log());
        made.setZKDatabase(new ZKDatabase(opened.log()));
        made.setMyid(ensemble.id());
        made.setElectionType(ELECTION);
        made.setTickTime(TICK_MS);
        made.setInitLimit(INIT_LIMIT);
        made.setSyncLimit(SYNC_LIMIT);
        made.setMinSessionTimeout(TICK_MS);
        made.setMaxSessionTimeout(Integer.MAX_VALUE);
        made.setQuorumListenOnAllIPs(onAllAddresses);
        made.setQuorumVerifier(new QuorumMaj(servers), false);
        made.initConfigInZKDatabase();
        made.setCnxnFactory(connections);
        return made;
    }

    /**
     * Some systems let their own name stand for a loopback address. Who listens there is not found by others that have no
     * loopback address themselves.
     */
    private boolean isOnlyLocalHere(InetSocketAddress own) {
        return own.getAddress().isLoopbackAddress()
                && ensemble.peers().stream()
                        .filter(each -> each.id() != ensemble.id())
                        .map(each -> new InetSocketAddress(each.host(), each.electionPort()).getAddress())
                        .anyMatch(address -> address == null || !address.isLoopbackAddress());
    }

    /** A server that takes up the data of another one would vote twice. */
    private void claim() throws IOException {
        Path file = dataDir.resolve("myid");
        String id = Integer.toString(ensemble.id());
        if (!Files.exists(file)) {
            Files.writeString(file, id + "\n");
        }
        String owner = Files.readString(file, StandardCharsets.US_ASCII).trim();
        if (!owner.equals(id)) {
            throw new IOException("The ZooKeeper data directory " + dataDir + " belongs to the server " + owner
                    + " of embedded.zookeeper.servers, and this broker runs " + id
                    + "; give it its own log.dirs or correct its broker.id");
        }
    }

    private void watch(QuorumPeer running) {
        Thread watch = new Thread(
                () -> {
                    try {
                        running.join();
                    } catch (InterruptedException e) {
                        return;
                    }
                    if (state.get() == State.STARTED) {
                        onFailure.accept(new IOException("The ZooKeeper in this process has ended; look at the disk of "
                                + dataDir + " and at the ports of " + ensemble.self() + ", and restart the broker"));
                    }
                },
                "zookeeper-watch");
        watch.setDaemon(true);
        watch.start();
    }

    private void awaitMajority(QuorumPeer running, long startNs) throws IOException {
        long nextReportMs = FIRST_REPORT_MS;
        while (!serves(running)) {
            long waitedMs = elapsedMs(startNs);
            if (!running.isAlive()) {
                throw new IOException("ZooKeeper has ended while it was starting; see that the ports of "
                        + ensemble.self() + " are free and " + dataDir + " is sound");
            }
            if (waitedMs >= ensemble.quorumTimeoutMs()) {
                throw new IOException("After " + waitedMs / 1_000 + " s this broker has no majority of the ZooKeeper "
                        + "servers in embedded.zookeeper.servers. " + missing()
                        + " Start the brokers they belong to, or see that their ports can be reached from here");
            }
            if (waitedMs >= nextReportMs) {
                nextReportMs = waitedMs + REPORT_MS;
                LOG.info("Waiting for a majority of the ZooKeeper servers, as server {}. {}", ensemble.id(), missing());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MS));
        }
    }

    private static boolean serves(QuorumPeer running) {
        ZooKeeperServer server = running.getActiveServer();
        return server != null && server.isRunning();
    }

    private String missing() {
        List<Peer> missing = ensemble.peers().stream()
                .filter(each -> each.id() != ensemble.id() && !answers(each))
                .toList();
        return missing.isEmpty()
                ? "All of them answer."
                : "No answer from " + missing.stream().map(Peer::toString).collect(Collectors.joining(" and ")) + ".";
    }

    private static boolean answers(Peer other) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(other.host(), other.electionPort()), PROBE_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static long elapsedMs(long sinceNs) {
        return (System.nanoTime() - sinceNs) / 1_000_000;
    }
}
