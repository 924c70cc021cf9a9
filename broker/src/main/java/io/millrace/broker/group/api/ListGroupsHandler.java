package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.ListGroups;

/** ListGroups: filters by state (version 4) and type (version 5) are empty in older versions, which means no filter. */
final class ListGroupsHandler extends MessageHandler<ListGroups.Request> {
    private final GroupCoordinator coordinator;

    ListGroupsHandler(GroupCoordinator coordinator) {
        super(ApiKey.LIST_GROUPS, ListGroups.Request::new);
        this.coordinator = coordinator;
    }

    @Override
    protected void handle(ListGroups.Request request, RequestContext context) {
        coordinator.list(request, Answer.of(context::respond, context::fail));
    }
}
