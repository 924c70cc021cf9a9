package io.millrace.broker.zk;

import io.millrace.broker.config.ZkConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.curator.RetryPolicy;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.BoundedExponentialBackoffRetry;
import org.apache.curator.utils.ZookeeperFactory;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.HostProvider;
import org.apache.zookeeper.client.StaticHostProvider;
import org.apache.zookeeper.client.ZKClientConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the one ZooKeeper session of this broker and says what becomes of it. The work itself is done by the {@link Znodes}
 * it gives out.
 *
 * <p>Curator ends a session that could not be reached for its whole timeout, so LOST always means that the next connection
 * is a new session. Whether a reconnection is one is read off the session id.
 */
public final class ZkSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ZkSession.class);

    /** First and longest pause between attempts. */
    private static final int BACKOFF_MS = 50;

    private static final int MAX_BACKOFF_MS = 1_000;

    /** Pause before a listener that could not do what it had to is told again. */
    private static final long RETELL_MS = 500;

    /** Names the file of whoever uses SASL. */
    private static final String JAAS_CONFIG = "java.security.auth.login.config";

    private enum State {
        LATENT,
        STARTED,
        CLOSED
    }

    private final ZkConfig config;
    private final CuratorFramework curator;
    private final CuratorZnodes znodes;
    private final List<Audience> listeners = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "zk-session"));
    private final AtomicReference<State> state = new AtomicReference<>(State.LATENT);
    private volatile long sessionId;
    private volatile boolean connected;

    /** Whether all listeners are to be told again what they missed. Belongs to the thread. */
    private boolean retelling;

    /** A listener, and what it has been told without being able to act on it. */
    private static final class Audience {
        private final SessionListener listener;
        private boolean missedNewSession;
        private boolean missedReconnection;

        Audience(SessionListener listener) {
            this.listener = listener;
        }

        boolean missedSomething() {
            return missedNewSession || missedReconnection;
        }
    }

    public ZkSession(ZkConfig config) {
        this.config = config;
        this.curator = newCurator(config, config.connect());
        this.znodes = new CuratorZnodes(curator, config.maxInFlightRequests());
    }

    /**
     * Connects, creating the chroot if it is missing.
     *
     * @throws ZkException if ZooKeeper cannot be reached within the connection timeout
     */
    public void start() {
        if (!state.compareAndSet(State.LATENT, State.STARTED)) {
            throw new IllegalStateException("ZkSession was started before");
        }
        createChroot();
        curator.getConnectionStateListenable().addListener((client, change) -> onStateChange(change));
        curator.start();
        awaitConnection(curator);
        sessionId = znodes.sessionId();
        connected = true;
        LOG.info("Connected to ZooKeeper connect={} session=0x{}", config.connect(), Long.toHexString(sessionId));
    }

    /** The door to the nodes; usable between {@link #start} and {@link #close}. */
    public Znodes znodes() {
        return znodes;
    }

    /** Adds a listener behind those that are there. */
    public void addListener(SessionListener listener) {
        listeners.add(new Audience(listener));
    }

    /** Whether ZooKeeper answers, as far as we know. */
    public boolean connected() {
        return connected;
    }

    /** Ends the session; its ephemeral nodes vanish at once. */
    @Override
    public void close() {
        if (state.getAndSet(State.CLOSED) != State.STARTED) {
            thread.shutdown();
            return;
        }
        connected = false;
        curator.close();
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(config.sessionTimeoutMs(), TimeUnit.MILLISECONDS)) {
                LOG.warn("A listener of the ZooKeeper session did not end within {} ms", config.sessionTimeoutMs());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void onStateChange(ConnectionState change) {
        switch (change) {
            case SUSPENDED -> {
                connected = false;
                LOG.warn("Lost the connection to ZooKeeper, trying to keep session 0x{}", Long.toHexString(sessionId));
            }
            case LOST -> {
                connected = false;
                LOG.warn("ZooKeeper session 0x{} has expired", Long.toHexString(sessionId));
                listeners.forEach(audience -> audience.listener.onExpired());
            }
            case RECONNECTED -> {
                connected = true;
                submit(this::onConnected, 0);
            }
            case CONNECTED, READ_ONLY -> {}
        }
    }

    private void onConnected() {
        long before = sessionId;
        long now;
        try {
            now = znodes.sessionId();
        } catch (ZkException e) {
            // The connection is gone once more. When it is back, this is called again, and looks at the session again.
            LOG.info("Lost the connection to ZooKeeper again before anybody was told of it: {}", e.getMessage());
            return;
        }
        sessionId = now;
        if (now == before) {
            LOG.info("Reconnected to ZooKeeper within session 0x{}", Long.toHexString(now));
        } else {
            LOG.info("New ZooKeeper session 0x{} after 0x{}", Long.toHexString(now), Long.toHexString(before));
        }
        for (Audience audience : listeners) {
            audience.missedNewSession |= now != before;
            audience.missedReconnection |= now == before;
        }
        tellWhatIsMissed();
    }

    /**
     * Tells each listener what it has not acted on yet. One that cannot, because the connection is gone once more or ZooKeeper refuses
     * what it asks, is told the same again, after a pause or when the connection is back: of a new session it has to hear though
     * that one was only reconnected to since, or it would go on without what it had in the former one.
     */
    private void tellWhatIsMissed() {
        boolean allHeard = true;
        for (Audience audience : listeners) {
            if (state.get() == State.CLOSED) {
                return;
            }
            allHeard &= !audience.missedSomething() || tell(audience);
        }
        if (!allHeard && !retelling) {
            retelling = true;
            submit(this::tellAgain, RETELL_MS);
        }
    }

    private void tellAgain() {
        retelling = false;
        tellWhatIsMissed();
    }

    private boolean tell(Audience audience) {
        try {
            if (audience.missedNewSession) {
                audience.listener.onNewSession();
            } else {
                audience.listener.onReconnected();
            }
            audience.missedNewSession = false;
            audience.missedReconnection = false;
            return true;
        } catch (ZkException e) {
            LOG.warn("Could not pick up after a change of the ZooKeeper session and try again: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("Could not pick up after a change of the ZooKeeper session and try again", e);
        }
        return false;
    }

    private void submit(Runnable task, long delayMs) {
        if (state.get() == State.STARTED) {
            try {
                thread.schedule(task, delayMs, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("The ZooKeeper session is being closed, its listeners hear no more");
            }
        }
    }

    private void createChroot() {
        if (config.chroot().isEmpty()) {
            return;
        }
        try (CuratorFramework root = newCurator(config, config.hosts())) {
            root.start();
            awaitConnection(root);
            Znodes atRoot = new CuratorZnodes(root, 1);
            for (String path : pathsDownTo(config.chroot())) {
                PersistentPaths.ensure(atRoot, path);
            }
        }
    }

    private static List<String> pathsDownTo(String path) {
        List<String> paths = new ArrayList<>();
        for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
            paths.add(path.substring(0, slash));
        }
        paths.add(path);
        return paths;
    }

    private void awaitConnection(CuratorFramework client) {
        boolean answered;
        try {
            answered = client.blockUntilConnected(config.connectionTimeoutMs(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answered = false;
        }
        if (!answered) {
            close();
            throw new ZkException(
                    "ZooKeeper at " + config.hosts() + " does not answer within " + config.connectionTimeoutMs() + " ms"
                            + unresolved() + "; see that it runs there, or correct zookeeper.connect",
                    Code.CONNECTIONLOSS,
                    -1,
                    null);
        }
    }

    private String unresolved() {
        List<String> names = unknownHosts(config);
        return names.isEmpty() ? "" : ", because no address is known for " + String.join(" and ", names);
    }

    /**
     * Those of the hosts that no address is known for. ZooKeeper's client says so itself only with a stack for each attempt, which is
     * not logged.
     */
    static List<String> unknownHosts(ZkConfig config) {
        List<String> names = new ArrayList<>();
        for (InetSocketAddress server : new ConnectStringParser(config.hosts()).getServerAddresses()) {
            try {
                InetAddress.getByName(server.getHostString());
            } catch (UnknownHostException e) {
                names.add(server.getHostString());
            }
        }
        return names;
    }

    private static CuratorFramework newCurator(ZkConfig config, String connect) {
        return CuratorFrameworkFactory.builder()
                .zookeeperFactory(new ClientFactory(config.firstPreferred()))
                .connectString(connect)
                .sessionTimeoutMs(config.sessionTimeoutMs())
                .connectionTimeoutMs(Math.min(config.connectionTimeoutMs(), config.sessionTimeoutMs()))
                .retryPolicy(retryWithin(config.sessionTimeoutMs()))
                // The tracker follows ensemble changes through /zookeeper/config, which a chroot hides.
                .ensembleTracker(false)
                .maxCloseWaitMs(1_000)
                .zkClientConfig(new PlainClientConfig())
                .build();
    }

    /** Tries again for as long as the session can last, which is as long as an answer can still matter. */
    private static RetryPolicy retryWithin(int sessionTimeoutMs) {
        RetryPolicy pauses = new BoundedExponentialBackoffRetry(BACKOFF_MS, MAX_BACKOFF_MS, 29);
        return (count, elapsedMs, sleeper) ->
                elapsedMs < sessionTimeoutMs && pauses.allowRetry(count, elapsedMs, sleeper);
    }

    /** Makes ZooKeeper's clients for Curator, with our choice of the host to try next. */
    private record ClientFactory(boolean firstPreferred) implements ZookeeperFactory {
        @Override
        public ZooKeeper newZooKeeper(String hosts, int timeoutMs, Watcher watcher, boolean readOnly)
                throws IOException {
            return newZooKeeper(hosts, timeoutMs, watcher, readOnly, new PlainClientConfig());
        }

        @Override
        public ZooKeeper newZooKeeper(
                String connect, int timeoutMs, Watcher watcher, boolean readOnly, ZKClientConfig config)
                throws IOException {
            HostProvider hosts = firstPreferred
                    ? new HostsInOrder(connect)
                    : new StaticHostProvider(new ConnectStringParser(connect).getServerAddresses());
            return new ZooKeeper(connect, timeoutMs, watcher, readOnly, new BoundedAttempts(hosts, timeoutMs), config);
        }
    }

    /**
     * Asks for neither TLS nor SASL unless somebody has configured them. To read the settings of the one, ZooKeeper opens the
     * certificates of the machine first; for the other it looks up the name of each address, and where no name server answers
     * that takes seconds.
     */
    private static final class PlainClientConfig extends ZKClientConfig {
        PlainClientConfig() {
            if (System.getProperty(JAAS_CONFIG) == null) {
                setProperty(ENABLE_CLIENT_SASL_KEY, "false");
            }
        }

        @Override
        protected void handleBackwardCompatibility() {
            if (Boolean.getBoolean(SECURE_CLIENT)) {
                super.handleBackwardCompatibility();
            }
        }
    }
}
