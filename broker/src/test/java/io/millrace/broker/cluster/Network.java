package io.millrace.broker.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A network namespace for each server, all on one bridge, so that the way between any two of them can be cut in one direction or in
 * both while clients go on reaching all. Needs the rights of root and {@code ip}; used by the long form only.
 */
final class Network implements AutoCloseable {
    /** The server that ZooKeeper runs in; brokers have their own number. */
    static final int ZOOKEEPER = 0;

    private static final int CLIENTS = 254;

    private final String name = "mr" + ProcessHandle.current().pid() % 100_000;
    private final String subnet = "10.213." + ProcessHandle.current().pid() % 250 + ".";
    private final int servers;
    private final Set<Cut> cuts = new LinkedHashSet<>();

    private record Cut(int from, int to) {}

    /** Servers 0 to {@code servers - 1}. */
    Network(int servers) {
        this.servers = servers;
        run("ip", "link", "add", name, "type", "bridge");
        run("ip", "addr", "add", subnet + CLIENTS + "/24", "dev", name);
        run("ip", "link", "set", name, "up");
        for (int server = 0; server < servers; server++) {
            String space = space(server);
            run("ip", "netns", "add", space);
            run("ip", "link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space);
            run("ip", "link", "set", space, "master", name, "up");
            in(server, "ip", "addr", "add", address(server) + "/24", "dev", "eth0");
            in(server, "ip", "link", "set", "eth0", "up");
            in(server, "ip", "link", "set", "lo", "up");
        }
    }

    String address(int server) {
        return subnet + (server + 1);
    }

    /** What goes before the command of a server. */
    List<String> prefix(int server) {
        return List.of("ip", "netns", "exec", space(server));
    }

    /** From now on nothing that {@code from} sends reaches {@code to}; the other way round it is as it was. */
    void cutOneWay(int from, int to) {
        if (cuts.add(new Cut(from, to))) {
            in(from, "ip", "route", "add", "blackhole", address(to) + "/32");
        }
    }

    void cut(int one, int other) {
        cutOneWay(one, other);
        cutOneWay(other, one);
    }

    void heal() {
        for (Cut cut : cuts) {
            in(cut.from, "ip", "route", "del", "blackhole", address(cut.to) + "/32");
        }
        cuts.clear();
    }

    @Override
    public void close() {
        for (int server = 0; server < servers; server++) {
            run("ip", "netns", "del", space(server));
        }
        run("ip", "link", "del", name);
    }

    private String space(int server) {
        return name + "-" + server;
    }

    private void in(int server, String... command) {
        List<String> all = new ArrayList<>(prefix(server));
        all.addAll(List.of(command));
        run(all.toArray(String[]::new));
    }

    private static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
