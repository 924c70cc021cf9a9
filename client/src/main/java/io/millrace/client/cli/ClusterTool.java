package io.millrace.client.cli;

import io.millrace.client.Admin;
import io.millrace.client.AdminConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A tool that asks a cluster. */
abstract class ClusterTool extends Tool {
    /** So long a broker that is just being started may take until it listens. */
    private static final long LISTENER_MS = 5_000;

    private static final int CONNECT_MS = 3_000;
    private static final long PAUSE_MS = 200;

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
                refuseUnreachable(given);
            }
            found = given != null ? given : lookUp();
        }
        return found;
    }

    /**
     * A name that nobody knows is a mistake, and not something that may come up later; a broker may, but whoever waits at a
     * terminal is told soon that there is none.
     */
    static void refuseUnreachable(String servers) {
        refuseUnreachable(servers, InetAddress::getAllByName);
    }

    /** What names stand for. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    static void refuseUnreachable(String servers, Resolver resolver) {
        Set<String> unknown = new LinkedHashSet<>();
        List<InetSocketAddress> known = new ArrayList<>();
        for (String server : servers.split(",")) {
            int colon = server.lastIndexOf(':');
            String host = server.substring(0, Math.max(0, colon)).trim();
            try {
                // No name at all stands for this machine; what is wrong there is said later, and so is a port that
                // is none.
                int port = Integer.parseInt(server.substring(colon + 1).trim());
                for (InetAddress address : resolver.addresses(host)) {
                    known.add(new InetSocketAddress(address, port));
                }
            } catch (UnknownHostException e) {
                unknown.add(host);
            } catch (IllegalArgumentException e) {
                return;
            }
        }
        if (known.isEmpty()) {
            throw new ToolFailure("There is no host named " + String.join(" or ", unknown)
                    + "; what must be given is HOST:PORT of a broker");
        }
        awaitListener(servers, known);
    }

    private static void awaitListener(String servers, List<InetSocketAddress> addresses) {
        long startNs = System.nanoTime();
        do {
            for (InetSocketAddress address : addresses) {
                try (Socket socket = new Socket()) {
                    socket.connect(address, CONNECT_MS);
                    return;
                } catch (IOException e) {
                    // The next one, or the same again in a moment.
                }
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MS));
        } while (System.nanoTime() - startNs < TimeUnit.MILLISECONDS.toNanos(LISTENER_MS));
        throw new ToolFailure("Nobody listens at " + servers + "; is a broker running there?");
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
