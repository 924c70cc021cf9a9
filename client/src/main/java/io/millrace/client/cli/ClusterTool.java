package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.AdminConfig;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A tool that asks a cluster. */
abstract class ClusterTool extends Tool {
    @Option(
            names = "--bootstrap-server",
            paramLabel = "HOST:PORT",
            description = "A broker to connect to, several separated by commas.")
    private @Nullable String bootstrapServer;

    @Option(
            names = "--zookeeper",
            paramLabel = "HOST:PORT/CHROOT",
            description = "The old form: look the brokers up in ZooKeeper.")
    private @Nullable String zookeeper;

    private @Nullable String found;

    /** What {@code --broker-list} says where it stands for {@code --bootstrap-server}. */
    @Nullable
    String brokerList() {
        return null;
    }

    /** The brokers to ask first. */
    final String bootstrap() {
        String given = bootstrapServer != null ? bootstrapServer : brokerList();
        if (given != null) {
            return given;
        }
        if (found == null) {
            found = lookUp();
        }
        return found;
    }

    private String lookUp() {
        if (zookeeper == null) {
            throw wrong("--bootstrap-server must be specified");
        }
        try {
            return brokers().find(zookeeper);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ToolFailure("No broker could be found in the ZooKeeper at " + zookeeper + ": " + e.getMessage());
        }
    }

    @Override
    final String waitingFor() {
        return bootstrap() + "; is a broker listening there?";
    }

    final Admin admin(@Nullable Path configFile) {
        return new Admin(AdminConfig.from(clientSettings(configFile)));
    }

    /** The settings of the file, with the brokers the options name. */
    final Properties clientSettings(@Nullable Path configFile) {
        Properties settings = properties(configFile);
        settings.setProperty("bootstrap.servers", bootstrap());
        settings.putIfAbsent("client.id", getClass().getSimpleName());
        return settings;
    }
}
