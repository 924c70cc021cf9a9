package io.millrace.broker.api;

import io.millrace.broker.replica.ReplicaManager;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.LeaderAndIsr;
import io.millrace.protocol.message.LeaderAndIsr.Response.LeaderAndIsrTopicError;
import java.util.List;
import java.util.concurrent.Executor;

/** Answers LeaderAndIsr, by which the controller says what this broker leads and follows. */
public final class LeaderAndIsrHandler extends MessageHandler<LeaderAndIsr.Request> {
    /** From this version on the answer goes by topic id, and topics without one share the id zero. */
    private static final int FIRST_BY_TOPIC_ID = 5;

    private final ReplicaManager replicas;
    private final Executor executor;

    /** @param executor one thread that may wait for a disk, and that StopReplica uses too: requests are applied in order */
    public LeaderAndIsrHandler(ReplicaManager replicas, Executor executor) {
        super(ApiKey.LEADER_AND_ISR, LeaderAndIsr.Request::new);
        this.replicas = replicas;
        this.executor = executor;
    }

    @Override
    protected void handle(LeaderAndIsr.Request request, RequestContext context) {
        if (!replicas.config().isForController(context.listenerName())) {
            context.closeConnection("LeaderAndIsr, which is not for this listener");
            return;
        }
        Guarded.on(executor, context, () -> {
            LeaderAndIsr.Response response = replicas.applyLeaderAndIsr(request);
            if (context.apiVersion() >= FIRST_BY_TOPIC_ID && !response.partitionErrors.isEmpty()) {
                LeaderAndIsrTopicError withoutId = new LeaderAndIsrTopicError();
                withoutId.partitionErrors = response.partitionErrors;
                response.topics.add(withoutId);
                response.partitionErrors = List.of();
            }
            context.respond(response);
        });
    }
}
