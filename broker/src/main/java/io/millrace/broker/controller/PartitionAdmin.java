package io.millrace.broker.controller;

import io.millrace.broker.zk.ControllerMovedException;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.AlterPartition;
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
