package io.millrace.bench.rig;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One of those that are compared: how a broker of it is started from a file with settings. */
sealed interface Contender {
    /** As the tables call it. */
    String name();

    /** Whether a single broker needs a ZooKeeper beside it. */
    boolean needsZooKeeper();

    /** What its configuration says beside what all are told. */
    List<String> settings();

    /** The command whose process is, or becomes, the broker. */
    List<String> command(Path config);

    /** Ours, as it is distributed. */
    record Millrace(Path home) implements Contender {
        @Override
        public String name() {
            return "Millrace";
        }

        @Override
        public boolean needsZooKeeper() {
            return false;
        }

        @Override
        public List<String> settings() {
            return List.of();
        }

        @Override
        public List<String> command(Path config) {
            return List.of(home.resolve("bin/broker-start.sh").toString(), config.toString());
        }
    }

    /**
     * Apache Kafka from its jars.
     *
     * @param tuned with a thread of each kind for each of two processors, our heap, pages and collector, a buffer of its cleaner that
     *     fits into them, and socket buffers that are left to the kernel as ours are; else as its scripts start it
     */
    record Kafka(Path libs, Path logging, boolean tuned) implements Contender {
        private static final List<String> SHIPPED = List.of(
                "-Xmx1G",
                "-Xms1G",
                "-server",
                "-XX:+UseG1GC",
                "-XX:MaxGCPauseMillis=20",
                "-XX:InitiatingHeapOccupancyPercent=35",
                "-XX:+ExplicitGCInvokesConcurrent",
                "-XX:MaxInlineLevel=15",
                "-Djava.awt.headless=true");
        private static final List<String> TUNED = List.of(
                "-Xms32m",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:+UseTransparentHugePages",
                "-XX:-UsePerfData",
                "-XX:MaxInlineLevel=15",
                "-Djava.awt.headless=true");

        @Override
        public String name() {
            return tuned ? "Kafka tuned" : "Kafka";
        }

        @Override
        public boolean needsZooKeeper() {
            return true;
        }

        @Override
        public List<String> settings() {
            return tuned
                    ? List.of(
                            "num.network.threads=2",
                            "num.io.threads=2",
                            // Of 128 MiB by default, which it takes at once, and half of the heap with it.
                            "log.cleaner.dedupe.buffer.size=4194304",
                            // The kernel sizes them, as it does ours.
                            "socket.send.buffer.bytes=-1",
                            "socket.receive.buffer.bytes=-1",
                            "replica.socket.receive.buffer.bytes=-1")
                    : List.of();
        }

        @Override
        public List<String> command(Path config) {
            return java(tuned ? TUNED : SHIPPED, "kafka.Kafka", config);
        }

        /** A ZooKeeper server of its own. */
        List<String> zooKeeperCommand(Path config) {
            return java(List.of("-Xmx256m"), "org.apache.zookeeper.server.quorum.QuorumPeerMain", config);
        }

        private List<String> java(List<String> options, String main, Path argument) {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(options);
            command.addAll(
                    List.of("-Dlog4j.configuration=file:" + logging, "-cp", libs + "/*", main, argument.toString()));
            return command;
        }
    }
}
