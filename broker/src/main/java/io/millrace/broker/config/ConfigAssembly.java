package io.millrace.broker.config;

import static io.millrace.broker.config.ClusterSettings.AUTO_CREATE_TOPICS_ENABLE;
import static io.millrace.broker.config.ClusterSettings.AUTO_LEADER_REBALANCE_ENABLE;
import static io.millrace.broker.config.ClusterSettings.BROKER_PORT_WATCH_ENABLE;
import static io.millrace.broker.config.ClusterSettings.CONTROLLED_SHUTDOWN_ENABLE;
import static io.millrace.broker.config.ClusterSettings.CONTROLLED_SHUTDOWN_MAX_RETRIES;
import static io.millrace.broker.config.ClusterSettings.CONTROLLED_SHUTDOWN_RETRY_BACKOFF_MS;
import static io.millrace.broker.config.ClusterSettings.DEFAULT_REPLICATION_FACTOR;
import static io.millrace.broker.config.ClusterSettings.DELETE_TOPIC_ENABLE;
import static io.millrace.broker.config.ClusterSettings.LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS;
import static io.millrace.broker.config.ClusterSettings.LEADER_IMBALANCE_PER_BROKER_PERCENTAGE;
import static io.millrace.broker.config.ClusterSettings.NUM_PARTITIONS;
import static io.millrace.broker.config.ClusterSettings.ZOOKEEPER_CONNECT;
import static io.millrace.broker.config.ClusterSettings.ZOOKEEPER_CONNECTION_TIMEOUT_MS;
import static io.millrace.broker.config.ClusterSettings.ZOOKEEPER_MAX_IN_FLIGHT_REQUESTS;
import static io.millrace.broker.config.ClusterSettings.ZOOKEEPER_SESSION_TIMEOUT_MS;
import static io.millrace.broker.config.EmbeddedZooKeeperSettings.EMBEDDED_ZOOKEEPER_DATA_DIR;
import static io.millrace.broker.config.EmbeddedZooKeeperSettings.EMBEDDED_ZOOKEEPER_ID;
import static io.millrace.broker.config.EmbeddedZooKeeperSettings.EMBEDDED_ZOOKEEPER_PORT;
import static io.millrace.broker.config.EmbeddedZooKeeperSettings.EMBEDDED_ZOOKEEPER_QUORUM_TIMEOUT_MS;
import static io.millrace.broker.config.EmbeddedZooKeeperSettings.EMBEDDED_ZOOKEEPER_SERVERS;
import static io.millrace.broker.config.ReplicationSettings.FETCH_MAX_BYTES;
import static io.millrace.broker.config.ReplicationSettings.MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS;
import static io.millrace.broker.config.ReplicationSettings.MIN_INSYNC_REPLICAS;
import static io.millrace.broker.config.ReplicationSettings.NUM_REPLICA_FETCHERS;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_FETCH_BACKOFF_MS;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_FETCH_MAX_BYTES;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_FETCH_MIN_BYTES;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_FETCH_RESPONSE_MAX_BYTES;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_FETCH_WAIT_MAX_MS;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_LAG_TIME_MAX_MS;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_SELECTOR_CLASS;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_SOCKET_RECEIVE_BUFFER_BYTES;
import static io.millrace.broker.config.ReplicationSettings.REPLICA_SOCKET_TIMEOUT_MS;
import static io.millrace.broker.config.ReplicationSettings.UNCLEAN_LEADER_ELECTION_ENABLE;
import static io.millrace.broker.config.ServerSettings.BROKER_ID;
import static io.millrace.broker.config.ServerSettings.BROKER_ID_GENERATION_ENABLE;
import static io.millrace.broker.config.ServerSettings.BROKER_RACK;
import static io.millrace.broker.config.ServerSettings.CONNECTIONS_MAX_IDLE_MS;
import static io.millrace.broker.config.ServerSettings.MAX_CONNECTIONS;
import static io.millrace.broker.config.ServerSettings.MAX_CONNECTIONS_PER_IP;
import static io.millrace.broker.config.ServerSettings.MAX_CONNECTIONS_PER_IP_OVERRIDES;
import static io.millrace.broker.config.ServerSettings.MAX_CONNECTION_CREATION_RATE;
import static io.millrace.broker.config.ServerSettings.NUM_NETWORK_THREADS;
import static io.millrace.broker.config.ServerSettings.QUEUED_MAX_REQUEST_BYTES;
import static io.millrace.broker.config.ServerSettings.RESERVED_BROKER_MAX_ID;
import static io.millrace.broker.config.ServerSettings.SOCKET_LISTEN_BACKLOG_SIZE;
import static io.millrace.broker.config.ServerSettings.SOCKET_RECEIVE_BUFFER_BYTES;
import static io.millrace.broker.config.ServerSettings.SOCKET_REQUEST_MAX_BYTES;
import static io.millrace.broker.config.ServerSettings.SOCKET_SEND_BUFFER_BYTES;

import io.millrace.storage.StorageConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the records of the rooms of the values, and checks what no single key can decide. */
final class ConfigAssembly {
    private static final String RACK_AWARE_SELECTOR = "org.apache.kafka.common.replica.RackAwareReplicaSelector";
    private static final String LEADER_SELECTOR = "org.apache.kafka.common.replica.LeaderSelector";

    private final SettingValues values;

    ConfigAssembly(SettingValues values) {
        this.values = values;
    }

    BrokerConfig brokerConfig(List<String> warnings) {
        Listeners listeners = new Listeners(values);
        List<ListenerConfig> bound = listeners.bound();
        List<ListenerConfig> advertised = listeners.advertised(bound);
        String interBroker = listeners.interBroker(advertised);
        String controlPlane = listeners.controlPlane(advertised, interBroker);
        StorageConfig storage = new LogAssembly(values).storage();
        checkFetchWait();
        rackAware();
        return new BrokerConfig(
                brokerId(),
                values.of(RESERVED_BROKER_MAX_ID),
                values.optional(BROKER_RACK),
                advertised,
                interBroker,
                controlPlane,
                zooKeeper(storage.logDirs().get(0)),
                net(bound),
                storage,
                new LogAssembly(values).log(),
                controller(),
                new ControlledShutdownConfig(
                        values.of(CONTROLLED_SHUTDOWN_ENABLE),
                        values.of(CONTROLLED_SHUTDOWN_MAX_RETRIES),
                        values.of(CONTROLLED_SHUTDOWN_RETRY_BACKOFF_MS)),
                new GroupAssembly(values).group(),
                values.of(MIN_INSYNC_REPLICAS),
                values,
                warnings);
    }

    ReplicaConfig replica(int brokerId, String interBrokerListener, String controlPlaneListener) {
        return new ReplicaConfig(
                brokerId,
                interBrokerListener,
                controlPlaneListener,
                values.of(FETCH_MAX_BYTES),
                values.of(MAX_INCREMENTAL_FETCH_SESSION_CACHE_SLOTS),
                values.of(REPLICA_LAG_TIME_MAX_MS),
                rackAware());
    }

    /** Classes of Kafka that stand for what they do. */
    private boolean rackAware() {
        String selector = values.optional(REPLICA_SELECTOR_CLASS);
        if (selector == null || selector.isEmpty() || selector.equals(LEADER_SELECTOR)) {
            return false;
        }
        if (!selector.equals(RACK_AWARE_SELECTOR)) {
            throw values.refuse(REPLICA_SELECTOR_CLASS, "must be " + RACK_AWARE_SELECTOR + " or " + LEADER_SELECTOR);
        }
        return true;
    }

    FetcherConfig fetcher(int brokerId) {
        return new FetcherConfig(
                brokerId,
                values.of(NUM_REPLICA_FETCHERS),
                values.of(REPLICA_FETCH_WAIT_MAX_MS),
                values.of(REPLICA_FETCH_MIN_BYTES),
                values.of(REPLICA_FETCH_MAX_BYTES),
                values.of(REPLICA_FETCH_RESPONSE_MAX_BYTES),
                values.of(SOCKET_REQUEST_MAX_BYTES),
                values.of(REPLICA_FETCH_BACKOFF_MS),
                values.of(REPLICA_SOCKET_TIMEOUT_MS),
                buffer(REPLICA_SOCKET_RECEIVE_BUFFER_BYTES));
    }

    /** A fetch that waits must neither be taken for one that got lost nor for a follower that lags. */
    private void checkFetchWait() {
        int waitMs = values.of(REPLICA_FETCH_WAIT_MAX_MS);
        if (waitMs > values.of(REPLICA_SOCKET_TIMEOUT_MS)) {
            throw values.refuse(REPLICA_SOCKET_TIMEOUT_MS, "must be at least replica.fetch.wait.max.ms=" + waitMs);
        }
        if (waitMs > values.of(REPLICA_LAG_TIME_MAX_MS)) {
            throw values.refuse(
                    REPLICA_FETCH_WAIT_MAX_MS,
                    "must be at most replica.lag.time.max.ms=" + values.of(REPLICA_LAG_TIME_MAX_MS));
        }
    }

    private int brokerId() {
        int brokerId = values.of(BROKER_ID);
        boolean generated = values.of(BROKER_ID_GENERATION_ENABLE);
        if (brokerId < 0 && !generated) {
            throw values.refuse(BROKER_ID, "must be 0 or more while broker.id.generation.enable=false");
        }
        int reserved = values.of(RESERVED_BROKER_MAX_ID);
        if (generated && brokerId > reserved) {
            throw values.refuse(
                    BROKER_ID,
                    "must be at most reserved.broker.max.id=" + reserved
                            + ", above which ids are given, unless broker.id.generation.enable=false");
        }
        return brokerId;
    }

    private ZooKeeperConfig zooKeeper(Path firstLogDir) {
        String connect = values.optional(ZOOKEEPER_CONNECT);
        if (connect != null && !ZkConfig.isConnectString(connect)) {
            throw values.refuse(ZOOKEEPER_CONNECT, ZkConfig.RULE);
        }
        String dataDir = values.optional(EMBEDDED_ZOOKEEPER_DATA_DIR);
        Integer connectionTimeoutMs = values.optional(ZOOKEEPER_CONNECTION_TIMEOUT_MS);
        int sessionTimeoutMs = values.of(ZOOKEEPER_SESSION_TIMEOUT_MS);
        return new ZooKeeperConfig(
                connect,
                dataDir == null
                        ? firstLogDir.resolveSibling(firstLogDir.getFileName() + "-zookeeper")
                        : Path.of(dataDir),
                values.of(EMBEDDED_ZOOKEEPER_PORT),
                ensemble(connect),
                sessionTimeoutMs,
                connectionTimeoutMs == null ? sessionTimeoutMs : connectionTimeoutMs,
                values.of(ZOOKEEPER_MAX_IN_FLIGHT_REQUESTS));
    }

    private @Nullable ZooKeeperEnsemble ensemble(@Nullable String connect) {
        List<String> servers = values.optional(EMBEDDED_ZOOKEEPER_SERVERS);
        if (servers == null) {
            return null;
        }
        if (connect != null) {
            throw values.refuse(
                    EMBEDDED_ZOOKEEPER_SERVERS, "must not be set beside zookeeper.connect, which names other servers");
        }
        List<ZooKeeperEnsemble.Peer> peers;
        try {
            peers = ZooKeeperEnsemble.parse(servers);
        } catch (IllegalArgumentException e) {
            throw values.refuse(EMBEDDED_ZOOKEEPER_SERVERS, String.valueOf(e.getMessage()));
        }
        Integer written = values.optional(EMBEDDED_ZOOKEEPER_ID);
        int id = written == null ? values.of(BROKER_ID) : written;
        if (peers.stream().noneMatch(peer -> peer.id() == id)) {
            throw values.refuse(
                    written == null ? BROKER_ID : EMBEDDED_ZOOKEEPER_ID,
                    "must be the id of one of embedded.zookeeper.servers, so that this broker knows which one it runs");
        }
        return new ZooKeeperEnsemble(id, peers, values.of(EMBEDDED_ZOOKEEPER_QUORUM_TIMEOUT_MS));
    }

    private NetConfig net(List<ListenerConfig> bound) {
        Integer threads = values.optional(NUM_NETWORK_THREADS);
        return new NetConfig(
                bound,
                threads == null ? Runtime.getRuntime().availableProcessors() : threads,
                values.of(SOCKET_REQUEST_MAX_BYTES),
                queuedBytes(),
                values.of(MAX_CONNECTIONS),
                values.of(MAX_CONNECTIONS_PER_IP),
                connectionsPerIpOverrides(),
                values.of(MAX_CONNECTION_CREATION_RATE),
                values.of(CONNECTIONS_MAX_IDLE_MS),
                buffer(SOCKET_SEND_BUFFER_BYTES),
                buffer(SOCKET_RECEIVE_BUFFER_BYTES),
                values.of(SOCKET_LISTEN_BACKLOG_SIZE));
    }

    private long queuedBytes() {
        long queued = values.of(QUEUED_MAX_REQUEST_BYTES);
        int largest = values.of(SOCKET_REQUEST_MAX_BYTES);
        if (queued < 0) {
            return Math.max(Runtime.getRuntime().maxMemory() / 2, largest);
        }
        if (queued < largest) {
            throw values.refuse(QUEUED_MAX_REQUEST_BYTES, "must be at least socket.request.max.bytes=" + largest);
        }
        return queued;
    }

    private int buffer(Setting<Integer> setting) {
        int bytes = values.of(setting);
        if (bytes == 0) {
            throw values.refuse(setting, "must be at least 1, or -1");
        }
        return bytes;
    }

    private Map<InetAddress, Integer> connectionsPerIpOverrides() {
        Map<InetAddress, Integer> overrides = new HashMap<>();
        for (String item : values.of(MAX_CONNECTIONS_PER_IP_OVERRIDES)) {
            int colon = item.lastIndexOf(':');
            try {
                int count = Integer.parseInt(item.substring(colon + 1).trim());
                if (colon < 1 || count < 0) {
                    throw values.refuse(MAX_CONNECTIONS_PER_IP_OVERRIDES, "must be address:count between commas");
                }
                overrides.put(InetAddress.getByName(item.substring(0, colon).trim()), count);
            } catch (NumberFormatException | UnknownHostException e) {
                throw values.refuse(
                        MAX_CONNECTIONS_PER_IP_OVERRIDES,
                        "must be address:count between commas, which " + item + " is not");
            }
        }
        return overrides;
    }

    private ControllerConfig controller() {
        int replicationFactor = values.of(DEFAULT_REPLICATION_FACTOR);
        return new ControllerConfig(
                values.of(NUM_PARTITIONS),
                replicationFactor,
                values.of(AUTO_CREATE_TOPICS_ENABLE),
                values.of(DELETE_TOPIC_ENABLE),
                values.of(UNCLEAN_LEADER_ELECTION_ENABLE),
                new LeaderRebalanceConfig(
                        values.of(AUTO_LEADER_REBALANCE_ENABLE),
                        1000 * values.of(LEADER_IMBALANCE_CHECK_INTERVAL_SECONDS),
                        values.of(LEADER_IMBALANCE_PER_BROKER_PERCENTAGE)),
                values.of(BROKER_PORT_WATCH_ENABLE));
    }
}
