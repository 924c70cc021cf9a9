package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.DeleteGroups;

/** DeleteGroups: the same in all versions. */
final class DeleteGroupsHandler extends MessageHandler<DeleteGroups.Request> {
    private final GroupCoordinator coordinator;

    DeleteGroupsHandler(GroupCoordinator coordinator) {
        super(ApiKey.DELETE_GROUPS, DeleteGroups.Request::new);
        this.coordinator = coordinator;
    }

    @Override
    protected void handle(DeleteGroups.Request request, RequestContext context) {
        coordinator.deleteGroups(request, Answer.of(context::respond, context::fail));
    }
}
