package io.millrace.broker.api;

import io.millrace.broker.config.ListenerConfig;
import io.millrace.broker.config.NetConfig;
import io.millrace.broker.config.ReplicaConfig;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.net.RawClient;
import io.millrace.broker.net.SocketServer;
import io.millrace.broker.replica.DeadlineTimer;
import io.millrace.broker.replica.ReplicaManager;
import io.millrace.broker.replica.TestLoop;
import io.millrace.broker.replica.TestReplicas;
import io.millrace.broker.replica.Timeout;
import io.millrace.broker.replica.Timer;
import io.millrace.broker.replica.TopicSettings;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import io.millrace.protocol.message.Fetch;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrPartitionState;
import io.millrace.protocol.message.LeaderAndIsr.Request.LeaderAndIsrTopicState;
import io.millrace.protocol.message.Message;
import io.millrace.protocol.message.Messages;
import io.millrace.protocol.message.Produce;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.UpdateMetadata;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataBroker;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataEndpoint;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataPartitionState;
import io.millrace.protocol.message.UpdateMetadata.Request.UpdateMetadataTopicState;
import io.millrace.protocol.wire.WireReader;
import io.millrace.protocol.wire.WireWriter;
import io.millrace.storage.LogConfig;
import io.millrace.storage.LogManager;
import io.millrace.storage.StorageConfig;
import io.millrace.storage.file.FileMaps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;

/** The data side of one broker, real from the socket to the file; the test is its controller. */
final class DataNode implements AutoCloseable {
    static final int BROKER = 1;
    static final String LISTENER = "PLAINTEXT";

    private static final String CLUSTER = "s55IFEEGTjeRx610tWIVxg";
    private static final TopicSettings DEFAULTS = new TopicSettings(LogConfig.DEFAULT, 1);

    private final LogManager logs;
    private final DeadlineTimer timer = new DeadlineTimer(error -> {});
    private final ExecutorService stateChanges = Executors.newSingleThreadExecutor();
    private final SocketServer server;
    private final AtomicReference<Error> fatal = new AtomicReference<>();
    private final Map<String, TopicSettings> settings = new ConcurrentHashMap<>();
    final Map<String, Uuid> topicIds = new ConcurrentHashMap<>();

    /** What ZooKeeper would say the ids of topics are, where it is not what the controller says. */
    final Map<String, Uuid> idsOnRecord = new ConcurrentHashMap<>();

    /** Whether ZooKeeper cannot be asked. */
    volatile boolean recordAway;

    final MetadataCache metadata = new MetadataCache(CLUSTER, () -> 0);
    final ReplicaManager replicas;

    /** What waits for longer than that waits so long, in ms. */
    volatile long longestWaitMs = Long.MAX_VALUE;

    /** The time of replicas, which stands still unless a test moves it. */
    final TestLoop loop = new TestLoop();

    /** Port of the listener for brokers and clients. */
    final int port;

    /** Port of a listener that is not for brokers. */
    final int clientsPort;

    DataNode(Path dir) throws IOException {
        this(dir, 1000);
    }

    DataNode(Path dir, int maxFetchSessions) throws IOException {
        this(dir, maxFetchSessions, new FileMaps());
    }

    /** @param maps maps files into memory */
    DataNode(Path dir, int maxFetchSessions, FileMaps maps) throws IOException {
        logs = new LogManager(StorageConfig.of(List.of(dir)), Clock.systemUTC(), maps);
        logs.lockDirs();
        logs.start(BROKER, CLUSTER, topic -> settingsOf(topic).log()).join();
        replicas = new ReplicaManager(
                new ReplicaConfig(BROKER, LISTENER, LISTENER, 57_671_680, maxFetchSessions, 30_000, false),
                logs,
                metadata,
                this::settingsOf,
                TestReplicas.environment(new HurriedTimer(), loop, this::idOnRecord));
        server = new SocketServer(new NetConfig(
                List.of(new ListenerConfig(LISTENER, "127.0.0.1", 0), new ListenerConfig("CLIENTS", "127.0.0.1", 0)),
                2,
                104_857_600,
                268_435_456,
                100,
                100,
                Map.of(),
                Integer.MAX_VALUE,
                60_000,
                102_400,
                102_400,
                50));
        Map<String, Integer> ports = server.bind(registry(), fatal::set);
        port = ports.get(LISTENER);
        clientsPort = ports.get("CLIENTS");
        server.start();
    }

    private ApiRegistry registry() {
        return new ApiRegistry(List.of(
                new ProduceHandler(replicas, metadata),
                new FetchHandler(replicas, metadata),
                new ListOffsetsHandler(replicas, stateChanges),
                new OffsetForLeaderEpochHandler(replicas),
                new DeleteRecordsHandler(replicas),
                new DescribeProducersHandler(replicas),
                new DescribeLogDirsHandler(logs, stateChanges),
                new LeaderAndIsrHandler(replicas, stateChanges),
                new StopReplicaHandler(replicas, stateChanges)));
    }

    void settings(String topic, TopicSettings ofTopic) {
        settings.put(topic, ofTopic);
    }

    Uuid topicId(String topic) {
        return topicIds.computeIfAbsent(topic, name -> Uuid.random());
    }

    private Uuid idOnRecord(String topic) {
        if (recordAway) {
            throw new IllegalStateException("ZooKeeper is away");
        }
        return idsOnRecord.getOrDefault(topic, topicIds.get(topic));
    }

    /** Makes this broker the one replica and leader of partitions 0 to {@code partitions - 1}. */
    void lead(String topic, int partitions) {
        for (int partition = 0; partition < partitions; partition++) {
            elect(topic, partition, BROKER, 0, new int[] {BROKER}, new int[] {BROKER});
        }
    }

    /** Applies an election as the controller would, and tells the metadata. */
    void elect(String topic, int partition, int leader, int epoch, int[] isr, int[] assigned) {
        tellMetadata(topic, partition, leader, epoch, isr, assigned);
        LeaderAndIsr.Response response =
                replicas.applyLeaderAndIsr(leaderAndIsr(topic, partition, leader, epoch, isr, assigned));
        short error = response.topics.get(0).partitionErrors.get(0).errorCode;
        if (response.errorCode != 0 || error != 0) {
            throw new AssertionError(ErrorCode.of(response.errorCode) + " " + ErrorCode.of(error));
        }
    }

    /** Stops a replica as the controller would. */
    void stop(String topic, int partition, boolean delete) {
        StopReplica.Request.StopReplicaPartitionState state = new StopReplica.Request.StopReplicaPartitionState();
        state.partitionIndex = partition;
        state.deletePartition = delete;
        StopReplica.Request.StopReplicaTopicState ofTopic = new StopReplica.Request.StopReplicaTopicState();
        ofTopic.topicName = topic;
        ofTopic.partitionStates = List.of(state);
        StopReplica.Request request = new StopReplica.Request();
        request.controllerId = BROKER;
        request.controllerEpoch = 1;
        request.topicStates = List.of(ofTopic);
        StopReplica.Response response = replicas.stopReplicas(request);
        short error = response.partitionErrors.get(0).errorCode;
        if (response.errorCode != 0 || error != 0) {
            throw new AssertionError(ErrorCode.of(response.errorCode) + " " + ErrorCode.of(error));
        }
    }

    LeaderAndIsr.Request leaderAndIsr(String topic, int partition, int leader, int epoch, int[] isr, int[] assigned) {
        LeaderAndIsrPartitionState state = new LeaderAndIsrPartitionState();
        state.partitionIndex = partition;
        state.controllerEpoch = 1;
        state.leader = leader;
        state.leaderEpoch = epoch;
        state.isr = isr;
        state.replicas = assigned;
        LeaderAndIsrTopicState ofTopic = new LeaderAndIsrTopicState();
        ofTopic.topicName = topic;
        ofTopic.topicId = topicId(topic);
        ofTopic.partitionStates = List.of(state);
        LeaderAndIsr.Request request = new LeaderAndIsr.Request();
        request.controllerId = BROKER;
        request.controllerEpoch = 1;
        request.topicStates = List.of(ofTopic);
        return request;
    }

    void tellMetadata(String topic, int partition, int leader, int epoch, int[] isr, int[] assigned) {
        UpdateMetadataPartitionState state = new UpdateMetadataPartitionState();
        state.partitionIndex = partition;
        state.leader = leader;
        state.leaderEpoch = epoch;
        state.isr = isr;
        state.replicas = assigned;
        UpdateMetadataTopicState ofTopic = new UpdateMetadataTopicState();
        ofTopic.topicName = topic;
        ofTopic.topicId = topicId(topic);
        ofTopic.partitionStates = List.of(state);
        UpdateMetadata.Request request = new UpdateMetadata.Request();
        request.controllerId = BROKER;
        request.controllerEpoch = 1;
        request.topicStates = List.of(ofTopic);
        request.liveBrokers = new ArrayList<>();
        for (int broker = 1; broker <= 3; broker++) {
            UpdateMetadataEndpoint endpoint = new UpdateMetadataEndpoint();
            endpoint.listener = LISTENER;
            endpoint.host = "host-" + broker;
            endpoint.port = 9090 + broker;
            UpdateMetadataBroker live = new UpdateMetadataBroker();
            live.id = broker;
            live.endpoints = List.of(endpoint);
            request.liveBrokers.add(live);
        }
        metadata.update(request);
    }

    /** A frame with this request. */
    static ByteBuffer frame(Message request, int version, int correlationId) {
        ApiKey key = request.apiKey();
        WireWriter body = new WireWriter(version, key.isFlexible(version));
        request.wire(body);
        ByteBuffer bytes = body.written();
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return RawClient.request(key.id(), version, correlationId, key.requestHeaderVersion(version) == 2, copy);
    }

    /** Reads the next answer, which must be one to this API and use up its frame. */
    @SuppressWarnings("unchecked")
    static <R extends Message> R answer(RawClient client, ApiKey key, int version, int correlationId)
            throws IOException {
        ByteBuffer frame = client.receive();
        int answered = frame.getInt();
        if (answered != correlationId) {
            throw new AssertionError("An answer to request " + answered + " instead of " + correlationId);
        }
        if (key.responseHeaderVersion(version) > 0 && frame.get() != 0) {
            throw new AssertionError("Tagged fields in the header");
        }
        Message response = Messages.newResponse(key);
        response.wire(new WireReader(frame, version, key.isFlexible(version)));
        if (frame.hasRemaining()) {
            throw new AssertionError(frame.remaining() + " bytes behind the answer");
        }
        return (R) response;
    }

    /** Sends a request and reads its answer. */
    static <R extends Message> R call(RawClient client, Message request, int version) throws IOException {
        client.send(frame(request, version, 42));
        return answer(client, request.apiKey(), version, 42);
    }

    static Produce.Response call(RawClient client, Produce.Request request, int version) throws IOException {
        return call(client, (Message) request, version);
    }

    static Fetch.Response call(RawClient client, Fetch.Request request, int version) throws IOException {
        return call(client, (Message) request, version);
    }

    /** Bytes held by requests on the network side. */
    long queuedRequestBytes() {
        return server.queuedRequestBytes();
    }

    @Override
    public void close() {
        server.close();
        stateChanges.shutdownNow();
        timer.close();
        logs.close();
        if (fatal.get() != null) {
            throw fatal.get();
        }
    }

    private final class HurriedTimer implements Timer {
        @Override
        public void schedule(Timeout timeout, long delayMs) {
            timer.schedule(timeout, Math.min(delayMs, longestWaitMs));
        }

        @Override
        public boolean cancel(Timeout timeout) {
            return timer.cancel(timeout);
        }
    }

    private TopicSettings settingsOf(String topic) {
        return settings.getOrDefault(topic, DEFAULTS);
    }
}
