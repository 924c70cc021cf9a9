package io.millrace.broker.fetcher;

import io.millrace.broker.config.FetcherConfig;
import io.millrace.broker.loop.ConnectionLoop;
import io.millrace.broker.loop.Loop;
import io.millrace.client.net.Backoff;
import io.millrace.client.net.Call;
import io.millrace.client.net.ConnectionConfig;
import io.millrace.client.net.ConnectionPool;
import io.millrace.client.net.Endpoint;
import io.millrace.client.net.Transport;
import io.millrace.protocol.message.Message;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A leader behind its socket. The connection has the event loop to itself, whose thread is called after the leader: {@code
 * fetcher-2}, or {@code fetcher-2-1} where there are several.
 */
final class ConnectedLeader implements LeaderLink {
    private static final int CONNECT_TIMEOUT_MS = 10_000;

    /** Fetches, and now and then a question about offsets. */
    private static final int MAX_IN_FLIGHT = 100;

    private static final int MAX_WAITING = 10_000;
    private static final Backoff RECONNECT = new Backoff(50, 1_000);

    private final Endpoint endpoint;
    private final Transport transport;
    private final ConnectionPool connections;
    private final Loop loop;

    ConnectedLeader(FetcherConfig config, int leaderId, int fetcher, Endpoint endpoint) {
        String suffix = config.fetchers() == 1 ? "" : "-" + fetcher;
        this.endpoint = endpoint;
        this.transport = Transport.nio("fetcher-" + leaderId + suffix, 1);
        this.loop = new ConnectionLoop(transport.group().next());
        this.connections = new ConnectionPool(
                transport,
                new ConnectionConfig(
                        "broker-" + config.brokerId() + "-fetcher-" + fetcher,
                        config.socketTimeoutMs(),
                        CONNECT_TIMEOUT_MS,
                        MAX_IN_FLIGHT,
                        MAX_WAITING,
                        config.maxResponseBytes(),
                        -1,
                        config.socketReceiveBufferBytes(),
                        RECONNECT));
    }

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public <R extends Message> void send(
            Message request,
            int lowestVersion,
            int highestVersion,
            Supplier<R> response,
            BiConsumer<@Nullable R, @Nullable Throwable> then) {
        connections
                .send(endpoint, Call.of(request, response).versions(lowestVersion, highestVersion))
                .whenComplete(then);
    }

    @Override
    public void end() {
        connections.close();
        transport.stop();
    }

    @Override
    public void close() {
        connections.close();
        transport.shutdown();
    }
}
