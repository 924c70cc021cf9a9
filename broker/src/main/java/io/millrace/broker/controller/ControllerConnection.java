package io.millrace.broker.controller;

import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.ClusterSnapshot;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.broker.metadata.MetadataCache;
import io.millrace.client.net.Call;
import io.millrace.client.net.ConnectionPool;
import io.millrace.protocol.message.AllocateProducerIds;
import io.millrace.protocol.message.ControlledShutdown;
import io.millrace.protocol.message.Message;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The way of a broker to the controller, wherever it is: in this process if this broker is it, else over a socket to the
 * broker that the metadata name. Any thread may ask; who gets no answer, or that it was the wrong broker, asks again later.
 */
public final class ControllerConnection {
    private final int brokerId;
    private final String interBrokerListener;
    private final MetadataCache metadata;
    private final PartitionAdmin here;
    private final Supplier<ConnectionPool> connections;

    /**
     * @param brokerId of this broker
     * @param interBrokerListener name of the listener, in upper case, at which brokers find each other
     * @param here deals with requests if this broker is the controller
     * @param connections to other brokers
     */
    public ControllerConnection(
            int brokerId,
            String interBrokerListener,
            MetadataCache metadata,
            PartitionAdmin here,
            Supplier<ConnectionPool> connections) {
        this.brokerId = brokerId;
        this.interBrokerListener = interBrokerListener;
        this.metadata = metadata;
        this.here = here;
        this.connections = connections;
    }

    /** Whether this broker knows of another one that is alive. */
    boolean hasPeers() {
        return metadata.snapshot().brokers().stream().anyMatch(broker -> broker.id() != brokerId);
    }

    /** Id of the controller as far as this broker knows, or -1. */
    int controllerId() {
        return metadata.snapshot().controllerId();
    }

    /** Completes when there is another controller than this one, as far as this broker hears, or after the timeout. */
    CompletableFuture<Boolean> another(int controllerId, long timeoutMs) {
        return metadata.when(cluster -> cluster.controllerId() != controllerId, timeoutMs);
    }

    /** Asks for this broker to be let go. */
    CompletableFuture<ControlledShutdown.Response> controlledShutdown(ControlledShutdown.Request request) {
        return isHere() ? here.controlledShutdown(request) : send(request, ControlledShutdown.Response::new);
    }

    /** Asks for a block of producer ids. */
    CompletableFuture<AllocateProducerIds.Response> allocateProducerIds(AllocateProducerIds.Request request) {
        return isHere() ? here.allocateProducerIds(request) : send(request, AllocateProducerIds.Response::new);
    }

    private boolean isHere() {
        return controllerId() == brokerId;
    }

    private <R extends Message> CompletableFuture<R> send(Message request, Supplier<R> response) {
        ClusterSnapshot cluster = metadata.snapshot();
        BrokerMetadata controller = cluster.broker(cluster.controllerId());
        Endpoint endpoint = controller == null ? null : controller.endpoint(interBrokerListener);
        return endpoint == null
                ? CompletableFuture.failedFuture(new IllegalStateException("no controller is known"))
                : connections
                        .get()
                        .send(
                                new io.millrace.client.net.Endpoint(endpoint.host(), endpoint.port()),
                                Call.of(request, response));
    }
}
