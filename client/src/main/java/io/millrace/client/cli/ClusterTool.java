package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.AdminConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Properties;
import java.util.Set;
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
        if (found == null) {
            if (given != null) {
                refuseUnknownHosts(given);
            }
            found = given != null ? given : lookUp();
        }
        return found;
    }

    /** A name that nobody knows is a mistake, and not something that may come up later. */
    static void refuseUnknownHosts(String servers) {
        Set<String> unknown = new LinkedHashSet<>();
        for (String server : servers.split(",")) {
            int colon = server.lastIndexOf(':');
            String host = server.substring(0, Math.max(0, colon)).trim();
            try {
                InetAddress.getByName(
                        host); // that of no name at all is this machine; what is wrong there is said later
                return;
            } catch (UnknownHostException e) {
                unknown.add(host);
            }
        }
        throw new ToolFailure("There is no host named " + String.join(" or ", unknown)
                + "; what must be given is HOST:PORT of a broker");
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
