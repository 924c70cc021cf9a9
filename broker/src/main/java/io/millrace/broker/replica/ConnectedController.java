package io.millrace.broker.replica;

import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.client.net.Call;
import io.millrace.client.net.ConnectionPool;
import io.millrace.protocol.message.AlterPartition;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The controller behind its socket, wherever the metadata say that it is. Safe for use by any thread. */
public final class ConnectedController implements ControllerLink {
    /** The first version that names the epoch of each broker (KIP-903), and the one of Kafka 3.9. */
    private static final int ALTER_PARTITION_VERSION = 3;

    private final MetadataCache metadata;
    private final String interBrokerListener;
    private final ConnectionPool connections;

    /** @param interBrokerListener name of the listener, in upper case, at which brokers find each other */
    public ConnectedController(MetadataCache metadata, String interBrokerListener, ConnectionPool connections) {
        this.metadata = metadata;
        this.interBrokerListener = interBrokerListener;
        this.connections = connections;
    }

    @Override
    public void send(
            AlterPartition.Request request, BiConsumer<AlterPartition.@Nullable Response, @Nullable Throwable> then) {
        int id = metadata.snapshot().controllerId();
        BrokerMetadata broker = metadata.snapshot().broker(id);
        Endpoint endpoint = broker == null ? null : broker.endpoint(interBrokerListener);
        if (endpoint == null) {
            then.accept(null, new IllegalStateException("no controller is known"));
            return;
        }
        connections
                .send(
                        new io.millrace.client.net.Endpoint(endpoint.host(), endpoint.port()),
                        Call.of(request, AlterPartition.Response::new)
                                .versions(ALTER_PARTITION_VERSION, ALTER_PARTITION_VERSION))
                .whenComplete(then);
    }
}
