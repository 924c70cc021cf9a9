package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.SyncGroup;

/** SyncGroup: versions differ only in what the client says of itself. */
final class SyncGroupHandler extends MessageHandler<SyncGroup.Request> {
    private final GroupCoordinator coordinator;

    SyncGroupHandler(GroupCoordinator coordinator) {
        super(ApiKey.SYNC_GROUP, SyncGroup.Request::new);
        this.coordinator = coordinator;
    }

    @Override
    protected void handle(SyncGroup.Request request, RequestContext context) {
        coordinator.sync(request, Answer.of(context::respond, context::fail));
    }
}
