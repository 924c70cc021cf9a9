package io.millrace.broker.zk;

import io.millrace.broker.config.ZkConfig;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.SecurityProtocol;
import io.millrace.client.cli.ToolFailure;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;

/**
 * Looks up where the brokers of a cluster listen, for tools that were given a ZooKeeper instead of a broker. Changes nothing
 * there, so unlike {@link ZkSession} it makes no chroot.
 */
public final class RegisteredBrokers {
    private static final int TIMEOUT_MS = 10_000;
    private static final int RETRY_MS = 200;

    private RegisteredBrokers() {}

    /**
     * The plain listeners of all brokers, as {@code host:port} separated by commas.
     *
     * @param connect {@code host:port,host:port/chroot}
     * @throws ToolFailure if there is no answer or no broker
     * @throws IllegalArgumentException if {@code connect} has another form
     */
    public static String find(String connect) throws InterruptedException {
        ZkConfig config = new ZkConfig(connect, TIMEOUT_MS, TIMEOUT_MS, 1);
        List<String> unknown = ZkSession.unknownHosts(config);
        if (unknown.size() == config.hosts().split(",").length) {
            throw new ToolFailure("There is no host named " + String.join(" or ", unknown)
                    + "; what must be given is HOST:PORT of a ZooKeeper");
        }
        try {
            return find(config, connect);
        } catch (ZkException e) {
            throw new ToolFailure("The brokers in the ZooKeeper at " + connect + " cannot be read: " + e.getMessage());
        }
    }

    private static String find(ZkConfig config, String connect) throws InterruptedException {
        try (CuratorFramework curator = CuratorFrameworkFactory.builder()
                .connectString(config.hosts() + config.chroot())
                .sessionTimeoutMs(TIMEOUT_MS)
                .connectionTimeoutMs(TIMEOUT_MS)
                .retryPolicy(new RetryOneTime(RETRY_MS))
                .ensembleTracker(false)
                .build()) {
            curator.start();
            if (!curator.blockUntilConnected(TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                throw new ToolFailure("ZooKeeper at " + connect + " does not answer; see that it runs there");
            }
            List<LiveBroker> brokers = new BrokerRegistry(new CuratorZnodes(curator, 1), Clock.systemUTC()).brokers();
            String found = brokers.stream()
                    .flatMap(broker -> broker.registration().endpoints().stream())
                    .filter(endpoint -> endpoint.securityProtocol() == SecurityProtocol.PLAINTEXT)
                    .map(RegisteredBrokers::hostAndPort)
                    .collect(Collectors.joining(","));
            if (found.isEmpty()) {
                throw new ToolFailure("No broker is registered in the ZooKeeper at " + connect
                        + "; see that the chroot is right and a broker runs");
            }
            return found;
        }
    }

    private static String hostAndPort(Endpoint endpoint) {
        return (endpoint.host().indexOf(':') < 0 ? endpoint.host() : "[" + endpoint.host() + "]") + ":"
                + endpoint.port();
    }
}
