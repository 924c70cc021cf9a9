package io.millrace.broker.cluster;

import io.millrace.broker.Broker;
import io.millrace.broker.KnownBrokers;
import io.millrace.broker.config.BrokerConfig;
import io.millrace.broker.zk.TestZooKeeper;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Brokers in this JVM, on ports of their own, around one ZooKeeper. */
public final class TestNodes implements AutoCloseable {
    private final Path dir;
    private final Map<String, String> settings;
    private final String firstListener;
    private final TestZooKeeper zooKeeper = new TestZooKeeper();
    private final Map<Integer, Broker> running = new TreeMap<>();

    /** @param settings of all brokers, over the ones that every test needs */
    public TestNodes(Path dir, Map<String, String> settings) {
        this.dir = dir;
        this.settings = settings;
        this.firstListener = settings.getOrDefault("listeners", "PLAINTEXT").replaceFirst(":.*", "");
    }

    /** Starts brokers with these ids, and waits until all that run know each other. */
    public TestNodes start(int... ids) throws Exception {
        for (int id : ids) {
            launch(id, Map.of());
        }
        awaitKnown();
        return this;
    }

    /** Starts a broker, and waits until all that run know each other. */
    public void start(int id, Map<String, String> ofThisOne) throws Exception {
        launch(id, ofThisOne);
        awaitKnown();
    }

    private void awaitKnown() {
        for (Broker broker : running.values()) {
            KnownBrokers.await(broker.port(firstListener), running.keySet());
        }
    }

    private void launch(int id, Map<String, String> ofThisOne) throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "broker.id",
                Integer.toString(id),
                "listeners",
                "PLAINTEXT://localhost:0",
                "log.dirs",
                dir.resolve("broker-" + id).toString(),
                "zookeeper.connect",
                zooKeeper.connect(),
                "zookeeper.session.timeout.ms",
                "6000",
                "auto.create.topics.enable",
                "false"));
        all.putAll(settings);
        all.putAll(ofThisOne);
        Broker broker = new Broker(BrokerConfig.parse(all));
        broker.start();
        running.put(id, broker);
    }

    /** Closes a broker, in order. */
    public void stop(int id) {
        running.remove(id).close();
    }

    /** Where clients find the brokers that run. */
    public String bootstrap() {
        return bootstrap("PLAINTEXT");
    }

    /** Where they are found at one of several listeners. */
    String bootstrap(String listener) {
        return running.values().stream()
                .map(broker -> "localhost:" + broker.port(listener))
                .collect(Collectors.joining(","));
    }

    /** Where ZooKeeper is found. */
    String zooKeeperConnect() {
        return zooKeeper.connect();
    }

    int port(int id) {
        return port(id, "PLAINTEXT");
    }

    int port(int id, String listener) {
        return running.get(id).port(listener);
    }

    /** The log directory of a broker. */
    Path logDir(int id) {
        return dir.resolve("broker-" + id);
    }

    @Override
    public void close() {
        running.values().forEach(Broker::close);
        zooKeeper.close();
    }
}
