package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.ControllerConfig;
import io.millrace.broker.config.LeaderRebalanceConfig;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.SecurityProtocol;
import io.millrace.broker.replica.TestLoop;
import io.millrace.broker.zk.BrokerRegistration;
import io.millrace.broker.zk.BrokerRegistry;
import io.millrace.broker.zk.ControllerStore;
import io.millrace.broker.zk.MemoryZnodes;
import io.millrace.broker.zk.MemoryZooKeeper;
import io.millrace.broker.zk.PersistentPaths;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.ZkException;
import io.millrace.broker.zk.Znodes;
import io.millrace.protocol.message.Message;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.zookeeper.KeeperException.Code;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IncumbentWatchTest {
    private static final int INCUMBENT = 2;
    private static final long LONG_MS = 60_000;

    private final TestLoop loop = new TestLoop();
    private final MemoryZooKeeper zooKeeper = new MemoryZooKeeper(loop::nowMs);
    private final MemoryZnodes theirs = new MemoryZnodes(zooKeeper);
    private final ControllerStore theirStore = new ControllerStore(theirs, Clock.systemUTC());
    private Consumer<Boolean> port = open -> {};

    /** How ZooKeeper fails us: before it has done what we write, or after. */
    private enum Away {
        NO,
        BEFORE,
        AFTER
    }

    private Away away = Away.NO;
    private int attempts;
    private IncumbentWatch watch;

    @BeforeEach
    void elect() {
        PersistentPaths.ensure(theirs);
        new BrokerRegistry(theirs, Clock.systemUTC())
                .register(
                        new BrokerRegistration(
                                INCUMBENT,
                                List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", 9092)),
                                null,
                                false),
                        0);
        MemoryZnodes seen = new MemoryZnodes(zooKeeper);
        Znodes ours = failing(seen);
        watch = new IncumbentWatch(
                new ControllerContext(
                        1,
                        "PLAINTEXT",
                        new ControllerConfig(1, 1, true, true, false, new LeaderRebalanceConfig(false, 1, 1), true),
                        ours,
                        new ControllerStore(ours, Clock.systemUTC()),
                        new BrokerRegistry(ours, Clock.systemUTC()),
                        new TopicStore(ours),
                        broker -> new Channel(),
                        topics -> Map.of(),
                        new ControllerWatches((name, action) -> {}),
                        (name, active, action, delayMs) -> {}),
                loop);
        win();
    }

    @Test
    void freesTheOfficeOfAControllerThatRefusesConnections() {
        port.accept(false);
        loop.run();

        assertThat(holder()).isNull();
    }

    @Test
    void leavesTheOfficeToAControllerWhosePortIsOpenAgainByThen() {
        port.accept(false);
        port.accept(true);
        loop.advance(LONG_MS);

        assertThat(holder()).isEqualTo(INCUMBENT);

        port.accept(false);
        loop.run();

        assertThat(holder()).as("it was not deposed before").isNull();
    }

    @Test
    void triesAgainUntilZooKeeperAnswers() {
        away = Away.BEFORE;
        port.accept(false);
        loop.advance(LONG_MS);
        assertThat(holder()).isEqualTo(INCUMBENT);
        assertThat(attempts).isGreaterThan(10);

        away = Away.NO;
        loop.advance(LONG_MS);

        assertThat(holder()).isNull();
    }

    @Test
    void doesNotTryAgainOnceThePortIsOpen() {
        away = Away.BEFORE;
        port.accept(false);
        loop.run();
        port.accept(true);
        away = Away.NO;
        loop.advance(LONG_MS);

        assertThat(holder()).isEqualTo(INCUMBENT);
        assertThat(attempts).isEqualTo(1);

        port.accept(false);
        loop.run();

        assertThat(holder()).as("nothing was done to it before").isNull();
    }

    @Test
    void triesOnceAtATimeHoweverOftenThePortOpensAndCloses() {
        away = Away.BEFORE;
        for (int i = 0; i < 10; i++) {
            port.accept(false);
            loop.run();
            port.accept(true);
            loop.run();
        }
        port.accept(false);
        loop.run();
        int before = attempts;
        loop.advance(10_000);

        assertThat(attempts - before).isBetween(5, 10);
    }

    @Test
    void deposesOneLifeOnceAtTheMost() {
        port.accept(false);
        loop.run();
        win();
        port.accept(false);
        loop.advance(LONG_MS);

        assertThat(holder()).isEqualTo(INCUMBENT);
    }

    @Test
    void deposesOneLifeOnceAtTheMostAlsoIfTheAnswerWasLost() {
        away = Away.AFTER;
        port.accept(false);
        loop.run();
        assertThat(holder()).isNull();
        away = Away.NO;
        win();
        port.accept(false);
        loop.advance(LONG_MS);

        assertThat(holder()).isEqualTo(INCUMBENT);
    }

    /** The incumbent wins an election, and is watched. */
    private void win() {
        ControllerStore.Term term = theirStore.elect(INCUMBENT);
        assertThat(term).isNotNull();
        watch.over(INCUMBENT, term.zkVersion());
    }

    private Integer holder() {
        theirs.sync("/controller");
        return theirStore.controllerId(() -> {});
    }

    private Znodes failing(Znodes znodes) {
        return (Znodes) Proxy.newProxyInstance(
                Znodes.class.getClassLoader(), new Class<?>[] {Znodes.class}, (proxy, method, arguments) -> {
                    boolean writes = method.getName().equals("commit");
                    attempts += writes ? 1 : 0;
                    Object result = null;
                    if (!writes || away != Away.BEFORE) {
                        try {
                            result = method.invoke(znodes, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }
                    if (writes && away != Away.NO) {
                        throw new ZkException("Writing: ZooKeeper does not answer", Code.CONNECTIONLOSS, -1, null);
                    }
                    return result;
                });
    }

    /** The way to the incumbent, whose port does what the test says. */
    private final class Channel implements BrokerChannel {
        @Override
        public void send(Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {}

        @Override
        public void watchPort(Consumer<Boolean> onPort) {
            port = onPort;
        }

        @Override
        public void close() {
            port = open -> {};
        }
    }
}
