package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.SyncGroup;

/** SyncGroup: since version 5 the client has to say which protocol it thinks the group has. */
final class SyncGroupHandler extends MessageHandler<SyncGroup.Request> {
    private static final int FIRST_WITH_PROTOCOL = 5;

    private final GroupCoordinator coordinator;

    SyncGroupHandler(GroupCoordinator coordinator) {
        super(ApiKey.SYNC_GROUP, SyncGroup.Request::new);
        this.coordinator = coordinator;
    }

    @Override
    protected void handle(SyncGroup.Request request, RequestContext context) {
        if (context.apiVersion() >= FIRST_WITH_PROTOCOL
                && (request.protocolType == null || request.protocolName == null)) {
            SyncGroup.Response refusal = new SyncGroup.Response();
            refusal.errorCode = ErrorCode.INCONSISTENT_GROUP_PROTOCOL.code();
            context.respond(refusal);
            return;
        }
        coordinator.sync(request, Answer.of(context::respond, context::fail));
    }
}
