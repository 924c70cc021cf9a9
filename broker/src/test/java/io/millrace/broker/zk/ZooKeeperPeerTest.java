package io.millrace.broker.zk;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.FreePorts;
import io.millrace.broker.config.ZkConfig;
import io.millrace.broker.config.ZooKeeperEnsemble;
import io.millrace.broker.config.ZooKeeperEnsemble.Peer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three servers in one process, which is how far one can go without three brokers. */
@Timeout(120)
class ZooKeeperPeerTest {
    private static final int QUORUM_TIMEOUT_MS = 60_000;

    @TempDir
    Path dir;

    private final List<Peer> peers = List.of(peer(1), peer(2), peer(3));
    private final List<ZooKeeperPeer> running = new ArrayList<>();
    private final ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();

    @AfterEach
    void stop() {
        running.forEach(ZooKeeperPeer::close);
        assertThat(failures).isEmpty();
    }

    @Test
    void servesWhatAMajorityKnowsAndGoesOnWithoutOne() throws Exception {
        startAll(1, 2, 3);
        try (ZkSession one = session(1);
                ZkSession three = session(3)) {
            String kept = one.znodes().createSequential("/kept-", new byte[0]);
            three.znodes().sync("/");
            assertThat(three.znodes().read(kept))
                    .as("what was written at server 1, read at server 3")
                    .isNotNull();

            running.remove(1).close();
            await("a majority takes a write without server 2", () -> written(one, "/second"));
        }
    }

    /** As with an ensemble that runs elsewhere: any of its servers, and a place of our own in it. */
    @Test
    void takesASessionBelowAChrootAtWhicheverServerIsThere() throws Exception {
        startAll(1, 2, 3);
        String connect = ensemble(1, peers, QUORUM_TIMEOUT_MS).connectString() + "/millrace/here";
        try (ZkSession session = new ZkSession(new ZkConfig(connect, 20_000, 30_000, 10))) {
            session.start();
            String path = session.znodes().createSequential("/a-", new byte[0]);
            running.remove(0).close();
            await("it writes at one of the two others", () -> written(session, "/b-"));
            try (ZkSession root = session(2)) {
                root.znodes().sync("/");
                assertThat(root.znodes().read("/millrace/here" + path)).isNotNull();
            }
        }
    }

    @Test
    void knowsAfterARestartOfAllWhatItKnewBefore() throws Exception {
        startAll(1, 2);
        String kept;
        try (ZkSession session = session(1)) {
            kept = session.znodes().createSequential("/kept-", new byte[0]);
        }
        running.forEach(ZooKeeperPeer::close);
        running.clear();

        startAll(2, 3);
        try (ZkSession session = session(3)) {
            assertThat(session.znodes().read(kept)).isNotNull();
        }
    }

    @Test
    void staysWithItsOwnServerAndTakesAnotherOnlyWhileThatIsAway() throws Exception {
        startAll(1, 2, 3);
        try (ZkSession session = new ZkSession(config(3, true))) {
            session.start();
            running.remove(0).close();
            assertThat(written(session, "/a")).as("server 1 is not its own").isTrue();
            running.remove(1).close();
            // Of three only server 2 is left, which is no majority; one more makes it one again.
            startAll(1);
            await("it writes through another server", () -> written(session, "/b"));
        }
    }

    @Test
    void givesUpAndNamesThoseThatDoNotAnswer() throws Exception {
        try (ServerSocket answering =
                        new ServerSocket(peers.get(1).electionPort(), 50, InetAddress.getLoopbackAddress());
                ZooKeeperPeer alone = peer(1, peers, 1_500)) {
            assertThatThrownBy(alone::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("embedded.zookeeper.servers")
                    .hasMessageContaining("No answer from " + peers.get(2) + ".")
                    .hasMessageNotContaining(peers.get(1) + " and");
            assertThat(answering.isBound()).isTrue();
        }
        // Nothing of it is left: neither its ports nor its directory.
        startAll(1, 2);
    }

    @Test
    void refusesTheDataOfAnotherServer() throws Exception {
        startAll(1, 2);
        running.forEach(ZooKeeperPeer::close);
        running.clear();
        Path ofOne = dir.resolve("1");
        try (ZooKeeperPeer two = new ZooKeeperPeer(ofOne, ensemble(2, peers, QUORUM_TIMEOUT_MS), failures::add)) {
            assertThatThrownBy(two::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(ofOne.toString())
                    .hasMessageContaining("broker.id");
        }
    }

    @Test
    void refusesAPortThatIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(peers.get(0).clientPort(), 1, InetAddress.getLoopbackAddress());
                ZooKeeperPeer refused = peer(1, peers, QUORUM_TIMEOUT_MS)) {
            assertThatThrownBy(refused::start)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(Integer.toString(taken.getLocalPort()));
        }
    }

    private void startAll(int... ids) throws Exception {
        List<CompletableFuture<Void>> starts = new ArrayList<>();
        for (int id : ids) {
            ZooKeeperPeer each = peer(id, peers, QUORUM_TIMEOUT_MS);
            running.add(each);
            // Each on a thread of its own: they wait for each other.
            starts.add(CompletableFuture.runAsync(
                    () -> {
                        try {
                            each.start();
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    start -> new Thread(start, "start-" + id).start()));
        }
        for (CompletableFuture<Void> start : starts) {
            start.get();
        }
    }

    private ZooKeeperPeer peer(int id, List<Peer> all, int quorumTimeoutMs) {
        return new ZooKeeperPeer(dir.resolve(Integer.toString(id)), ensemble(id, all, quorumTimeoutMs), failures::add);
    }

    private static ZooKeeperEnsemble ensemble(int id, List<Peer> all, int quorumTimeoutMs) {
        return new ZooKeeperEnsemble(id, all, quorumTimeoutMs);
    }

    private ZkSession session(int id) {
        ZkSession session = new ZkSession(config(id, false));
        session.start();
        return session;
    }

    private ZkConfig config(int id, boolean others) {
        String all = ensemble(id, peers, QUORUM_TIMEOUT_MS).connectString();
        return new ZkConfig(others ? all : all.substring(0, all.indexOf(',')), 20_000, 30_000, 10, true);
    }

    private static boolean written(ZkSession session, String path) {
        return session.znodes().createSequential(path, new byte[0]).startsWith(path);
    }

    private static Peer peer(int id) {
        return new Peer(id, "localhost", FreePorts.next(), FreePorts.next(), FreePorts.next());
    }
}
