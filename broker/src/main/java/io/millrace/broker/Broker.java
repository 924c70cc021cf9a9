package io.millrace.broker;

import io.millrace.broker.admin.ConfigAdmin;
import io.millrace.broker.admin.ConfigDescriber;
import io.millrace.broker.admin.DynamicConfigs;
import io.millrace.broker.api.AlterConfigsHandler;
import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.ApiRegistry;
import io.millrace.broker.api.ControllerHandlers;
import io.millrace.broker.api.CreatePartitionsHandler;
import io.millrace.broker.api.CreateTopicsHandler;
import io.millrace.broker.api.DeleteRecordsHandler;
import io.millrace.broker.api.DeleteTopicsHandler;
import io.millrace.broker.api.DescribeClusterHandler;
import io.millrace.broker.api.DescribeConfigsHandler;
import io.millrace.broker.api.DescribeLogDirsHandler;
import io.millrace.broker.api.DescribeProducersHandler;
import io.millrace.broker.api.ElectLeadersHandler;
import io.millrace.broker.api.FetchHandler;
import io.millrace.broker.api.IncrementalAlterConfigsHandler;
import io.millrace.broker.api.InitProducerIdHandler;
import io.millrace.broker.api.LeaderAndIsrHandler;
import io.millrace.broker.api.ListOffsetsHandler;
import io.millrace.broker.api.MetadataHandler;
import io.millrace.broker.api.OffsetForLeaderEpochHandler;
import io.millrace.broker.api.ProduceHandler;
import io.millrace.broker.api.StopReplicaHandler;
import io.millrace.broker.api.UpdateMetadataHandler;
import io.millrace.broker.config.BrokerConfig;
import io.millrace.broker.config.ListenerConfig;
import io.millrace.broker.config.LiveBrokerConfig;
import io.millrace.broker.config.ZooKeeperConfig;
import io.millrace.broker.config.ZooKeeperEnsemble;
import io.millrace.broker.controller.ChannelOpener;
import io.millrace.broker.controller.ControlledExit;
import io.millrace.broker.controller.Controller;
import io.millrace.broker.controller.ControllerCommands;
import io.millrace.broker.controller.ControllerConnection;
import io.millrace.broker.controller.ControllerSocket;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.controller.ProducerIdRequests;
import io.millrace.broker.group.DeletedTopics;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.group.GroupThread;
import io.millrace.broker.group.OffsetsLeadership;
import io.millrace.broker.group.OffsetsTopic;
import io.millrace.broker.group.ReplicatedOffsetLog;
import io.millrace.broker.group.api.GroupHandlers;
import io.millrace.broker.loop.LoopThread;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.InternalTopics;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.SecurityProtocol;
import io.millrace.broker.metadata.TopicConfig;
import io.millrace.broker.metadata.TopicConfigs;
import io.millrace.broker.net.SocketServer;
import io.millrace.broker.replica.DeadlineTimer;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.broker.replica.TopicSettings;
import io.millrace.broker.replica.TopicSettingsSource;
import io.millrace.broker.zk.BrokerPresence;
import io.millrace.broker.zk.BrokerRegistration;
import io.millrace.broker.zk.BrokerRegistry;
import io.millrace.broker.zk.ClusterIdentity;
import io.millrace.broker.zk.ConfigChanges;
import io.millrace.broker.zk.ConfigEntity;
import io.millrace.broker.zk.ConfigStore;
import io.millrace.broker.zk.DuplicateBrokerException;
import io.millrace.broker.zk.EmbeddedZooKeeper;
import io.millrace.broker.zk.LogDirAnnouncement;
import io.millrace.broker.zk.MalformedZnodeException;
import io.millrace.broker.zk.Notices;
import io.millrace.broker.zk.OwnZooKeeper;
import io.millrace.broker.zk.PersistentPaths;
import io.millrace.broker.zk.ProducerIds;
import io.millrace.broker.zk.TopicStore;
import io.millrace.broker.zk.ZkException;
import io.millrace.broker.zk.ZkPaths;
import io.millrace.broker.zk.ZkSession;
import io.millrace.broker.zk.Znodes;
import io.millrace.broker.zk.ZooKeeperPeer;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageException;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One broker, from the files up to the ports. {@link #start} makes every part from those it rests on, so the page reads as
 * the architecture: storage, ZooKeeper, replicas, groups, controller, network. {@link #close} takes them down in reverse.
 *
 * <p>Used by {@link Main} for a process of its own, and as it is inside other programs, such as tests. One thread starts and
 * closes it.
 */
public final class Broker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

    private static final long TASKS_END_TIMEOUT_S = 10;

    /** Longer than a write to ZooKeeper takes. */
    private static final long CONTROLLER_ENDS_TIMEOUT_MS = 5_000;

    private enum State {
        LATENT,
        STARTED,
        CLOSED
    }

    private final BrokerConfig config;
    private final Clock clock = Clock.systemUTC();
    private final Consumer<Throwable> onFatalError;

    /** What has been started, the last on top. */
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    private volatile @Nullable BrokerPresence presence;
    private State state = State.LATENT;
    private int id = -1;
    private String clusterId = "";
    private Map<String, Integer> ports = Map.of();

    /** A broker that goes on after an error that only a new process can mend, for use inside other programs. */
    public Broker(BrokerConfig config) {
        this(config, e -> LOG.error("This broker can no longer be relied on; close it and start another", e));
    }

    /** @param onFatalError told, on any thread, when the broker cannot go on; it should end the process */
    public Broker(BrokerConfig config, Consumer<Throwable> onFatalError) {
        this.config = config;
        this.onFatalError = onFatalError;
    }

    /** Its id: the configured one, or the one it was given. Known once it is started. */
    public int id() {
        return id;
    }

    /** The id of the cluster it belongs to. Known once it is started. */
    public String clusterId() {
        return clusterId;
    }

    /**
     * The port of a listener, also where port 0 left the choice to the system.
     *
     * @param listener its name, in upper case
     */
    public int port(String listener) {
        Integer port = ports.get(listener);
        if (port == null) {
            throw new IllegalArgumentException("This broker has no listener " + listener + " but " + ports.keySet());
        }
        return port;
    }

    /**
     * Starts everything; when it returns, clients are served. If it fails, nothing is left running.
     *
     * @throws IOException naming what is in the way: a port, a directory, a broker with the same id
     */
    public synchronized void start() throws IOException {
        if (state != State.LATENT) {
            throw new IllegalStateException("The broker is " + state);
        }
        state = State.STARTED;
        try {
            startParts();
        } catch (DuplicateBrokerException | MalformedZnodeException | StorageException | ZkException e) {
            // What the world around us is to blame for, in a sentence for people.
            close();
            throw new IOException(e.getMessage(), e);
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void startParts() throws IOException {
        // The directories first: whoever holds them is the broker.
        LogManager logs = own(new LogManager(config.storage(), clock));
        logs.lockDirs();

        // Netty and ZooKeeper take the largest parts of a start, and neither needs the other.
        CompletableFuture<SocketServer> network = CompletableFuture.supplyAsync(
                () -> new SocketServer(config.net()), task -> new Thread(task, "network").start());
        own(() -> network.join().close());
        OwnZooKeeper zooKeeper = startZooKeeper();
        ZkSession session =
                own(new ZkSession(config.zooKeeper().session(zooKeeper == null ? "" : zooKeeper.connectString())));
        session.start();
        Znodes znodes = session.znodes();
        PersistentPaths.ensure(znodes);
        identify(logs, new ClusterIdentity(znodes));
        if (zooKeeper != null) {
            // The directories are ours, so the process that is registered there under our id is gone.
            zooKeeper.endSessionOwning(ZkPaths.brokerId(id));
        }

        ExecutorService tasks = ownThread("tasks");
        ConfigStore configStore = new ConfigStore(znodes);
        LiveBrokerConfig live = new LiveBrokerConfig(config);
        TopicConfigs topicConfigs =
                new TopicConfigs(topic -> configStore.effectiveConfigs(ConfigEntity.topic(topic)), live::now);
        MetadataCache metadata = new MetadataCache(clusterId, this::epoch);
        DeadlineTimer timer = own(new DeadlineTimer(onFatalError));
        Replication replication =
                own(new Replication(config, id, metadata, timer, this::epoch, new TopicStore(znodes)::idNow));
        ReplicaManager replicas = new ReplicaManager(
                config.replica(id), logs, metadata, replicaSettings(topicConfigs), replication.environment());
        // It holds none of the locks of the thread that saw a directory fail, and does not wait for ZooKeeper: the
        // controller is heard even while ZooKeeper is not.
        ExecutorService replicaChanges = ownThread("replica-changes");
        LogDirAnnouncement announcement = new LogDirAnnouncement(new Notices(znodes), id, tasks);
        logs.onDirFailure(dir -> {
            unlessClosing(() -> replicas.onDirFailure(dir), replicaChanges);
            announcement.onDirFailure();
            if (!logs.anyDirOnline()) {
                // It would be there for clients and the controller, and have nothing to serve.
                onFatalError.accept(new IOException("Every log directory has failed, of "
                        + config.storage().logDirs() + ": repair or replace the disk and start the broker again"));
            }
        });
        logs.onLoaded(partition -> unlessClosing(
                () -> {
                    if (!replicas.onLogLoaded(partition)) {
                        // The controller asks again, and is told.
                        announcement.onDirFailure();
                    }
                },
                replicaChanges));
        logs.onDamage(replicas::onDamage);

        // Read at once and before the logs are: a ZooKeeper that falters must not look like a directory that does.
        DynamicConfigs dynamicConfigs =
                new DynamicConfigs(id, configStore, live, topicConfigs, () -> topicsInUse(metadata, logs));
        dynamicConfigs.begin();
        logs.start(id, clusterId, topic -> topicConfigs.lastHeard(topic).log()).whenComplete((loaded, e) -> {
            if (e != null) {
                onFatalError.accept(e);
            }
        });

        topicConfigs.addListener((topic, settings) -> replicas.updateSettings(topic, replicaSettings(settings)));

        // What the controller says to this broker takes no socket while this broker is the controller.
        UpdateMetadataHandler updateMetadata = new UpdateMetadataHandler(metadata, replicas.config()::isForController);
        ControllerCommands commands = new LocalCommands(replicas, updateMetadata);
        BrokerRegistry registry = new BrokerRegistry(znodes, clock);
        ChannelOpener channels = own(new ChannelOpener(id, config.controlPlaneListener(), commands, onFatalError));
        LoopThread controllerLoop = own(new LoopThread("controller", CONTROLLER_ENDS_TIMEOUT_MS, onFatalError));
        own(controllerLoop::interrupt);
        Controller controller = own(new Controller(
                config.controller(),
                id,
                config.interBrokerListener(),
                znodes,
                clock,
                channels,
                topics -> topicConfigs.of(topics, configStore.topicConfigs(topics)),
                controllerLoop));

        ControllerConnection toController = new ControllerConnection(
                id,
                metadata,
                controller.partitionAdmin(),
                new ControllerSocket(metadata, config.controlPlaneListener(), channels::connections));
        topicConfigs.addListener((topic, settings) -> {
            controller.onMinInsyncReplicas(topic);
            if (settings.uncleanLeaderElection()) {
                controller.onUncleanElectionAllowed(topic);
            }
        });

        OffsetsTopic offsetsTopic = new OffsetsTopic(config.group().offsets(), metadata, controller.topicAdmin());
        GroupCoordinator groups = startGroups(offsetsTopic, replicas, metadata);

        List<ApiHandler> handlers = new ArrayList<>();
        handlers.add(new ProduceHandler(replicas, metadata));
        handlers.add(new FetchHandler(replicas, metadata));
        handlers.add(new ListOffsetsHandler(replicas, ownThread("offsets-by-time")));
        handlers.add(new OffsetForLeaderEpochHandler(replicas));
        handlers.add(new DeleteRecordsHandler(replicas));
        handlers.add(new DescribeProducersHandler(replicas));
        handlers.add(new DescribeLogDirsHandler(logs, tasks));
        handlers.add(new LeaderAndIsrHandler(replicas, replicaChanges));
        handlers.add(new StopReplicaHandler(replicas, replicaChanges));
        handlers.add(updateMetadata);
        handlers.add(new InitProducerIdHandler(
                new ProducerIds(new ProducerIdRequests(id, this::epoch, toController), tasks)));
        handlers.addAll(ControllerHandlers.all(controller.partitionAdmin(), replicas.config()::isForController));
        handlers.addAll(GroupHandlers.all(groups, offsetsTopic, metadata));
        handlers.addAll(
                adminHandlers(controller, metadata, new ConfigAdmin(id, configStore, metadata, live), live, tasks));

        // Closed before what its requests rest on.
        SocketServer server = own(network.join());
        ports = server.bind(new ApiRegistry(handlers), onFatalError::accept);

        // From here on others see this broker; the controller, perhaps this one, gives it its partitions.
        BrokerPresence registered = new BrokerPresence(
                registry,
                new BrokerRegistration(id, endpoints(), config.rack(), logs.mayHaveLost()),
                config.zooKeeper().sessionTimeoutMs(),
                onFatalError::accept);
        presence = registered;
        registered.onSeenTo(() -> unlessClosing(logs::onLossSeenTo, tasks));
        metadata.addListener(news -> registered.onNews());
        // Before the first registration, whose session may end at once.
        session.addListener(registered);
        registered.start();
        ConfigChanges configChanges =
                new ConfigChanges(znodes, clock, tasks, dynamicConfigs::onChange, dynamicConfigs::onAllChanged);
        session.addListener(announcement);
        session.addListener(controller);
        session.addListener(configChanges);
        configChanges.start();
        controller.start();
        server.start();
        own(new ControlledExit(
                config.controlledShutdown(), id, this::epoch, toController, replicas::leadsWithFollowers));
    }

    private @Nullable OwnZooKeeper startZooKeeper() throws IOException {
        ZooKeeperConfig its = config.zooKeeper();
        if (!its.embedded()) {
            return null;
        }
        ZooKeeperEnsemble ensemble = its.ensemble();
        OwnZooKeeper zooKeeper = own(
                ensemble == null
                        ? new EmbeddedZooKeeper(its.embeddedDataDir(), its.embeddedPort(), onFatalError)
                        : new ZooKeeperPeer(its.embeddedDataDir(), ensemble, onFatalError));
        zooKeeper.start();
        return zooKeeper;
    }

    private static void unlessClosing(Runnable action, Executor thread) {
        try {
            thread.execute(action);
        } catch (RejectedExecutionException e) {
            LOG.debug("Left out because the broker is closing");
        }
    }

    private void identify(LogManager logs, ClusterIdentity identity) {
        clusterId = identity.clusterId();
        if (config.brokerId() >= 0) {
            id = config.brokerId();
        } else {
            OptionalInt stored = logs.storedBrokerId();
            id = stored.isPresent() ? stored.getAsInt() : identity.nextBrokerId(config.reservedBrokerMaxId());
        }
    }

    private GroupCoordinator startGroups(OffsetsTopic offsetsTopic, ReplicaManager replicas, MetadataCache metadata) {
        ReplicatedOffsetLog log = own(new ReplicatedOffsetLog(config.group().offsets(), offsetsTopic, replicas));
        GroupThread thread = own(new GroupThread(onFatalError));
        GroupCoordinator groups = new GroupCoordinator(config.group(), thread, log);
        own(groups::close);
        replicas.addListener(new OffsetsLeadership(groups));
        metadata.addListener(new DeletedTopics(groups, metadata.snapshot()));
        thread.start();
        return groups;
    }

    private List<ApiHandler> adminHandlers(
            Controller controller, MetadataCache metadata, ConfigAdmin configs, LiveBrokerConfig live, Executor tasks) {
        return List.of(
                new MetadataHandler(
                        metadata,
                        controller.topicAdmin(),
                        config.controller().autoCreateTopicsEnable(),
                        this::autoCreated),
                new DescribeClusterHandler(metadata),
                new CreateTopicsHandler(controller, metadata, new ConfigDescriber(live)),
                new DeleteTopicsHandler(
                        controller, metadata, config.controller().deleteTopicEnable()),
                new CreatePartitionsHandler(controller, metadata),
                new ElectLeadersHandler(controller.partitionAdmin(), metadata),
                new DescribeConfigsHandler(configs, tasks),
                new AlterConfigsHandler(configs, tasks),
                new IncrementalAlterConfigsHandler(configs, tasks));
    }

    /** Where others find this broker: the advertised listeners, or those it is bound to. */
    private List<Endpoint> endpoints() throws IOException {
        List<Endpoint> endpoints = new ArrayList<>();
        for (ListenerConfig listener : config.advertisedListeners()) {
            String host =
                    listener.host().isEmpty() ? InetAddress.getLocalHost().getCanonicalHostName() : listener.host();
            int port = listener.port() == 0 ? port(listener.name()) : listener.port();
            endpoints.add(new Endpoint(listener.name(), SecurityProtocol.PLAINTEXT, host, port));
        }
        return endpoints;
    }

    private NewTopic autoCreated(String topic) {
        return topic.equals(InternalTopics.CONSUMER_OFFSETS)
                ? OffsetsTopic.newTopic(config.group().offsets())
                : new NewTopic(topic, -1, -1, Map.of());
    }

    private long epoch() {
        BrokerPresence registered = presence;
        return registered == null ? -1 : registered.epoch();
    }

    // The controller may have yet to say which topics there are; logs lie here all the same.
    private static Set<String> topicsInUse(MetadataCache metadata, LogManager logs) {
        Set<String> topics = new HashSet<>();
        metadata.snapshot().topics().forEach(topic -> topics.add(topic.name()));
        logs.logs().forEach(log -> topics.add(log.topicPartition().topic()));
        return topics;
    }

    private static TopicSettingsSource replicaSettings(TopicConfigs configs) {
        return new TopicSettingsSource() {
            @Override
            public TopicSettings of(String topic) {
                return replicaSettings(configs.of(topic));
            }

            @Override
            public TopicSettings lastHeard(String topic) {
                return replicaSettings(configs.lastHeard(topic));
            }
        };
    }

    private static TopicSettings replicaSettings(TopicConfig settings) {
        return new TopicSettings(settings.log(), settings.minInsyncReplicas());
    }

    private ExecutorService ownThread(String name) {
        ExecutorService thread = Executors.newSingleThreadExecutor(task -> new Thread(task, name));
        own(() -> {
            thread.shutdown();
            if (!thread.awaitTermination(TASKS_END_TIMEOUT_S, TimeUnit.SECONDS)) {
                LOG.warn("The thread {} still works {} s after it was asked to end", name, TASKS_END_TIMEOUT_S);
            }
        });
        return thread;
    }

    private <T extends AutoCloseable> T own(T part) {
        started.push(part);
        return part;
    }

    /** Stops serving, closes the logs in order and leaves the cluster. Does nothing the second time. */
    @Override
    public synchronized void close() {
        state = State.CLOSED;
        while (!started.isEmpty()) {
            AutoCloseable part = started.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("Could not close {}", part, e);
            }
        }
    }
}
