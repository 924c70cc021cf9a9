package io.millrace.broker.simulation;

import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.ControllerHandlers;
import io.millrace.broker.api.FetchHandler;
import io.millrace.broker.api.LeaderAndIsrHandler;
import io.millrace.broker.api.OffsetForLeaderEpochHandler;
import io.millrace.broker.api.ProduceHandler;
import io.millrace.broker.api.StopReplicaHandler;
import io.millrace.broker.api.UpdateMetadataHandler;
import io.millrace.broker.config.ControllerConfig;
import io.millrace.broker.config.FetcherConfig;
import io.millrace.broker.config.LeaderRebalanceConfig;
import io.millrace.broker.config.ReplicaConfig;
import io.millrace.broker.controller.BrokerChannel;
import io.millrace.broker.controller.Controller;
import io.millrace.broker.controller.ControllerCommands;
import io.millrace.broker.controller.LocalBrokerChannel;
import io.millrace.broker.fetcher.ReplicaFetchers;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.SecurityProtocol;
import io.millrace.broker.metadata.TopicConfig;
import io.millrace.broker.replica.AlterPartitions;
import io.millrace.broker.replica.Partition;
import io.millrace.broker.replica.ReplicaEnvironment;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.broker.replica.TopicSettings;
import io.millrace.broker.zk.BrokerPresence;
import io.millrace.broker.zk.BrokerRegistration;
import io.millrace.broker.zk.BrokerRegistry;
import io.millrace.broker.zk.LiveBroker;
import io.millrace.broker.zk.MemoryZooKeeper;
import io.millrace.broker.zk.TopicStore;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.AlterPartition;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.UpdateMetadata;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.log.PartitionLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One life of a broker: the parts that {@link io.millrace.broker.Broker} makes, as far as they have to do with replication,
 * put together in the same order, on simulated threads, sessions and links. It lives until {@link #kill}.
 */
final class SimulatedBroker {
    static final String LISTENER = "PLAINTEXT";
    static final String CLUSTER_ID = "s55IFEEGTjeRx610tWIVxg";
    static final long LAG_TIME_MAX_MS = 1_500;

    private static final int FETCH_WAIT_MS = 500;

    /** Small, so that logs roll. */
    private static final LogConfig LOG = LogConfig.DEFAULT.toBuilder()
            .segmentBytes(4_096)
            .segmentIndexBytes(256)
            .indexIntervalBytes(512)
            .build();

    private static final int MIN_INSYNC_REPLICAS = 2;

    /** Often, so that leadership moves without need too. */
    private static final LeaderRebalanceConfig REBALANCE = new LeaderRebalanceConfig(true, 3_000, 10);

    private final SimulatedNetwork network;
    private final VirtualTime time;
    private final int id;
    private final Life life;
    private final SimulatedThread io;
    private final SimulatedSession session;
    private final LogManager logs;
    private final MetadataCache metadata;
    private final ReplicaManager replicas;
    private final Controller controller;
    private final Map<Integer, SimulatedPool> toController = new HashMap<>();
    private @Nullable BrokerPresence presence;
    private Path remains;
    private final Map<ApiKey, ApiHandler> handlers = new EnumMap<>(ApiKey.class);
    private final Path dir;
    private final Map<Partition, Invariants.Checked> checked = new IdentityHashMap<>();
    private final List<Runnable> deathWatches = new ArrayList<>();

    /**
     * Starts it: its logs are ready when this returns, and it registers and stands for election a little later.
     *
     * @param dir what a former life left, or empty
     */
    SimulatedBroker(SimulatedNetwork network, MemoryZooKeeper zooKeeper, int id, int lifeNumber, Path dir) {
        this.network = network;
        this.time = network.time;
        this.id = id;
        this.dir = dir;
        this.remains = dir;
        this.life = new Life("broker " + id + "." + lifeNumber);
        this.io = thread("io");
        this.session = new SimulatedSession(time, network.faults, zooKeeper, life, id);
        // As storage does, which knows of boots too; here all lives are of one.
        boolean isNew = Files.notExists(dir);
        this.logs = new LogManager(storage(dir), time.wallClock());
        logs.lockDirs();
        logs.start(id, CLUSTER_ID, topic -> LOG).join();
        this.metadata = new MetadataCache(CLUSTER_ID, this::epoch);
        SimulatedThread replicaChanges = thread("replica-changes");
        this.replicas = replicas(thread("upkeep"));
        UpdateMetadataHandler updateMetadata = new UpdateMetadataHandler(metadata, listener -> true);
        this.controller = controller(new Commands(replicas, updateMetadata), replicaChanges);
        handle(new ProduceHandler(replicas, metadata));
        handle(new FetchHandler(replicas, metadata));
        handle(new OffsetForLeaderEpochHandler(replicas));
        handle(new LeaderAndIsrHandler(replicas, replicaChanges));
        handle(new StopReplicaHandler(replicas, replicaChanges));
        handle(updateMetadata);
        ControllerHandlers.all(controller.partitionAdmin(), LISTENER::equals).forEach(this::handle);
        BrokerPresence registered = new BrokerPresence(
                new BrokerRegistry(session.znodes(), time.wallClock()),
                new BrokerRegistration(
                        id,
                        List.of(new Endpoint(LISTENER, SecurityProtocol.PLAINTEXT, "broker-" + id, 9090 + id)),
                        null,
                        isNew),
                (int) SimulatedSession.TIMEOUT_MS,
                replaced -> time.fail(new AssertionError(life.name() + " was replaced", replaced)));
        presence = registered;
        metadata.addListener(news -> registered.onNews());
        session.addListener(registered);
        session.addListener(controller);
        session.start(() -> {
            registered.start();
            controller.start();
            // As Broker does: who is not registered yet must not be taken for its former life, whose
            // session may still last.
            network.listen(this);
        });
    }

    /** What the controller says to its own broker, without the wire. */
    private record Commands(ReplicaManager replicas, UpdateMetadataHandler metadata) implements ControllerCommands {
        @Override
        public LeaderAndIsr.Response leaderAndIsr(LeaderAndIsr.Request request) {
            return replicas.applyLeaderAndIsr(request);
        }

        @Override
        public StopReplica.Response stopReplica(StopReplica.Request request) {
            return replicas.stopReplicas(request);
        }

        @Override
        public UpdateMetadata.Response updateMetadata(UpdateMetadata.Request request) {
            return metadata.apply(request);
        }
    }

    private SimulatedThread thread(String name) {
        return new SimulatedThread(time, life, name);
    }

    private void handle(ApiHandler handler) {
        handlers.put(handler.apiKey(), handler);
    }

    private static StorageConfig storage(Path dir) {
        return new StorageConfig.Builder(List.of(dir))
                .retentionCheckIntervalMs(Long.MAX_VALUE)
                .initialTaskDelayMs(0)
                .flushOffsetCheckpointIntervalMs(0)
                .flushStartOffsetCheckpointIntervalMs(0)
                .highWatermarkCheckpointIntervalMs(0)
                .cleanerEnabled(false)
                .cleanerThreads(0)
                .cleanerBackoffMs(0)
                .scrubBytesPerSecond(0)
                .recoveryMarkBytes(0)
                .build();
    }

    private Controller controller(ControllerCommands commands, SimulatedThread toSelf) {
        SimulatedThread controllerThread = thread("controller");
        SimulatedThread toOthers = thread("to-brokers");
        return new Controller(
                new ControllerConfig(1, 3, false, true, false, REBALANCE, true),
                id,
                LISTENER,
                session.znodes(),
                time.wallClock(),
                broker -> channel(broker, commands, toSelf, toOthers),
                topics -> topics.stream()
                        .collect(Collectors.toMap(
                                topic -> topic, topic -> new TopicConfig(LOG, MIN_INSYNC_REPLICAS, false))),
                controllerThread);
    }

    private BrokerChannel channel(
            LiveBroker broker, ControllerCommands commands, SimulatedThread toSelf, SimulatedThread toOthers) {
        return broker.id() == id
                ? new LocalBrokerChannel(id, commands, toSelf, time::fail)
                : new SimulatedChannel(
                        new SimulatedPool(network, id, "controller-" + id, toOthers, broker.id()), toOthers);
    }

    private ReplicaManager replicas(SimulatedThread upkeep) {
        SimulatedTimer timer = new SimulatedTimer(thread("timer"));
        FetcherConfig fetcherConfig = new FetcherConfig(
                id, 1, FETCH_WAIT_MS, 1, 1 << 20, 1 << 20, 1 << 20, 200, (int) SimulatedPool.REQUEST_TIMEOUT_MS, -1);
        ReplicaFetchers fetchers =
                new ReplicaFetchers(fetcherConfig, LISTENER, metadata, this::epoch, (leader, number, endpoint) -> {
                    SimulatedThread fetcher = thread("fetcher-" + leader);
                    return new SimulatedLeaderLink(
                            new SimulatedPool(network, id, "broker-" + id + "-fetcher-" + number, fetcher, leader),
                            fetcher);
                });
        AlterPartitions isrChanges = new AlterPartitions(id, this::epoch, upkeep, this::sendToController);
        return new ReplicaManager(
                new ReplicaConfig(id, LISTENER, LISTENER, 57_671_680, 1_000, LAG_TIME_MAX_MS, false),
                logs,
                metadata,
                topic -> new TopicSettings(LOG, MIN_INSYNC_REPLICAS),
                new ReplicaEnvironment(
                        upkeep, timer, this::epoch, isrChanges, fetchers, new TopicStore(session.znodes())::idNow));
    }

    private void sendToController(
            AlterPartition.Request request, BiConsumer<AlterPartition.@Nullable Response, @Nullable Throwable> then) {
        int controllerId = metadata.snapshot().controllerId();
        if (controllerId < 0) {
            then.accept(null, new IllegalStateException("no controller is known"));
            return;
        }
        toController
                .computeIfAbsent(
                        controllerId,
                        to -> new SimulatedPool(network, id, "broker-" + id, thread("to-controller-" + to), to))
                .send(
                        request,
                        request.apiKey().highestVersion(),
                        answer -> then.accept((AlterPartition.Response) answer, null),
                        failure -> then.accept(null, failure));
    }

    private long epoch() {
        BrokerPresence registered = presence;
        return registered == null ? -1 : registered.epoch();
    }

    int id() {
        return id;
    }

    Life life() {
        return life;
    }

    SimulatedThread io() {
        return io;
    }

    SimulatedSession session() {
        return session;
    }

    ReplicaManager replicas() {
        return replicas;
    }

    MetadataCache metadata() {
        return metadata;
    }

    /** Its replica of a partition, also after its death; null if it has none. */
    @Nullable
    PartitionLog log(TopicIdPartition partition) {
        PartitionLog log = logs.log(partition.name());
        return log == null || !log.topicId().equals(partition.topicId()) ? null : log;
    }

    /** All its replicas. */
    Collection<PartitionLog> logs() {
        return logs.logs();
    }

    /** What {@link Invariants} knows of its replica of a partition; nothing of one that was dropped and has come back. */
    Invariants.Checked checked(Partition partition) {
        return checked.computeIfAbsent(partition, fresh -> new Invariants.Checked());
    }

    /**
     * A request has arrived.
     *
     * @param isMeantFor whether this broker is to see it, asked when it would
     */
    void handle(SimulatedRequest request, Predicate<SimulatedBroker> isMeantFor) {
        ApiHandler handler = handlers.get(request.apiKey());
        if (handler == null) {
            throw new AssertionError("nobody handles " + request.apiKey());
        }
        io.execute(() -> {
            if (isMeantFor.test(this)) {
                handler.handle(request);
            } else {
                request.closeConnection("it was meant for another topic");
            }
        });
    }

    /** Is called when it dies, so that connections to it break. */
    void onDeath(Runnable watch) {
        deathWatches.add(watch);
    }

    void pause() {
        life.pause();
        session.onSilence();
    }

    void resume() {
        life.resume();
        session.onVoice();
    }

    /**
     * Kills the process: what it had in memory is gone, its files are as they are at this moment.
     *
     * @param target where the files are copied to, for the next life
     * @param diskLost whether there are none any more
     */
    void kill(Path target, boolean diskLost) {
        life.end();
        session.onSilence();
        deathWatches.forEach(Runnable::run);
        // A process that goes on closes files in order, and removes what it has opened; the next
        // life must not see that.
        if (!diskLost) {
            DirectoryCopy.copy(dir, target);
        }
        logs.close();
        DirectoryCopy.delete(dir);
        remains = target;
    }

    /** Whether it is registered, and by this life. */
    boolean isRegistered() {
        return !life.hasEnded() && session.isRegistered();
    }

    /** Where its files are, after its death. */
    Path remains() {
        return remains;
    }

    /** The simulation is over. */
    void close() {
        logs.close();
    }
}
