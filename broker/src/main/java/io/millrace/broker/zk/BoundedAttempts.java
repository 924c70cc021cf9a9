package io.millrace.broker.zk;

import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.zookeeper.client.HostProvider;

/**
 * Lets the ZooKeeper client give up an attempt that nobody answers early enough to make others within its session timeout. The
 * client waits for the timeout divided by the number of hosts, which with one host is all of it, and there are connections that
 * stay open without ever being answered: a ZooKeeper server that is asked while it starts can fail over its own missing database
 * before it has closed the socket (3.9.5, {@code NIOServerCnxn.close}). A broker started together with it would then not come up.
 *
 * <p>It does so by counting as more hosts than there are; the client uses the count for nothing else.
 */
final class BoundedAttempts implements HostProvider {
    private static final int ATTEMPTS_IN_SESSION = 3;

    /** Attempts are not cut shorter than this for the sake of others: a busy machine needs some time to answer. */
    private static final int MIN_ATTEMPT_MS = 2_000;

    private final HostProvider hosts;
    private final int attempts;

    /** @param sessionTimeoutMs the one that the client asks for */
    BoundedAttempts(HostProvider hosts, int sessionTimeoutMs) {
        this.hosts = hosts;
        this.attempts = Math.min(ATTEMPTS_IN_SESSION, sessionTimeoutMs / MIN_ATTEMPT_MS);
    }

    @Override
    public int size() {
        return Math.max(hosts.size(), attempts);
    }

    @Override
    public InetSocketAddress next(long pauseMs) {
        return hosts.next(pauseMs);
    }

    @Override
    public void onConnected() {
        hosts.onConnected();
    }

    @Override
    public boolean updateServerList(Collection<InetSocketAddress> servers, InetSocketAddress current) {
        return hosts.updateServerList(servers, current);
    }
}
