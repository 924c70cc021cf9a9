package io.millrace.broker.api;

import static io.millrace.broker.Await.await;

import io.millrace.broker.admin.ConfigAdmin;
import io.millrace.broker.admin.ConfigDescriber;
import io.millrace.broker.admin.DynamicConfigs;
import io.millrace.broker.config.BrokerConfig;
import io.millrace.broker.config.LiveBrokerConfig;
import io.millrace.broker.controller.ChannelOpener;
import io.millrace.broker.controller.Controller;
import io.millrace.broker.controller.ControllerCommands;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.loop.LoopThread;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.broker.metadata.SecurityProtocol;
import io.millrace.broker.metadata.TopicConfig;
import io.millrace.broker.metadata.TopicConfigs;
import io.millrace.broker.metadata.TopicMetadata;
import io.millrace.broker.net.SocketServer;
import io.millrace.broker.zk.BrokerPresence;
import io.millrace.broker.zk.BrokerRegistration;
import io.millrace.broker.zk.BrokerRegistry;
import io.millrace.broker.zk.ClusterIdentity;
import io.millrace.broker.zk.ConfigChanges;
import io.millrace.broker.zk.ConfigEntity;
import io.millrace.broker.zk.ConfigStore;
import io.millrace.broker.zk.PersistentPaths;
import io.millrace.broker.zk.ProducerIdBlocks;
import io.millrace.broker.zk.ProducerIds;
import io.millrace.broker.zk.TestZooKeeper;
import io.millrace.broker.zk.ZkSession;
import io.millrace.broker.zk.Znodes;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.StopReplica;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaPartitionState;
import io.millrace.protocol.message.StopReplica.Request.StopReplicaTopicState;
import io.millrace.protocol.message.StopReplica.Response.StopReplicaPartitionError;
import io.millrace.protocol.message.UpdateMetadata;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** Everything of a broker that administrators talk to, behind a real socket and in front of a real ZooKeeper; no logs. */
final class TestAdminBroker implements AutoCloseable {
    static final int ID = 1;

    final TestZooKeeper zooKeeper = new TestZooKeeper();
    final ZkSession session = zooKeeper.session();
    final Map<String, TopicConfig> configsOfRunningTopics = new ConcurrentHashMap<>();
    final MetadataCache metadata;
    final Controller controller;
    final int port;
    private final ChannelOpener channels;
    private final LoopThread controllerLoop = new LoopThread("controller", 5_000, error -> {});
    private final ExecutorService admin = Executors.newSingleThreadExecutor(task -> new Thread(task, "admin"));
    private final SocketServer server;

    TestAdminBroker(Map<String, String> overrides) throws IOException {
        Map<String, String> written = new HashMap<>(Map.of(
                "broker.id", "1", "listeners", "PLAINTEXT://127.0.0.1:0", "zookeeper.connect", zooKeeper.connect()));
        written.putAll(overrides);
        BrokerConfig config = BrokerConfig.parse(written);
        Znodes znodes = session.znodes();
        PersistentPaths.ensure(znodes);
        metadata = new MetadataCache(new ClusterIdentity(znodes).clusterId(), () -> -1);
        LiveBrokerConfig liveConfig = new LiveBrokerConfig(config);
        ConfigStore configStore = new ConfigStore(znodes);
        TopicConfigs topicConfigs =
                new TopicConfigs(topic -> configStore.configs(ConfigEntity.topic(topic)), liveConfig::now);
        topicConfigs.addListener(configsOfRunningTopics::put);
        DynamicConfigs dynamic = new DynamicConfigs(
                ID,
                configStore,
                liveConfig,
                topicConfigs,
                () -> metadata.snapshot().topics().stream()
                        .map(TopicMetadata::name)
                        .collect(Collectors.toSet()));
        channels = new ChannelOpener(ID, config.interBrokerListener(), new Receiver(), error -> {});
        controller = new Controller(
                config.controller(),
                ID,
                config.interBrokerListener(),
                znodes,
                Clock.systemUTC(),
                channels,
                topics -> topicConfigs.of(topics, configStore.topicConfigs(topics)),
                controllerLoop);
        ConfigAdmin configAdmin = new ConfigAdmin(ID, configStore, metadata, liveConfig);
        ApiRegistry registry = new ApiRegistry(List.of(
                new MetadataHandler(
                        metadata,
                        controller.topicAdmin(),
                        config.controller().autoCreateTopicsEnable(),
                        name -> new NewTopic(name, -1, -1, Map.of())),
                new UpdateMetadataHandler(metadata, listener -> true),
                new DescribeClusterHandler(metadata),
                new CreateTopicsHandler(controller, metadata, new ConfigDescriber(liveConfig)),
                new DeleteTopicsHandler(
                        controller, metadata, config.controller().deleteTopicEnable()),
                new CreatePartitionsHandler(controller, metadata),
                new DescribeConfigsHandler(configAdmin, admin),
                new AlterConfigsHandler(configAdmin, admin),
                new IncrementalAlterConfigsHandler(configAdmin, admin),
                new InitProducerIdHandler(
                        new ProducerIds(new ProducerIdBlocks(znodes, ID, znodes::commit)::next, admin))));
        server = new SocketServer(config.net());
        port = server.bind(registry, error -> {}).get("PLAINTEXT");
        server.start();
        BrokerPresence presence = new BrokerPresence(
                new BrokerRegistry(znodes, Clock.systemUTC()),
                new BrokerRegistration(
                        ID,
                        List.of(new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "127.0.0.1", port)),
                        "rack-a"),
                6_000,
                e -> {});
        presence.start();
        new ConfigChanges(znodes, Clock.systemUTC(), admin, dynamic::onChange, dynamic::onAllChanged).start();
        controller.start();
        await("the broker knows itself", () -> metadata.snapshot().broker(ID) != null && controller.isActive());
    }

    String bootstrap() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        server.close();
        controller.close();
        controllerLoop.interrupt();
        controllerLoop.close();
        channels.close();
        admin.shutdownNow();
        session.close();
        zooKeeper.close();
    }

    /** Takes the controller's word for everything and keeps no logs. */
    private final class Receiver implements ControllerCommands {
        @Override
        public LeaderAndIsr.Response leaderAndIsr(LeaderAndIsr.Request request) {
            return new LeaderAndIsr.Response();
        }

        @Override
        public StopReplica.Response stopReplica(StopReplica.Request request) {
            StopReplica.Response response = new StopReplica.Response();
            response.partitionErrors = new ArrayList<>();
            for (StopReplicaTopicState topic : request.topicStates) {
                for (StopReplicaPartitionState partition : topic.partitionStates) {
                    StopReplicaPartitionError result = new StopReplicaPartitionError();
                    result.topicName = topic.topicName;
                    result.partitionIndex = partition.partitionIndex;
                    response.partitionErrors.add(result);
                }
            }
            return response;
        }

        @Override
        public UpdateMetadata.Response updateMetadata(UpdateMetadata.Request request) {
            UpdateMetadata.Response response = new UpdateMetadata.Response();
            response.errorCode = metadata.update(request).code();
            return response;
        }
    }
}
