package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.Heartbeat;

/** Heartbeat: versions differ only in what the client says of itself. */
final class HeartbeatHandler extends MessageHandler<Heartbeat.Request> {
    private final GroupCoordinator coordinator;

    HeartbeatHandler(GroupCoordinator coordinator) {
        super(ApiKey.HEARTBEAT, Heartbeat.Request::new);
        this.coordinator = coordinator;
    }

    @Override
    protected void handle(Heartbeat.Request request, RequestContext context) {
        coordinator.heartbeat(request, Answer.of(context::respond, context::fail));
    }
}
