package io.millrace.broker.controller;

import static io.millrace.broker.Await.await;

import io.millrace.broker.config.ControllerConfig;
import io.millrace.broker.config.LeaderRebalanceConfig;
import io.millrace.broker.loop.LoopThread;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.SecurityProtocol;
import io.millrace.broker.metadata.TopicConfig;
import io.millrace.broker.zk.BrokerPresence;
import io.millrace.broker.zk.BrokerRegistration;
import io.millrace.broker.zk.BrokerRegistry;
import io.millrace.broker.zk.PartitionState;
import io.millrace.broker.zk.PartitionStateStore;
import io.millrace.broker.zk.PersistentPaths;
import io.millrace.broker.zk.ReplicaAssignment;
import io.millrace.broker.zk.TestZooKeeper;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.WatchedWrites;
import io.millrace.broker.zk.ZkSession;
import io.millrace.broker.zk.ZnodeOp;
import io.millrace.broker.zk.Znodes;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.message.AlterPartition;
import io.millrace.protocol.message.AlterPartition.Request.BrokerState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.Message;
import io.millrace.storage.LogConfig;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Controllers and the receiving ends of brokers in one JVM, around a real ZooKeeper. */
final class TestCluster implements AutoCloseable {
    static final String LISTENER = "PLAINTEXT";

    final TestZooKeeper zooKeeper = new TestZooKeeper();
    final ZkSession observer = zooKeeper.session();
    final Map<Integer, FakeBroker> brokers = new ConcurrentHashMap<>();
    private final Map<Integer, Member> members = new TreeMap<>();
    private final ControllerConfig config;
    private final ExecutorService toBrokers = Executors.newSingleThreadExecutor();
    private final Map<Integer, List<Consumer<Boolean>>> portWatches = new ConcurrentHashMap<>();
    final List<Error> fatal = new CopyOnWriteArrayList<>();
    volatile boolean uncleanElection;
    volatile int minInsyncReplicas = 1;

    /** Who has been told to watch over a node by now, by path. */
    final Map<String, Set<Object>> watches = new ConcurrentHashMap<>();

    /** Stands between the controllers and ZooKeeper: gets the steps of a transaction and what carries them out. */
    volatile BiConsumer<List<ZnodeOp>, Runnable> onWrite = (ops, write) -> write.run();

    /** Called on the controller's thread whenever it asks what holds for some topics. */
    volatile Runnable onQuestion = () -> {};

    TestCluster() {
        this(new LeaderRebalanceConfig(false, 300_000, 10));
    }

    TestCluster(LeaderRebalanceConfig rebalance) {
        this(new ControllerConfig(1, 1, true, true, false, rebalance, true));
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

    /** How many watch over the port of a broker. */
    int portWatches(int broker) {
        return portWatches.getOrDefault(broker, List.of()).size();
    }

    /** All who watch over the port of a broker hear that it refuses connections, or takes them again. */
    void port(int broker, boolean open) {
        portWatches.get(broker).forEach(watch -> watch.accept(open));
    }

    /** The channel to a broker, whose port does what a test says. */
    private record WatchedChannel(BrokerChannel channel, List<Consumer<Boolean>> watches, List<Consumer<Boolean>> own)
            implements BrokerChannel {
        WatchedChannel(BrokerChannel channel, List<Consumer<Boolean>> watches) {
            this(channel, watches, new CopyOnWriteArrayList<>());
        }

        @Override
        public void send(Message request, Consumer<Message> onResponse, Consumer<RuntimeException> onFailure) {
            channel.send(request, onResponse, onFailure);
        }

        @Override
        public void watchPort(Consumer<Boolean> onPort) {
            own.add(onPort);
            watches.add(onPort);
        }

        @Override
        public void close() {
            watches.removeAll(own);
            channel.close();
        }
    }

    Member start(int id) {
        return start(id, null);
    }

    Member start(int id, String rack) {
        return start(id, rack, false);
    }

    /** @param unclean whether it may have lost records */
    Member start(int id, String rack, boolean unclean) {
        brokers.put(id, new FakeBroker());
        ZkSession session = zooKeeper.session();
        BrokerPresence presence = new BrokerPresence(
                new BrokerRegistry(session.znodes(), Clock.systemUTC()),
                new BrokerRegistration(
                        id,
                        List.of(new Endpoint(LISTENER, SecurityProtocol.PLAINTEXT, "127.0.0.1", 9000 + id)),
                        rack,
                        unclean),
                6_000,
                e -> {});
        LoopThread loop = new LoopThread("controller", 5_000, fatal::add);
        Controller controller = new Controller(
                config,
                id,
                LISTENER,
                new WatchedWrites(
                        session.znodes(),
                        (ops, write) -> onWrite.accept(ops, write),
                        (path, watch) -> watches.computeIfAbsent(path, key -> ConcurrentHashMap.newKeySet())
                                .add(watch)),
                Clock.systemUTC(),
                broker -> {
                    BrokerChannel channel =
                            new LocalBrokerChannel(broker.id(), brokers.get(broker.id()), toBrokers, fatal::add);
                    return broker.id() == id
                            ? channel
                            : new WatchedChannel(
                                    channel,
                                    portWatches.computeIfAbsent(broker.id(), key -> new CopyOnWriteArrayList<>()));
                },
                topics -> {
                    onQuestion.run();
                    return topics.stream()
                            .collect(Collectors.toMap(
                                    topic -> topic,
                                    topic -> new TopicConfig(LogConfig.DEFAULT, minInsyncReplicas, uncleanElection)));
                },
                loop);
        brokers.get(id).metadata.addListener(news -> presence.onNews());
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

    /** Makes topics whose replicas are where the assignment says, and waits until they are led. */
    CreatedTopic createTopic(String name, Map<Integer, List<Integer>> assignment) {
        CreatedTopic created = controller()
                .controller()
                .topicAdmin()
                .createTopics(List.of(new NewTopic(name, -1, -1, assignment, Map.of())))
                .join()
                .get(0);
        if (created.error().failed()) {
            throw new AssertionError(created);
        }
        assignment.forEach((partition, replicas) -> replicas.forEach(broker -> await(
                "broker " + broker + " keeps " + name + "-" + partition,
                () -> brokers.get(broker).replicas.containsKey(new TopicPartition(name, partition)))));
        return created;
    }

    /** The leader that a broker was told of last for its replica, or -1 as long as it was told of no such replica. */
    int leaderToldTo(int broker, String topic, int partition) {
        LeaderAndIsrPartitionState told = brokers.get(broker).replicas.get(new TopicPartition(topic, partition));
        return told == null ? -1 : told.leader;
    }

    /** The state of a partition as ZooKeeper has it. */
    PartitionState state(String topic, int partition) {
        return new PartitionStateStore(znodes())
                .states(List.of(new TopicPartition(topic, partition)))
                .get(new TopicPartition(topic, partition));
    }

    /** The assignment of a partition as ZooKeeper has it. */
    ReplicaAssignment assignment(String topic, int partition) {
        return new TopicStore(znodes()).assignment(topic).partitions().get(partition);
    }

    /** Has the leader of a partition say who is in sync; the error it is answered with. */
    ErrorCode proposeIsr(String topic, int partition, Integer... isr) {
        AlterPartition.Response response = propose(topic, partition, isr).join();
        return response.topics.isEmpty()
                ? ErrorCode.of(response.errorCode)
                : ErrorCode.of(response.topics.get(0).partitions.get(0).errorCode);
    }

    /** Likewise, not waiting for the answer, which may be none. */
    CompletableFuture<AlterPartition.Response> propose(String topic, int partition, Integer... isr) {
        PartitionState now = state(topic, partition);
        AlterPartition.Request.PartitionData proposal = new AlterPartition.Request.PartitionData();
        proposal.partitionIndex = partition;
        proposal.leaderEpoch = now.leaderEpoch();
        proposal.partitionEpoch = now.version();
        proposal.newIsrWithEpochs = new ArrayList<>();
        for (int member : isr) {
            BrokerState broker = new BrokerState();
            broker.brokerId = member;
            broker.brokerEpoch = brokerEpoch(member);
            proposal.newIsrWithEpochs.add(broker);
        }
        AlterPartition.Request.TopicData ofTopic = new AlterPartition.Request.TopicData();
        ofTopic.topicId = new TopicStore(znodes()).assignment(topic).id();
        ofTopic.partitions = List.of(proposal);
        AlterPartition.Request request = new AlterPartition.Request();
        request.brokerId = now.leader();
        request.brokerEpoch = brokerEpoch(now.leader());
        request.topics = List.of(ofTopic);
        return controller().controller().partitionAdmin().alterPartition(request, 3);
    }

    /** Starts brokers 1 up to this one, and waits until all know each other; the first is the controller. */
    void startAll(int last) {
        for (int id = 1; id <= last; id++) {
            start(id);
            if (id == 1) {
                controller();
            }
        }
        for (int id = 1; id <= last; id++) {
            int broker = id;
            await(
                    "broker " + id + " knows all",
                    () -> brokers.get(broker).snapshot().brokers().size() == last);
        }
    }

    /** Waits until what has been sent to brokers so far has arrived. */
    void awaitDelivery() {
        CompletableFuture.runAsync(() -> {}, toBrokers).join();
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
