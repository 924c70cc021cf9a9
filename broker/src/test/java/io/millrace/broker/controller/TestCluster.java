package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;

import io.millrace.broker.config.ControllerConfig;
import io.millrace.broker.loop.LoopThread;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.SecurityProtocol;
import io.millrace.broker.metadata.TopicConfig;
import io.millrace.broker.zk.BrokerPresence;
import io.millrace.broker.zk.BrokerRegistration;
import io.millrace.broker.zk.BrokerRegistry;
import io.millrace.broker.zk.PersistentPaths;
import io.millrace.broker.zk.TestZooKeeper;
import io.millrace.broker.zk.ZkSession;
import io.millrace.broker.zk.Znodes;
import io.millrace.storage.LogConfig;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Controllers and the receiving ends of brokers in one JVM, around a real ZooKeeper. */
final class TestCluster implements AutoCloseable {
    static final String LISTENER = "PLAINTEXT";

    final TestZooKeeper zooKeeper = new TestZooKeeper();
    final ZkSession observer = zooKeeper.session();
    final Map<Integer, FakeBroker> brokers = new ConcurrentHashMap<>();
    private final Map<Integer, Member> members = new TreeMap<>();
    private final ControllerConfig config;
    private final ExecutorService toBrokers = Executors.newSingleThreadExecutor();
    final List<Error> fatal = new CopyOnWriteArrayList<>();
    volatile boolean uncleanElection;

    TestCluster() {
        this(new ControllerConfig(1, 1, true, true, false));
    }

    TestCluster(ControllerConfig config) {
        this.config = config;
        PersistentPaths.ensure(observer.znodes());
    }

    /** One broker's session, registration and controller. */
    record Member(int id, ZkSession session, BrokerPresence presence, Controller controller, LoopThread loop) {

        void close() {
            controller.close();
            loop.interrupt();
            loop.close();
            session.close();
        }
    }

    Znodes znodes() {
        return observer.znodes();
    }

    Member start(int id) {
        return start(id, null);
    }

    Member start(int id, String rack) {
        brokers.put(id, new FakeBroker());
        ZkSession session = zooKeeper.session();
        BrokerPresence presence = new BrokerPresence(
                new BrokerRegistry(session.znodes(), Clock.systemUTC()),
                new BrokerRegistration(
                        id, List.of(new Endpoint(LISTENER, SecurityProtocol.PLAINTEXT, "127.0.0.1", 9000 + id)), rack),
                6_000,
                e -> {});
        LoopThread loop = new LoopThread("controller", 5_000, fatal::add);
        Controller controller = new Controller(
                config,
                id,
                LISTENER,
                session.znodes(),
                Clock.systemUTC(),
                broker -> new LocalBrokerChannel(broker.id(), brokers.get(broker.id()), toBrokers, fatal::add),
                topic -> new TopicConfig(LogConfig.DEFAULT, 1, uncleanElection),
                loop);
        session.addListener(presence);
        session.addListener(controller);
        presence.start();
        controller.start();
        Member member = new Member(id, session, presence, controller, loop);
        members.put(id, member);
        return member;
    }

    /** The epoch under which a member is registered, or -1 for somebody who is none. */
    long brokerEpoch(int id) {
        Member member = members.get(id);
        return member == null ? -1 : member.presence().epoch();
    }

    /** Waits until one of the members is the controller. */
    Member controller() {
        await(
                "there is a controller",
                () -> members.values().stream().anyMatch(m -> m.controller().isActive()));
        return members.values().stream()
                .filter(member -> member.controller().isActive())
                .findFirst()
                .orElseThrow();
    }

    /** Stops a member as if its process had been killed: its session ends. */
    void kill(int id) {
        members.remove(id).close();
    }

    @Override
    public void close() {
        members.values().forEach(Member::close);
        toBrokers.shutdown();
        observer.close();
        zooKeeper.close();
    }
}
