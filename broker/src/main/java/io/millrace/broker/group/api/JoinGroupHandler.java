package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.group.JoiningClient;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.message.JoinGroup;

/** JoinGroup: each version taught clients something that they could not do before. */
final class JoinGroupHandler extends MessageHandler<JoinGroup.Request> {
    private static final int FIRST_WITH_REBALANCE_TIMEOUT = 1;
    private static final int FIRST_WITH_MEMBER_ID_REQUIRED = 4;
    private static final int FIRST_WITH_NULL_PROTOCOL = 7;
    private static final int FIRST_WITH_SKIP_ASSIGNMENT = 9;

    private final GroupCoordinator coordinator;

    JoinGroupHandler(GroupCoordinator coordinator) {
        super(ApiKey.JOIN_GROUP, JoinGroup.Request::new);
        this.coordinator = coordinator;
    }

    @Override
    protected void handle(JoinGroup.Request request, RequestContext context) {
        int version = context.apiVersion();
        if (version < FIRST_WITH_REBALANCE_TIMEOUT) {
            request.rebalanceTimeoutMs = request.sessionTimeoutMs;
        }
        String clientId = context.clientId();
        JoiningClient client = new JoiningClient(
                clientId == null ? "" : clientId,
                "/" + context.clientAddress().getHostAddress(),
                version >= FIRST_WITH_MEMBER_ID_REQUIRED,
                version >= FIRST_WITH_SKIP_ASSIGNMENT);
        coordinator.join(
                request,
                client,
                Answer.of(
                        response -> {
                            if (version < FIRST_WITH_NULL_PROTOCOL && response.protocolName == null) {
                                response.protocolName = "";
                            }
                            context.respond(response);
                        },
                        context::fail));
    }
}
