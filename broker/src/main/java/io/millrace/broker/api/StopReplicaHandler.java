package io.millrace.broker.api;

import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.StopReplica;
import java.util.concurrent.Executor;

/** Answers StopReplica, by which the controller has replicas stopped or deleted. */
public final class StopReplicaHandler extends MessageHandler<StopReplica.Request> {
    private final ReplicaManager replicas;
    private final Executor executor;

    /** @param executor that of {@link LeaderAndIsrHandler} */
    public StopReplicaHandler(ReplicaManager replicas, Executor executor) {
        super(ApiKey.STOP_REPLICA, StopReplica.Request::new);
        this.replicas = replicas;
        this.executor = executor;
    }

    @Override
    protected void handle(StopReplica.Request request, RequestContext context) {
        if (!replicas.config().isForController(context.listenerName())) {
            context.closeConnection("StopReplica, which is not for this listener");
            return;
        }
        Guarded.on(executor, context, () -> context.respond(replicas.stopReplicas(request)));
    }
}
