package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.Answer;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.LeaveGroup;
import io.millrace.protocol.message.LeaveGroup.Request.MemberIdentity;
import java.util.List;

/** LeaveGroup: before version 3 one member leaves, and its error is that of the answer. */
final class LeaveGroupHandler extends MessageHandler<LeaveGroup.Request> {
    private static final int FIRST_WITH_MEMBERS = 3;

    private final GroupCoordinator coordinator;

    LeaveGroupHandler(GroupCoordinator coordinator) {
        super(ApiKey.LEAVE_GROUP, LeaveGroup.Request::new);
        this.coordinator = coordinator;
    }

    @Override
    protected void handle(LeaveGroup.Request request, RequestContext context) {
        if (context.apiVersion() >= FIRST_WITH_MEMBERS) {
            coordinator.leave(request, Answer.of(context::respond, context::fail));
            return;
        }
        MemberIdentity member = new MemberIdentity();
        member.memberId = request.memberId;
        request.members = List.of(member);
        coordinator.leave(
                request,
                Answer.of(
                        response -> {
                            if (response.errorCode == ErrorCode.NONE.code()) {
                                response.errorCode = response.members.get(0).errorCode;
                            }
                            response.members = List.of();
                            context.respond(response);
                        },
                        context::fail));
    }
}
