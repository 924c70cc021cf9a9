package io.millrace.broker.controller;

import io.millrace.broker.metadata.MetadataCache;
import io.millrace.client.net.Call;
import io.millrace.protocol.message.AllocateProducerIds;
import io.millrace.protocol.message.ControlledShutdown;
import java.util.concurrent.CompletableFuture;

/**
 * The way of a broker to the controller, wherever it is: in this process if this broker is it, else over a socket to the
 * broker that the metadata name. Any thread may ask; who gets no answer, or that it was the wrong broker, asks again later.
 */
public final class ControllerConnection {
    private final int brokerId;
    private final MetadataCache metadata;
    private final PartitionAdmin here;
    private final ControllerSocket elsewhere;

    /**
     * @param brokerId of this broker
     * @param here deals with requests if this broker is the controller
     * @param elsewhere deals with them if another one is
     */
    public ControllerConnection(int brokerId, MetadataCache metadata, PartitionAdmin here, ControllerSocket elsewhere) {
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.here = here;
        this.elsewhere = elsewhere;
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
        return isHere()
                ? here.controlledShutdown(request)
                : elsewhere.send(Call.of(request, ControlledShutdown.Response::new));
    }

    /** Asks for a block of producer ids. */
    CompletableFuture<AllocateProducerIds.Response> allocateProducerIds(AllocateProducerIds.Request request) {
        return isHere()
                ? here.allocateProducerIds(request)
                : elsewhere.send(Call.of(request, AllocateProducerIds.Response::new));
    }

    private boolean isHere() {
        return controllerId() == brokerId;
    }
}
