package io.millrace.broker.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ZooKeeper servers that a cluster's brokers run inside themselves, one each, and which of them is ours.
 *
 * @param id of the one in this process, one of {@code peers}
 * @param peers {@code embedded.zookeeper.servers}: all of them, at least three
 * @param quorumTimeoutMs {@code embedded.zookeeper.quorum.timeout.ms}: how long a start waits for a majority, above 0
 */
public record ZooKeeperEnsemble(int id, List<Peer> peers, int quorumTimeoutMs) {
    private static final Pattern PEER =
            Pattern.compile("(\\d{1,3})@(\\[[0-9A-Fa-f:.%]+]|[^\\[\\]:/;]+):(\\d{1,5}):(\\d{1,5});(\\d{1,5})");

    /** Fewer cannot lose one. */
    private static final int FEWEST = 3;

    /** ZooKeeper keeps the number of a server in one byte and uses the highest for itself. */
    private static final int MAX_ID = 254;

    /**
     * One server. In its text, {@code id@host:peerPort:electionPort;clientPort}, the ports stand as in
     * ZooKeeper's own configuration.
     */
    public record Peer(int id, String host, int peerPort, int electionPort, int clientPort) {
        @Override
        public String toString() {
            return id + "@" + host + ":" + peerPort + ":" + electionPort + ";" + clientPort;
        }

        private String clientAddress() {
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + clientPort;
        }
    }

    public ZooKeeperEnsemble {
        peers = List.copyOf(peers);
    }

    /** The server in this process. */
    public Peer self() {
        return peers.stream().filter(peer -> peer.id == id).findFirst().orElseThrow();
    }

    /** All servers as {@code zookeeper.connect} wants them, ours in front. */
    public String connectString() {
        List<String> addresses = new ArrayList<>(List.of(self().clientAddress()));
        peers.stream().filter(peer -> peer.id != id).map(Peer::clientAddress).forEach(addresses::add);
        return String.join(",", addresses);
    }

    /**
     * Reads the servers.
     *
     * @throws IllegalArgumentException with the rule that is broken, in the form "must ..."
     */
    static List<Peer> parse(List<String> items) {
        List<Peer> peers = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        Set<String> addresses = new HashSet<>();
        for (String item : items) {
            Matcher parts = PEER.matcher(item);
            if (!parts.matches()) {
                throw new IllegalArgumentException(
                        "must be id@host:peerPort:electionPort;clientPort between commas, which " + item + " is not");
            }
            String host = parts.group(2);
            Peer peer = new Peer(
                    Integer.parseInt(parts.group(1)),
                    host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                    Integer.parseInt(parts.group(3)),
                    Integer.parseInt(parts.group(4)),
                    Integer.parseInt(parts.group(5)));
            if (peer.id > MAX_ID || !ids.add(peer.id)) {
                throw new IllegalArgumentException("must give every server an id of its own from 0 to " + MAX_ID);
            }
            for (int port : List.of(peer.peerPort, peer.electionPort, peer.clientPort)) {
                if (port < 1 || port > 65535 || !addresses.add(peer.host + ":" + port)) {
                    throw new IllegalArgumentException(
                            "must give every server three ports of its own, which " + item + " has not");
                }
            }
            peers.add(peer);
        }
        if (peers.size() < FEWEST) {
            throw new IllegalArgumentException(
                    "must name at least " + FEWEST + " servers, since fewer cannot lose one");
        }
        return peers;
    }
}
