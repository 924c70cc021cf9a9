package io.millrace.broker.controller;

import io.millrace.broker.zk.ControllerMovedException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.AllocateProducerIds;
import io.millrace.protocol.message.AlterPartition;
import io.millrace.protocol.message.AlterPartitionReassignments;
import io.millrace.protocol.message.ControlledShutdown;
import io.millrace.protocol.message.ElectLeaders;
import io.millrace.protocol.message.ListPartitionReassignments;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What brokers and people ask of the controller about partitions. Any thread may ask; the answers come from the
 * controller's thread and never exceptionally. A broker that is not the controller answers that it is not.
 */
public final class PartitionAdmin {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionAdmin.class);

    private final Turns turns;

    PartitionAdmin(Turns turns) {
        this.turns = turns;
    }

    /**
     * Takes in changes of the ISR that a leader proposes.
     *
     * @param version of the request
     */
    public CompletableFuture<AlterPartition.Response> alterPartition(AlterPartition.Request request, int version) {
        return ask("AlterPartition", active -> active.alterPartition(request, version), error -> {
            AlterPartition.Response response = new AlterPartition.Response();
            response.errorCode = error.code();
            return response;
        });
    }

    /** Has others lead what a broker leads that wants to stop. */
    public CompletableFuture<ControlledShutdown.Response> controlledShutdown(ControlledShutdown.Request request) {
        return ask("ControlledShutdown", active -> active.shutDown(request), error -> {
            ControlledShutdown.Response response = new ControlledShutdown.Response();
            response.errorCode = error.code();
            return response;
        });
    }

    /** Has other replicas lead. It is decided when the answer is there; the brokers hear of it a little later. */
    public CompletableFuture<ElectLeaders.Response> electLeaders(ElectLeaders.Request request) {
        return ask("ElectLeaders", active -> active.electLeaders(request), error -> {
            ElectLeaders.Response response = new ElectLeaders.Response();
            response.errorCode = error.code();
            return response;
        });
    }

    /** Begins, replaces or cancels reassignments. */
    public CompletableFuture<AlterPartitionReassignments.Response> alterReassignments(
            AlterPartitionReassignments.Request request) {
        return ask("AlterPartitionReassignments", active -> active.alterReassignments(request), error -> {
            AlterPartitionReassignments.Response response = new AlterPartitionReassignments.Response();
            response.errorCode = error.code();
            response.errorMessage = null;
            return response;
        });
    }

    /** Lists the reassignments that are going on. */
    public CompletableFuture<ListPartitionReassignments.Response> listReassignments(
            ListPartitionReassignments.Request request) {
        return ask("ListPartitionReassignments", active -> active.listReassignments(request), error -> {
            ListPartitionReassignments.Response response = new ListPartitionReassignments.Response();
            response.errorCode = error.code();
            response.errorMessage = null;
            return response;
        });
    }

    /** Gives a broker a block of producer ids. */
    public CompletableFuture<AllocateProducerIds.Response> allocateProducerIds(AllocateProducerIds.Request request) {
        return ask("AllocateProducerIds", active -> active.allocateProducerIds(request), error -> {
            AllocateProducerIds.Response response = new AllocateProducerIds.Response();
            response.errorCode = error.code();
            return response;
        });
    }

    private <T> CompletableFuture<T> ask(
            String name, Function<ActiveController, T> task, Function<ErrorCode, T> failed) {
        return turns.<T>inTurn(
                        name, active -> active == null ? failed.apply(ErrorCode.NOT_CONTROLLER) : task.apply(active))
                .exceptionally(e -> failed.apply(errorOf(name, e)));
    }

    private static ErrorCode errorOf(String name, Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        if (failure instanceof ControllerMovedException || cause instanceof ControllerMovedException) {
            return ErrorCode.NOT_CONTROLLER;
        }
        LOG.warn("Could not deal with {}: {}", name, cause.toString());
        return ErrorCode.UNKNOWN_SERVER_ERROR;
    }
}
