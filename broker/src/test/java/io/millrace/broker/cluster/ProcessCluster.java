package io.millrace.broker.cluster;

import static org.assertj.core.api.Assertions.fail;

import io.millrace.broker.FreePorts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Three brokers, each a process, and a ZooKeeper that is another one or runs in them. Their ports stay theirs over restarts. Used by
 * one thread.
 */
final class ProcessCluster implements AutoCloseable {
    static final int BROKERS = 3;

    /** Short, so that a failover does not take long; a machine with too much to do needs longer ones to get anywhere. */
    static final int SESSION_TIMEOUT_MS = Integer.getInteger("millrace.chaos.session.ms", 4_000);

    private static final Duration REGISTERED_LIMIT = Duration.ofSeconds(240);

    /** What ZooKeeper mixes with the number of a session to make its password; the same in every release. */
    private static final long PASSWORD_SEED = 0xB3415C00L;

    private final @Nullable Network network;
    private final @Nullable ServerProcess zooKeeper;
    private final String zooKeeperConnect;
    private final Map<Integer, ServerProcess> brokers = new LinkedHashMap<>();
    private final Path dir;

    private ProcessCluster(
            Path dir, @Nullable Network network, @Nullable ServerProcess zooKeeper, String zooKeeperConnect) {
        this.dir = dir;
        this.network = network;
        this.zooKeeper = zooKeeper;
        this.zooKeeperConnect = zooKeeperConnect;
    }

    /** Our own, with small heaps and the class path of the test run. */
    static ProcessCluster millrace(Path dir, Map<String, String> settings) throws IOException {
        return millrace(dir, settings, null);
    }

    /** The same with a network whose ways can be cut; closing the cluster closes it. */
    static ProcessCluster millrace(Path dir, Map<String, String> settings, @Nullable Network network)
            throws IOException {
        ServerProcess zooKeeper = zooKeeper(dir, network);
        ProcessCluster cluster = new ProcessCluster(dir, network, zooKeeper, zooKeeper.address() + "/millrace");
        cluster.addBrokers(
                cluster.with("zookeeper.connect", cluster.zooKeeperConnect, settings),
                System.getProperty("java.class.path"),
                "io.millrace.broker.Main",
                List.of());
        return cluster;
    }

    /** Our own, each with one of three ZooKeeper servers in its process. */
    static ProcessCluster millraceAlone(Path dir, Map<String, String> settings) throws IOException {
        List<String> servers = new ArrayList<>();
        List<String> clients = new ArrayList<>();
        for (int id = 1; id <= BROKERS; id++) {
            int clientPort = FreePorts.next();
            servers.add(id + "@localhost:" + FreePorts.next() + ":" + FreePorts.next() + ";" + clientPort);
            clients.add("localhost:" + clientPort);
        }
        ProcessCluster cluster = new ProcessCluster(dir, null, null, String.join(",", clients));
        cluster.addBrokers(
                cluster.with("embedded.zookeeper.servers", String.join(",", servers), settings),
                System.getProperty("java.class.path"),
                "io.millrace.broker.Main",
                List.of());
        return cluster;
    }

    /** Apache Kafka's, for trying the checker: {@code jars} is a directory of its jars. */
    static ProcessCluster kafka(Path dir, Map<String, String> settings, Path jars) throws IOException {
        try (Stream<Path> files = Files.list(jars)) {
            String classPath = files.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
            ServerProcess zooKeeper = zooKeeper(dir, null);
            ProcessCluster cluster = new ProcessCluster(dir, null, zooKeeper, zooKeeper.address() + "/millrace");
            cluster.addBrokers(
                    cluster.with("zookeeper.connect", cluster.zooKeeperConnect, settings),
                    classPath,
                    "kafka.Kafka",
                    List.of("-Xmx256m", "-Dlog4j.configuration=file:" + kafkaLogging(dir)));
            return cluster;
        }
    }

    private static Path kafkaLogging(Path dir) throws IOException {
        return Files.writeString(dir.resolve("log4j.properties"), """
                log4j.rootLogger=WARN, OUT
                log4j.appender.OUT=org.apache.log4j.ConsoleAppender
                log4j.appender.OUT.layout=org.apache.log4j.PatternLayout
                log4j.appender.OUT.layout.ConversionPattern=[%d] %p %m (%c)%n
                """);
    }

    static ServerProcess zooKeeper(Path dir, @Nullable Network network) throws IOException {
        int port = FreePorts.next();
        String host = network == null ? "localhost" : network.address(Network.ZOOKEEPER);
        Path config = Files.writeString(
                dir.resolve("zookeeper.properties"),
                String.join(
                        "\n",
                        "dataDir=" + dir.resolve("zookeeper"),
                        "clientPort=" + port,
                        "clientPortAddress=" + host,
                        "tickTime=500",
                        "maxSessionTimeout=60000",
                        "maxClientCnxns=0",
                        "admin.enableServer=false",
                        ""));
        return new ServerProcess(
                "ZooKeeper",
                command(
                        network == null ? List.of() : network.prefix(Network.ZOOKEEPER),
                        System.getProperty("java.class.path"),
                        List.of("-Xmx64m"),
                        "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                        config),
                dir.resolve("zookeeper.out"),
                host,
                port);
    }

    private Map<String, String> with(String key, String value, Map<String, String> settings) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.put(key, value);
        return all;
    }

    private void addBrokers(Map<String, String> settings, String classPath, String main, List<String> jvmOptions)
            throws IOException {
        for (int id = 1; id <= BROKERS; id++) {
            int port = FreePorts.next();
            String host = network == null ? "localhost" : network.address(id);
            Map<String, String> all = new LinkedHashMap<>(Map.of(
                    "broker.id", Integer.toString(id),
                    "listeners", "PLAINTEXT://" + host + ":" + port,
                    "log.dirs", logDir(id).toString(),
                    "zookeeper.session.timeout.ms", Integer.toString(SESSION_TIMEOUT_MS),
                    "zookeeper.connection.timeout.ms", "60000",
                    "offsets.topic.num.partitions", "3",
                    "group.initial.rebalance.delay.ms", "0",
                    "replica.lag.time.max.ms", "5000",
                    // small segments, so that kills meet rolls
                    "log.segment.bytes", "1000000"));
            all.putAll(settings);
            Path config = Files.writeString(
                    dir.resolve("broker-" + id + ".properties"),
                    all.entrySet().stream()
                            .map(e -> e.getKey() + "=" + e.getValue() + "\n")
                            .collect(Collectors.joining()));
            List<String> options = new ArrayList<>(List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
            options.addAll(jvmOptions);
            brokers.put(
                    id,
                    new ServerProcess(
                            "broker " + id,
                            command(network == null ? List.of() : network.prefix(id), classPath, options, main, config),
                            dir.resolve("broker-" + id + ".out"),
                            host,
                            port));
        }
    }

    static List<String> command(List<String> prefix, String classPath, List<String> options, String main, Path config) {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main, config.toString()));
        return command;
    }

    /** Starts everything and waits until every broker listens; if one does not, nothing is left running. */
    ProcessCluster start() {
        try {
            if (zooKeeper != null) {
                zooKeeper.launch();
                zooKeeper.awaitServing();
            }
            brokers.values().forEach(ServerProcess::launch);
            brokers.values().forEach(ServerProcess::awaitListening);
            return this;
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** ZooKeeper as a process of its own. */
    ServerProcess zooKeeper() {
        return Objects.requireNonNull(zooKeeper, "ZooKeeper runs inside the brokers");
    }

    /** The network, if its ways can be cut. */
    Network network() {
        return Objects.requireNonNull(network, "all share one network");
    }

    boolean hasNetwork() {
        return network != null;
    }

    ServerProcess broker(int id) {
        return brokers.get(id);
    }

    List<Integer> ids() {
        return List.copyOf(brokers.keySet());
    }

    String bootstrap() {
        return brokers.values().stream().map(ServerProcess::address).collect(Collectors.joining(","));
    }

    Path logDir(int id) {
        return dir.resolve("broker-" + id + "-logs");
    }

    /** Ends the session of a broker as if it had been silent for too long, while it lives and may be busy. */
    void expireSession(int id) throws Exception {
        try (ZooKeeper observer = connect(0, new byte[0])) {
            Stat registration = observer.exists("/brokers/ids/" + id, false);
            if (registration == null) {
                throw new IllegalStateException("broker " + id + " is not registered");
            }
            long session = registration.getEphemeralOwner();
            byte[] password = new byte[16];
            new Random(session ^ PASSWORD_SEED).nextBytes(password);
            connect(session, password).close();
        }
    }

    /** The broker that is the controller, or -1 while there is none. */
    int controller() throws Exception {
        try (ZooKeeper observer = connect(0, new byte[0])) {
            String json = new String(observer.getData("/controller", false, null));
            return Integer.parseInt(json.replaceAll(".*\"brokerid\":(\\d+).*", "$1"));
        } catch (KeeperException.NoNodeException e) {
            return -1;
        }
    }

    /** Waits until ZooKeeper knows all brokers and one of them as the controller. */
    void awaitRegistered() throws Exception {
        long deadlineNs = System.nanoTime() + REGISTERED_LIMIT.toNanos();
        try (ZooKeeper observer = connect(0, new byte[0])) {
            while (observer.getChildren("/brokers/ids", false).size() < BROKERS
                    || observer.exists("/controller", false) == null) {
                if (System.nanoTime() > deadlineNs) {
                    fail("not all brokers are registered after %s%n%s", REGISTERED_LIMIT, tails());
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
        }
    }

    /** Everything that was printed last, for the report of a failure. */
    String tails() {
        return brokers.values().stream()
                .map(each -> "== " + each.name() + "\n" + each.tail() + "\n")
                .collect(Collectors.joining());
    }

    @Override
    public void close() {
        brokers.values().forEach(ServerProcess::close);
        if (zooKeeper != null) {
            zooKeeper.close();
        }
        if (network != null) {
            network.close();
        }
    }

    private ZooKeeper connect(long session, byte[] password) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        org.apache.zookeeper.Watcher watcher = event -> {
            if (event.getState() == KeeperState.SyncConnected || event.getState() == KeeperState.Expired) {
                connected.countDown();
            }
        };
        int timeoutMs = (int) Duration.ofSeconds(10).toMillis();
        ZooKeeper client = session == 0
                ? new ZooKeeper(zooKeeperConnect, timeoutMs, watcher)
                : new ZooKeeper(zooKeeperConnect, timeoutMs, watcher, session, password);
        if (!connected.await(30, TimeUnit.SECONDS)) {
            client.close();
            throw new IllegalStateException("ZooKeeper does not answer");
        }
        return client;
    }
}
