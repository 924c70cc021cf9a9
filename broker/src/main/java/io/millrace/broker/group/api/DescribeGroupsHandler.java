package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.DescribeGroups;
import io.millrace.protocol.message.DescribeGroups.Response.DescribedGroup;

/** DescribeGroups: from version 6 on a group that does not exist is an error, before it was a dead group. */
final class DescribeGroupsHandler extends MessageHandler<DescribeGroups.Request> {
    private static final int FIRST_WITH_MISSING_AS_ERROR = 6;

    /** What anybody may do with a group while nobody is forbidden anything: READ (3), DELETE (6) and DESCRIBE (8) as bits. */
    private static final int ALL_OPERATIONS = 1 << 3 | 1 << 6 | 1 << 8;

    private final GroupCoordinator coordinator;

    DescribeGroupsHandler(GroupCoordinator coordinator) {
        super(ApiKey.DESCRIBE_GROUPS, DescribeGroups.Request::new);
        this.coordinator = coordinator;
    }

    @Override
    protected void handle(DescribeGroups.Request request, RequestContext context) {
        boolean missingIsError = context.apiVersion() >= FIRST_WITH_MISSING_AS_ERROR;
        coordinator.describe(
                request,
                missingIsError,
                Answer.of(
                        response -> {
                            if (request.includeAuthorizedOperations) {
                                for (DescribedGroup group : response.groups) {
                                    if (group.errorCode == ErrorCode.NONE.code()) {
                                        group.authorizedOperations = ALL_OPERATIONS;
                                    }
                                }
                            }
                            context.respond(response);
                        },
                        context::fail));
    }
}
