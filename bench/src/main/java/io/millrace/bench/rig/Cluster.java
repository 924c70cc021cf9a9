package io.millrace.bench.rig;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The processes of a contender on this machine: brokers, and a ZooKeeper where one is needed. Files are kept in one directory. */
final class Cluster implements AutoCloseable {
    private static final long START_LIMIT_MS = 60_000;
    private static final long STOP_LIMIT_S = 30;
    private static final int SESSION_TIMEOUT_MS = 6_000;

    /** A broker, as long as it runs and after. */
    final class Broker {
        final int id;
        final int port;
        private final List<String> command;
        private Process process;
        private long startedNs;

        private Broker(int id, int port, List<String> command) throws IOException {
            this.id = id;
            this.port = port;
            this.command = command;
            startedNs = System.nanoTime();
            process = launch("broker-" + id, command);
        }

        long pid() {
            return process.pid();
        }

        /** Seconds since its process was asked for. */
        double age() {
            return (System.nanoTime() - startedNs) / 1e9;
        }

        double cpuSeconds() throws IOException {
            return Proc.cpuSeconds(pid());
        }

        /** Ends it without a warning, as the kernel does when memory is short. */
        void kill() throws InterruptedException {
            process.destroyForcibly();
            process.waitFor();
        }

        void restart() throws IOException {
            startedNs = System.nanoTime();
            process = launch("broker-" + id, command);
        }
    }

    private final Path dir;
    private final List<Broker> brokers = new ArrayList<>();
    private @Nullable Process zooKeeper;

    private Cluster(Path dir) {
        this.dir = dir;
    }

    /**
     * Starts a cluster and does not wait for its brokers.
     *
     * @param kafka where a ZooKeeper can be had
     */
    static Cluster start(Contender contender, Contender.Kafka kafka, Path dir, int brokers)
            throws IOException, InterruptedException {
        Cluster cluster = new Cluster(Files.createDirectories(dir));
        try {
            String connect = contender.needsZooKeeper() || brokers > 1 ? cluster.startZooKeeper(kafka) : "";
            for (int id = 1; id <= brokers; id++) {
                cluster.startBroker(contender, id, Math.min(3, brokers), connect);
            }
            return cluster;
        } catch (IOException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    List<Broker> brokers() {
        return brokers;
    }

    /** The only broker, or the first. */
    Broker broker() {
        return brokers.get(0);
    }

    String bootstrap() {
        return brokers.stream().map(broker -> "127.0.0.1:" + broker.port).collect(Collectors.joining(","));
    }

    /** CPU time of all brokers that run. */
    double cpuSeconds() throws IOException {
        double sum = 0;
        for (Broker broker : brokers) {
            if (broker.process.isAlive()) {
                sum += broker.cpuSeconds();
            }
        }
        return sum;
    }

    /** Waits until all brokers accept connections. */
    void awaitPorts() throws IOException, InterruptedException {
        for (Broker broker : brokers) {
            awaitPort(broker.port, broker.process, "broker-" + broker.id);
        }
    }

    private String startZooKeeper(Contender.Kafka kafka) throws IOException, InterruptedException {
        int port = freePort();
        Path config = Files.write(
                dir.resolve("zookeeper.properties"),
                List.of(
                        "dataDir=" + dir.resolve("zookeeper"),
                        "clientPort=" + port,
                        "clientPortAddress=127.0.0.1",
                        "maxClientCnxns=0",
                        "admin.enableServer=false"));
        zooKeeper = launch("zookeeper", kafka.zooKeeperCommand(config));
        awaitPort(port, zooKeeper, "zookeeper");
        return "127.0.0.1:" + port;
    }

    private void startBroker(Contender contender, int id, int replicas, String zooKeeperConnect) throws IOException {
        int port = freePort();
        List<String> settings = new ArrayList<>(List.of(
                "broker.id=" + id,
                "listeners=PLAINTEXT://127.0.0.1:" + port,
                "log.dirs=" + dir.resolve("logs-" + id),
                "offsets.topic.replication.factor=" + replicas,
                "zookeeper.session.timeout.ms=" + SESSION_TIMEOUT_MS,
                "group.initial.rebalance.delay.ms=0"));
        if (!zooKeeperConnect.isEmpty()) {
            settings.add("zookeeper.connect=" + zooKeeperConnect);
        }
        settings.addAll(contender.settings());
        Path config = Files.write(dir.resolve("broker-" + id + ".properties"), settings);
        brokers.add(new Broker(id, port, contender.command(config)));
    }

    private Process launch(String name, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("MILLRACE_RUN_DIR", dir.resolve("run").toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.redirectErrorStream(true);
        builder.redirectOutput(
                ProcessBuilder.Redirect.appendTo(dir.resolve(name + ".out").toFile()));
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        Process process = builder.start();
        // Should the rig itself be told to end.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        return process;
    }

    private void awaitPort(int port, Process process, String name) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() - startNs > START_LIMIT_MS * 1_000_000) {
                    throw new IOException(name + " did not start:\n" + Files.readString(dir.resolve(name + ".out")), e);
                }
                Thread.sleep(20);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Ends all processes and removes their files. */
    @Override
    public void close() throws IOException, InterruptedException {
        for (Broker broker : brokers) {
            broker.process.destroy();
        }
        for (Broker broker : brokers) {
            end(broker.process);
        }
        if (zooKeeper != null) {
            zooKeeper.destroy();
            end(zooKeeper);
        }
        try (var files = Files.walk(dir)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static void end(Process process) throws InterruptedException {
        if (!process.waitFor(STOP_LIMIT_S, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            process.waitFor();
        }
    }
}
