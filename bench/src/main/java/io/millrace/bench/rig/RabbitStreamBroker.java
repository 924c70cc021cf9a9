package io.millrace.bench.rig;

import com.rabbitmq.stream.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** RabbitMQ with streams, as it is installed here: a node of its own beside whatever else of RabbitMQ runs on the machine. */
record RabbitStreamBroker() implements StreamBroker {
    private static final String PROGRAM = "rabbitmq-server";
    private static final String EPMD = "epmd";
    private static final Pattern VERSION = Pattern.compile("rabbitmq_server-([^/]+)");

    @Override
    public String id() {
        return "rabbitmq";
    }

    @Override
    public String name() {
        return "RabbitMQ streams";
    }

    @Override
    public Optional<String> missing() {
        return Programs.missing(PROGRAM, name(), PROGRAM);
    }

    @Override
    public String remark() {
        return "RabbitMQ " + version() + ", stream-client "
                + Optional.ofNullable(Environment.class.getPackage().getImplementationVersion())
                        .orElse("of an unknown version")
                + " as it is set by default, a stream with one replica. What it acknowledges is written to the file and not "
                + "flushed; it never flushes streams by itself and cannot be told to.";
    }

    private static String version() {
        try {
            Matcher version = VERSION.matcher(script().toRealPath().toString());
            return version.find() ? version.group(1) : "of an unknown version";
        } catch (IOException e) {
            return "of an unknown version (" + e.getMessage() + ")";
        }
    }

    /** The script of RabbitMQ itself; packages put one before it that runs the service of the system, and nothing else. */
    private static Path script() throws IOException {
        return Programs.require(PROGRAM).toRealPath().resolveSibling(PROGRAM);
    }

    @Override
    public StreamServer start(Path work) throws Exception {
        Processes processes = new Processes(work);
        Path dir = processes.dir();
        try {
            int epmdPort = Processes.freePort();
            // Else the node starts one, which outlives it.
            Process epmd = processes.launch(
                    EPMD,
                    List.of(
                            Programs.require(EPMD).toString(),
                            "-port",
                            Integer.toString(epmdPort),
                            "-address",
                            "127.0.0.1"),
                    environment -> {});
            processes.awaitPort(epmdPort, epmd, EPMD);
            int port = Processes.freePort();
            Path config = Files.write(
                    dir.resolve("rabbitmq.conf"),
                    List.of(
                            "listeners.tcp = none",
                            "stream.listeners.tcp.1 = 127.0.0.1:" + port,
                            "stream.advertised_host = 127.0.0.1",
                            "stream.advertised_port = " + port));
            Path plugins = Files.writeString(dir.resolve("enabled_plugins"), "[rabbitmq_stream].\n");
            int nodePort = Processes.freePort();
            Process server = processes.launch(
                    PROGRAM,
                    List.of(script().toString()),
                    environment -> own(environment, dir, config, plugins, epmdPort, nodePort));
            processes.awaitPort(port, server, PROGRAM);
            return RabbitStreamServer.connect(processes, server, port);
        } catch (Exception e) {
            processes.close();
            throw e;
        }
    }

    /** What a node needs to have nothing in common with one that the machine may run. */
    private static void own(
            Map<String, String> environment, Path dir, Path config, Path plugins, int epmdPort, int nodePort) {
        environment.keySet().removeIf(name -> name.startsWith("RABBITMQ_") || name.startsWith("ERL_"));
        environment.putAll(Map.of(
                "HOME", dir.toString(),
                "ERL_EPMD_PORT", Integer.toString(epmdPort),
                "ERL_EPMD_ADDRESS", "127.0.0.1",
                "RABBITMQ_NODENAME", "rig@localhost",
                "RABBITMQ_DIST_PORT", Integer.toString(nodePort),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}",
                // The process is the node then, and no script that waits for it.
                "RUNNING_UNDER_SYSTEMD", "true"));
        environment.putAll(Map.of(
                "RABBITMQ_CONF_ENV_FILE", dir.resolve("none").toString(),
                "RABBITMQ_CONFIG_FILE", config.toString(),
                "RABBITMQ_ADVANCED_CONFIG_FILE", dir.resolve("none").toString(),
                "RABBITMQ_ENABLED_PLUGINS_FILE", plugins.toString(),
                "RABBITMQ_MNESIA_BASE", dir.resolve("data").toString(),
                "RABBITMQ_GENERATED_CONFIG_DIR", dir.resolve("generated").toString(),
                "RABBITMQ_PID_FILE", dir.resolve("pid").toString(),
                "RABBITMQ_LOG_BASE", dir.resolve("logs").toString()));
    }
}
