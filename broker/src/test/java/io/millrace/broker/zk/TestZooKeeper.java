package io.millrace.broker.zk;

import io.millrace.broker.config.ZkConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/** A real ZooKeeper on a free port of the loopback, that can be stopped and started over and can end sessions. */
public final class TestZooKeeper implements AutoCloseable {
    /** Short, so that sessions expire while a test waits. */
    private static final int TICK_MS = 200;

    /** The shortest session that ZooKeeper grants. */
    public static final int SESSION_TIMEOUT_MS = 2 * TICK_MS;

    private final Path dir;
    private int port;
    private ZooKeeperServer server;
    private ServerCnxnFactory connections;

    public TestZooKeeper() {
        try {
            dir = Files.createTempDirectory("millrace-zookeeper-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start();
    }

    /** Starts it on what it knew when it was stopped, on the same port. */
    public void start() {
        try {
            server = new ZooKeeperServer(dir.toFile(), dir.toFile(), TICK_MS);
            server.setMaxSessionTimeout(60_000);
            connections = new NIOServerCnxnFactory();
            connections.configure(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            connections.startup(server);
            port = connections.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public void stop() {
        connections.shutdown();
    }

    /** Ends a session as if its owner had been silent for too long. */
    public void expire(long sessionId) {
        server.closeSession(sessionId);
    }

    /** The one on the loopback address that it listens on. */
    int port() {
        return port;
    }

    public String connect() {
        return "127.0.0.1:" + port;
    }

    /** A config with sessions that outlive the pauses of a busy machine; they end by {@link #expire}. */
    public ZkConfig config() {
        return config("", 6_000);
    }

    public ZkConfig config(String chroot, int sessionTimeoutMs) {
        return new ZkConfig(connect() + chroot, sessionTimeoutMs, 10_000, 10);
    }

    /** A session that has been started. */
    public ZkSession session() {
        ZkSession session = new ZkSession(config());
        session.start();
        return session;
    }

    @Override
    public void close() {
        stop();
        try (Stream<Path> files = Files.walk(dir)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
