package io.millrace.bench.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The processes of a contender on this machine: brokers, and a ZooKeeper where one is needed. Files are kept in one directory. */
final class Cluster implements AutoCloseable {
    static final int SESSION_TIMEOUT_MS = 6_000;

    /** A broker, as long as it runs and after. */
    final class Broker {
        final int id;
        final int port;
        private final List<String> command;
        private Process process;
        private CpuClock clock;
        private long startedNs;

        private Broker(int id, int port, List<String> command) throws IOException {
            this.id = id;
            this.port = port;
            this.command = command;
            startedNs = System.nanoTime();
            process = launch("broker-" + id, command);
            clock = new CpuClock(process.pid());
        }

        long pid() {
            return process.pid();
        }

        /** Seconds since its process was asked for. */
        double age() {
            return (System.nanoTime() - startedNs) / 1e9;
        }

        double cpuSeconds() throws IOException {
            return clock.seconds();
        }

        /** Ends it without a warning, as the kernel does when memory is short. */
        void kill() throws InterruptedException {
            killAtOnce();
            process.waitFor();
        }

        /** Likewise, and does not wait until the kernel has taken back what it had. */
        void killAtOnce() {
            process.destroyForcibly();
        }

        void restart() throws IOException {
            startedNs = System.nanoTime();
            process = launch("broker-" + id, command);
            clock = new CpuClock(process.pid());
        }
    }

    /** Something that is done around what is measured. */
    private interface Profiling {
        void around(Broker broker, Usage.Work work) throws Exception;
    }

    private final Processes processes;
    private Profiling profiling = (broker, work) -> work.run();
    private final List<Broker> brokers = new ArrayList<>();

    private Cluster(Processes processes) {
        this.processes = processes;
    }

    /**
     * Starts a cluster and does not wait for its brokers.
     *
     * @param kafka where a ZooKeeper can be had
     */
    static Cluster start(Contender contender, Contender.Kafka kafka, Path dir, int brokers)
            throws IOException, InterruptedException {
        Cluster cluster = new Cluster(new Processes(dir));
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

    /** Has all brokers profiled whenever something is measured; the times are no measure then. */
    void profile(Flames flames, String what) {
        profiling = (measured, work) -> flames.around(measured.pid(), what + " broker " + measured.id, work);
    }

    /** Has its files stay after its end. */
    void keepFiles() {
        processes.keepFiles();
    }

    /** Does what is measured. */
    Usage measured(Usage.Work work) throws Exception {
        Usage.Work all = work;
        for (Broker broker : brokers) {
            Usage.Work inner = all;
            all = () -> profiling.around(broker, inner);
        }
        return Usage.of(this::cpuSeconds, all);
    }

    /** Waits until all brokers accept connections. */
    void awaitPorts() throws IOException, InterruptedException {
        for (Broker broker : brokers) {
            processes.awaitPort(broker.port, broker.process, "broker-" + broker.id);
        }
    }

    private String startZooKeeper(Contender.Kafka kafka) throws IOException, InterruptedException {
        int port = Processes.freePort();
        Path dir = processes.dir();
        Path config = Files.write(
                dir.resolve("zookeeper.properties"),
                List.of(
                        "dataDir=" + dir.resolve("zookeeper"),
                        "clientPort=" + port,
                        "clientPortAddress=127.0.0.1",
                        "maxClientCnxns=0",
                        "admin.enableServer=false"));
        Process zooKeeper = launch("zookeeper", kafka.zooKeeperCommand(config));
        processes.awaitPort(port, zooKeeper, "zookeeper");
        return "127.0.0.1:" + port;
    }

    private void startBroker(Contender contender, int id, int replicas, String zooKeeperConnect) throws IOException {
        int port = Processes.freePort();
        Path dir = processes.dir();
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
        return processes.launch(name, command, environment -> {
            environment.put("MILLRACE_RUN_DIR", processes.dir().resolve("run").toString());
            environment.put("JAVA_HOME", System.getProperty("java.home"));
        });
    }

    /** Ends all processes and removes their files, unless they are to be kept. */
    @Override
    public void close() throws IOException, InterruptedException {
        // Nobody wants their files, and an orderly end of several takes seconds: each looks for others to lead
        // what it led.
        for (Broker broker : brokers) {
            broker.killAtOnce();
        }
        processes.close();
    }
}
