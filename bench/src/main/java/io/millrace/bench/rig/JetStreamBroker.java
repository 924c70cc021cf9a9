package io.millrace.bench.rig;

import io.nats.client.Nats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** NATS with JetStream, as it is installed here. */
record JetStreamBroker() implements StreamBroker {
    private static final String PROGRAM = "nats-server";

    @Override
    public String id() {
        return "nats";
    }

    @Override
    public String name() {
        return "NATS JetStream";
    }

    @Override
    public Optional<String> missing() {
        return Programs.missing(PROGRAM, name(), PROGRAM);
    }

    @Override
    public String remark() {
        return version() + ", jnats " + Nats.CLIENT_VERSION + ", a stream in files with one replica, up to "
                + JetStreamWriter.OUTSTANDING
                + " records published and not acknowledged, read by an ordered consumer. What it "
                + "acknowledges is written to the file and not flushed; that is the default, by which files are flushed every two minutes "
                + "(sync_interval; every minute before version 2.10, which cannot be told otherwise).";
    }

    private static String version() {
        try {
            return Programs.line(List.of(Programs.require(PROGRAM).toString(), "--version"));
        } catch (IOException e) {
            return PROGRAM + " of an unknown version (" + e.getMessage() + ")";
        }
    }

    @Override
    public StreamServer start(Path work) throws Exception {
        Processes processes = new Processes(work);
        Path dir = processes.dir();
        try {
            int port = Processes.freePort();
            Path config = Files.write(
                    dir.resolve("nats.conf"),
                    List.of(
                            "listen: \"127.0.0.1:" + port + "\"",
                            "jetstream { store_dir: \"" + dir.resolve("data") + "\" }"));
            Process server = processes.launch(
                    PROGRAM,
                    List.of(Programs.require(PROGRAM).toString(), "--config", config.toString()),
                    environment -> {});
            processes.awaitPort(port, server, PROGRAM);
            return new JetStreamServer(processes, server, port);
        } catch (Exception e) {
            processes.close();
            throw e;
        }
    }
}
