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
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.zookeeper.server.ZKDatabase;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.apache.zookeeper.server.quorum.QuorumPeer;
import org.apache.zookeeper.server.quorum.QuorumPeer.QuorumServer;
import org.apache.zookeeper.server.quorum.flexible.QuorumMaj;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server of a ZooKeeper ensemble inside the broker's process, so that a cluster of brokers needs nothing else installed. The
 * others are in other brokers; more than half of them have to find each other before {@link #start} returns, which tells now and
 * then who is missing.
 */
public final class ZooKeeperPeer extends OwnZooKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperPeer.class);

    /**
     * ZooKeeper's unit of time, and by how much a session may last longer than its timeout: sessions expire on multiples of it. Each
     * half of it the peers exchange a few bytes.
     */
    private static final int TICK_MS = 200;

    private static final int MIN_SESSION_TIMEOUT_MS = 1_000;

    /** How long a peer may take to catch up with the leading one when it joins. */
    private static final int INIT_LIMIT_MS = 30_000;

    /** The silence after which a peer is left out. It has to be over before the sessions of brokers are. */
    private static final int SYNC_LIMIT_MS = 4_000;

    /** FastLeaderElection, the only one ZooKeeper still has. */
    private static final int ELECTION = 3;

    private static final int MAX_CONNECTIONS = 1_000;
    private static final long POLL_MS = 20;
    private static final long FIRST_REPORT_MS = 2_000;
    private static final long REPORT_MS = 10_000;
    private static final int PROBE_MS = 500;
    private static final long STOP_MS = 10_000;

    private final ZooKeeperEnsemble ensemble;
    private @Nullable QuorumPeer peer;

    /**
     * A server that is not started yet.
     *
     * @param dataDir where snapshots and the transaction log are kept; created if it is missing
     * @param onFailure told, on a thread of its own, when the server has ended by itself
     */
    public ZooKeeperPeer(Path dataDir, ZooKeeperEnsemble ensemble, Consumer<? super IOException> onFailure) {
        super(dataDir, onFailure);
        this.ensemble = ensemble;
    }

    @Override
    void serve(FileTxnSnapLog log) throws IOException {
        long startNs = System.nanoTime();
        claim();
        QuorumPeer starting = newPeer(log);
        peer = starting;
        starting.start();
        watch(starting);
        awaitMajority(starting, startNs);
        LOG.info(
                "Joined the ZooKeeper peers id={} role={} servers={} dataDir={} ms={}",
                ensemble.id(),
                starting.getPeerState(),
                ensemble.peers(),
                dataDir(),
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
    void stopServing() {
        QuorumPeer running = peer;
        if (running != null) {
            running.shutdown();
            try {
                running.join(STOP_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private QuorumPeer newPeer(FileTxnSnapLog log) throws IOException {
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
        made.setTxnFactory(log);
        made.setZKDatabase(new ZKDatabase(log));
        made.setMyid(ensemble.id());
        made.setElectionType(ELECTION);
        made.setTickTime(TICK_MS);
        made.setInitLimit(INIT_LIMIT_MS / TICK_MS);
        made.setSyncLimit(SYNC_LIMIT_MS / TICK_MS);
        made.setMinSessionTimeout(MIN_SESSION_TIMEOUT_MS);
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
        Path file = dataDir().resolve("myid");
        String id = Integer.toString(ensemble.id());
        if (!Files.exists(file)) {
            Files.writeString(file, id + "\n");
        }
        String owner = Files.readString(file, StandardCharsets.US_ASCII).trim();
        if (!owner.equals(id)) {
            throw new IOException("The ZooKeeper data directory " + dataDir() + " belongs to the server " + owner
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
                    failed("has ended; look at the disk of " + dataDir() + " and at the ports of " + ensemble.self());
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
                        + ensemble.self() + " are free and " + dataDir() + " is sound");
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
}
