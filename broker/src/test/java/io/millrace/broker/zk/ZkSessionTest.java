package io.millrace.broker.zk;

import static io.millrace.broker.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.config.ZkConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ZkSessionTest {
    private final TestZooKeeper zooKeeper = new TestZooKeeper();

    @AfterEach
    void stop() {
        zooKeeper.close();
    }

    @Test
    void createsTheChrootDownToItsLastPart() {
        try (ZkSession session = new ZkSession(zooKeeper.config("/some/where", 6_000))) {
            session.start();
            PersistentPaths.ensure(session.znodes());
        }
        try (ZkSession root = zooKeeper.session()) {
            assertThat(root.znodes().children("/some/where")).contains("brokers", "config", "admin", "consumers");
            assertThat(root.znodes().children("/")).containsExactlyInAnyOrder("some", "zookeeper");
        }
    }

    @Test
    void tellsListenersInOrderThatTheSessionExpiredAndThenThatThereIsANewOne() {
        List<String> heard = new CopyOnWriteArrayList<>();
        try (ZkSession session = zooKeeper.session()) {
            session.addListener(recorder("a", heard));
            session.addListener(recorder("b", heard));
            long before = session.znodes().sessionId();

            zooKeeper.expire(before);

            await("both listeners have heard everything", () -> heard.size() == 4);
            assertThat(heard).containsExactly("a expired", "b expired", "a new", "b new");
            assertThat(session.znodes().sessionId()).isNotEqualTo(before);
        }
    }

    @Test
    void keepsTheSessionOverARestartOfZooKeeper() {
        List<String> heard = new CopyOnWriteArrayList<>();
        try (ZkSession session = zooKeeper.session()) {
            session.addListener(recorder("a", heard));
            long before = session.znodes().sessionId();
            session.znodes().commit(List.of(new ZnodeOp.CreateEphemeral("/mine", null)));

            zooKeeper.stop();
            await("the connection is missed", () -> !session.connected());
            zooKeeper.start();

            await("it is back", () -> heard.size() == 1);
            assertThat(heard).containsExactly("a reconnected");
            assertThat(session.znodes().read("/mine").ephemeralOwner()).isEqualTo(before);
        }
    }

    /** What it had to do was not to be done at that moment; nothing else would make it try again. */
    @Test
    void tellsAListenerAgainWhomZooKeeperRefusedSomething() {
        List<String> heard = new CopyOnWriteArrayList<>();
        try (ZkSession session = zooKeeper.session()) {
            session.addListener(onNewSession(() -> {
                heard.add("a told");
                session.znodes().commit(List.of(new ZnodeOp.CreateEphemeral("/later/mine", null)));
                heard.add("a done");
            }));
            session.addListener(recorder("b", heard));

            zooKeeper.expire(session.znodes().sessionId());

            await("both are told", () -> heard.contains("b new"));
            // The first is told once more half a second later, which may be now.
            assertThat(heard).startsWith("b expired", "a told", "b new");
            session.znodes().commit(List.of(new ZnodeOp.Create("/later", null)));
            await("the first could do it", () -> heard.contains("a done"));
            assertThat(heard)
                    .filteredOn("b new"::equals)
                    .as("once it was heard")
                    .hasSize(1);
            assertThat(session.znodes().read("/later/mine").ephemeralOwner())
                    .isEqualTo(session.znodes().sessionId());
        }
    }

    private static SessionListener onNewSession(Runnable task) {
        return new SessionListener() {
            @Override
            public void onNewSession() {
                task.run();
            }
        };
    }

    @Test
    void tellsAListenerAgainThatFailed() {
        List<String> heard = new CopyOnWriteArrayList<>();
        try (ZkSession session = zooKeeper.session()) {
            session.addListener(onNewSession(() -> {
                heard.add("a told");
                if (heard.size() < 3) {
                    throw new IllegalStateException("a fault of the listener");
                }
            }));
            session.addListener(recorder("b", heard));

            zooKeeper.expire(session.znodes().sessionId());

            await("both have heard it", () -> heard.size() == 4);
            assertThat(heard).containsExactly("b expired", "a told", "b new", "a told");
        }
    }

    @Test
    void tellsAListenerAgainOfASessionThatWasLostWhileItWasTakenUp() {
        List<String> heard = new CopyOnWriteArrayList<>();
        try (ZkSession session = new ZkSession(zooKeeper.config("", 2_000))) {
            session.start();
            session.addListener(new SessionListener() {
                @Override
                public void onNewSession() {
                    boolean isFirst = heard.isEmpty();
                    heard.add("told");
                    if (isFirst) {
                        zooKeeper.stop();
                    }
                    try {
                        session.znodes().commit(List.of(new ZnodeOp.CreateEphemeral("/mine", null)));
                        heard.add("done");
                    } finally {
                        heard.add("returned");
                    }
                }
            });

            zooKeeper.expire(session.znodes().sessionId());

            await("it has given up", () -> heard.contains("returned"));
            assertThat(heard).doesNotContain("done");
            zooKeeper.start();
            await("it has taken up a session", () -> heard.contains("done"));
            assertThat(session.znodes().read("/mine").ephemeralOwner())
                    .isEqualTo(session.znodes().sessionId());
        }
    }

    @Test
    void saysWhereItLookedWhenNobodyAnswers() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String connect = "127.0.0.1:" + silent.getLocalPort();
            ZkSession session = new ZkSession(new ZkConfig(connect, 6_000, 300, 10));
            assertThatThrownBy(session::start)
                    .isInstanceOf(ZkException.class)
                    .hasMessageContaining(connect)
                    .hasMessageContaining("300 ms")
                    .hasMessageContaining("zookeeper.connect");
        }
    }

    @Test
    void goesToTheFirstHostWhereThatOneIsPreferred() {
        try (TestZooKeeper other = new TestZooKeeper()) {
            String connect = zooKeeper.connect() + "," + other.connect();
            for (int i = 0; i < 10; i++) {
                try (ZkSession session = new ZkSession(new ZkConfig(connect, 6_000, 6_000, 10, true))) {
                    session.start();
                    session.znodes().commit(List.of(new ZnodeOp.Create("/" + i, null)));
                }
            }
            try (ZkSession root = zooKeeper.session()) {
                assertThat(root.znodes().children("/")).hasSize(11);
            }
        }
    }

    /** As ZooKeeper does itself to those that come while it starts. */
    @Test
    void triesAgainWhenAConnectionIsNeverAnswered() throws Exception {
        try (ServerSocket door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ZkSession session = new ZkSession(new ZkConfig("127.0.0.1:" + door.getLocalPort(), 6_000, 6_000, 10))) {
            Thread relay = new Thread(() -> leaveOneUnansweredAndRelayTheNext(door), "relay");
            relay.start();

            session.start();

            assertThat(session.znodes().sessionId()).isPositive();
        }
    }

    private void leaveOneUnansweredAndRelayTheNext(ServerSocket door) {
        try (Socket unanswered = door.accept();
                Socket near = door.accept();
                Socket far = new Socket()) {
            far.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), zooKeeper.port()));
            Thread back = new Thread(() -> transfer(far, near), "relay-back");
            back.start();
            transfer(near, far);
        } catch (IOException e) {
            // the session's own answer is what counts
        }
    }

    private static void transfer(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // one of them was closed
        }
    }

    private static SessionListener recorder(String name, List<String> heard) {
        return new SessionListener() {
            @Override
            public void onExpired() {
                heard.add(name + " expired");
            }

            @Override
            public void onNewSession() {
                heard.add(name + " new");
            }

            @Override
            public void onReconnected() {
                heard.add(name + " reconnected");
            }
        };
    }
}
