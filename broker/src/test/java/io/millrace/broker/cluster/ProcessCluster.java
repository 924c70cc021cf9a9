package io.millrace.broker.cluster;

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
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** A ZooKeeper and three brokers, each a process. Their ports stay theirs over restarts. Used by one thread. */
final class ProcessCluster implements AutoCloseable {
    static final int BROKERS = 3;
    static final int SESSION_TIMEOUT_MS = 4_000;

    /** What ZooKeeper mixes with the number of a session to make its password; the same in every release. */
    private static final long PASSWORD_SEED = 0xB3415C00L;

    private final ServerProcess zooKeeper;
    private final Map<Integer, ServerProcess> brokers = new LinkedHashMap<>();
    private final Path dir;

    private ProcessCluster(Path dir, ServerProcess zooKeeper) {
        this.dir = dir;
        this.zooKeeper = zooKeeper;
    }

    /** Our own, with small heaps and the class path of the test run. */
    static ProcessCluster millrace(Path dir, Map<String, String> settings) throws IOException {
        return create(dir, settings, System.getProperty("java.class.path"), "io.millrace.broker.Main", List.of());
    }

    /** Apache Kafka's, for trying the checker: {@code jars} is a directory of its jars. */
    static ProcessCluster kafka(Path dir, Map<String, String> settings, Path jars) throws IOException {
        try (Stream<Path> files = Files.list(jars)) {
            String classPath = files.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
            return create(dir, settings, classPath, "kafka.Kafka", List.of("-Xmx256m"));
        }
    }

    private static ProcessCluster create(
            Path dir, Map<String, String> settings, String classPath, String main, List<String> jvmOptions)
            throws IOException {
        int zooKeeperPort = FreePorts.next();
        Path zooKeeperConfig = Files.writeString(
                dir.resolve("zookeeper.properties"),
                String.join(
                        "\n",
                        "dataDir=" + dir.resolve("zookeeper"),
                        "clientPort=" + zooKeeperPort,
                        "clientPortAddress=localhost",
                        "tickTime=500",
                        "maxSessionTimeout=60000",
                        "maxClientCnxns=0",
                        "admin.enableServer=false",
                        ""));
        ProcessCluster cluster = new ProcessCluster(
                dir,
                new ServerProcess(
                        "ZooKeeper",
                        command(
                                System.getProperty("java.class.path"),
                                List.of("-Xmx64m"),
                                "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                                zooKeeperConfig),
                        dir.resolve("zookeeper.out"),
                        zooKeeperPort));
        for (int id = 1; id <= BROKERS; id++) {
            int port = FreePorts.next();
            Map<String, String> all = new LinkedHashMap<>(Map.of(
                    "broker.id",
                    Integer.toString(id),
                    "listeners",
                    "PLAINTEXT://localhost:" + port,
                    "log.dirs",
                    cluster.logDir(id).toString(),
                    "zookeeper.connect",
                    "localhost:" + zooKeeperPort + "/millrace",
                    "zookeeper.session.timeout.ms",
                    Integer.toString(SESSION_TIMEOUT_MS),
                    "offsets.topic.num.partitions",
                    "3",
                    "group.initial.rebalance.delay.ms",
                    "0",
                    "replica.lag.time.max.ms",
                    "5000",
                    // small segments, so that kills meet rolls
                    "log.segment.bytes",
                    "1000000"));
            all.putAll(settings);
            Path config = Files.writeString(
                    dir.resolve("broker-" + id + ".properties"),
                    all.entrySet().stream()
                            .map(e -> e.getKey() + "=" + e.getValue() + "\n")
                            .collect(Collectors.joining()));
            List<String> options = new ArrayList<>(List.of("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
            options.addAll(jvmOptions);
            cluster.brokers.put(
                    id,
                    new ServerProcess(
                            "broker " + id,
                            command(classPath, options, main, config),
                            dir.resolve("broker-" + id + ".out"),
                            port));
        }
        return cluster;
    }

    private static List<String> command(String classPath, List<String> options, String main, Path config) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main, config.toString()));
        return command;
    }

    /** Starts everything and waits until every broker listens. */
    ProcessCluster start() {
        zooKeeper.launch();
        zooKeeper.awaitListening();
        brokers.values().forEach(ServerProcess::launch);
        brokers.values().forEach(ServerProcess::awaitListening);
        return this;
    }

    ServerProcess zooKeeper() {
        return zooKeeper;
    }

    ServerProcess broker(int id) {
        return brokers.get(id);
    }

    List<Integer> ids() {
        return List.copyOf(brokers.keySet());
    }

    String bootstrap() {
        return brokers.values().stream().map(each -> "localhost:" + each.port()).collect(Collectors.joining(","));
    }

    Path logDir(int id) {
        return dir.resolve("broker-" + id + "-logs");
    }

    /** Ends the session of a broker as if it had been silent for too long, while it lives and may be busy. */
    void expireSession(int id) throws Exception {
        try (ZooKeeper observer = connect(0, new byte[0])) {
            Stat registration = observer.exists("/millrace/brokers/ids/" + id, false);
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
            String json = new String(observer.getData("/millrace/controller", false, null));
            return Integer.parseInt(json.replaceAll(".*\"brokerid\":(\\d+).*", "$1"));
        } catch (KeeperException.NoNodeException e) {
            return -1;
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
        zooKeeper.close();
    }

    private ZooKeeper connect(long session, byte[] password) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        org.apache.zookeeper.Watcher watcher = event -> {
            if (event.getState() == KeeperState.SyncConnected || event.getState() == KeeperState.Expired) {
                connected.countDown();
            }
        };
        int timeoutMs = (int) Duration.ofSeconds(10).toMillis();
        String connect = "localhost:" + zooKeeper.port();
        ZooKeeper client = session == 0
                ? new ZooKeeper(connect, timeoutMs, watcher)
                : new ZooKeeper(connect, timeoutMs, watcher, session, password);
        if (!connected.await(30, TimeUnit.SECONDS)) {
            client.close();
            throw new IllegalStateException("ZooKeeper does not answer");
        }
        return client;
    }
}
