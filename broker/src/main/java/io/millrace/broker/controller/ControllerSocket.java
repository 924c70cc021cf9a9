package io.millrace.broker.controller;

import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.client.net.Call;
import io.millrace.client.net.ConnectionPool;
import io.millrace.protocol.message.Message;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The controller behind its socket, wherever the metadata say that it is. Safe for use by any thread. */
public final class ControllerSocket {
    private final MetadataCache metadata;
    private final String listener;
    private final Supplier<ConnectionPool> connections;

    /**
     * @param listener its name, in upper case: where brokers find the controller
     * @param connections to other brokers
     */
    public ControllerSocket(MetadataCache metadata, String listener, Supplier<ConnectionPool> connections) {
        this.metadata = metadata;
        this.listener = listener;
        this.connections = connections;
    }

    /** Sends a request to whoever is the controller now; who gets no answer, or that it was the wrong one, asks again later. */
    public <R extends Message> CompletableFuture<R> send(Call<R> call) {
        ClusterSnapshot cluster = metadata.snapshot();
        BrokerMetadata controller = cluster.broker(cluster.controllerId());
        Endpoint endpoint = controller == null ? null : controller.endpoint(listener);
        return endpoint == null
                ? CompletableFuture.failedFuture(new IllegalStateException("no controller is known"))
                : connections.get().send(new io.millrace.client.net.Endpoint(endpoint.host(), endpoint.port()), call);
    }
}
