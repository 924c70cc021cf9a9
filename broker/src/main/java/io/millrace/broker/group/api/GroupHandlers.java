package io.millrace.broker.group.api;

import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.group.OffsetsTopic;
import io.millrace.broker.metadata.MetadataCache;
import java.util.List;

/** All handlers of this package, for the registry. */
public final class GroupHandlers {

    private GroupHandlers() {}

    public static List<ApiHandler> all(
            GroupCoordinator coordinator, OffsetsTopic offsetsTopic, MetadataCache metadata) {
        return List.of(
                new FindCoordinatorHandler(offsetsTopic),
                new JoinGroupHandler(coordinator),
                new SyncGroupHandler(coordinator),
                new HeartbeatHandler(coordinator),
                new LeaveGroupHandler(coordinator),
                new OffsetCommitHandler(coordinator, metadata),
                new OffsetFetchHandler(coordinator, metadata),
                new OffsetDeleteHandler(coordinator, metadata),
                new DescribeGroupsHandler(coordinator),
                new ListGroupsHandler(coordinator),
                new DeleteGroupsHandler(coordinator));
    }
}
