package io.millrace.broker.zk;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.HostProvider;

/**
 * Lets the ZooKeeper client begin with the first host whenever it connects, where its own choice is a random one. A broker with
 * a server of the ensemble in its own process stays with that: the death or the pause of another broker then does not take its
 * connection along.
 *
 * <p>Used by the client's sending thread. Names are looked up at every attempt, since addresses change.
 */
final class HostsInOrder implements HostProvider {
    private final List<InetSocketAddress> hosts;
    private int nextIndex;
    private boolean roundDone;

    HostsInOrder(String connect) {
        this.hosts = List.copyOf(new ConnectStringParser(connect).getServerAddresses());
    }

    @Override
    public synchronized int size() {
        return hosts.size();
    }

    @Override
    public InetSocketAddress next(long pauseMs) {
        InetSocketAddress host;
        boolean pause;
        synchronized (this) {
            pause = roundDone;
            host = hosts.get(nextIndex);
            nextIndex = (nextIndex + 1) % hosts.size();
            roundDone = nextIndex == 0;
        }
        if (pause) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pauseMs));
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(host.getHostString()), host.getPort());
        } catch (UnknownHostException e) {
            // The client's own attempt then fails, and says which name it was.
            return host;
        }
    }

    @Override
    public synchronized void onConnected() {
        nextIndex = 0;
        roundDone = false;
    }

    @Override
    public boolean updateServerList(Collection<InetSocketAddress> servers, InetSocketAddress current) {
        throw new UnsupportedOperationException("The hosts are those of the configuration");
    }
}
