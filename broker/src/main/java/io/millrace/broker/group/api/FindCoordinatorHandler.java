package io.millrace.broker.group.api;

import io.millrace.broker.api.MessageHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.group.OffsetsTopic;
import io.millrace.broker.metadata.BrokerMetadata;
import io.millrace.broker.metadata.Endpoint;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.FindCoordinator;
import io.millrace.protocol.message.FindCoordinator.Response.Coordinator;
import java.util.ArrayList;
import java.util.List;

/**
 * FindCoordinator: the leader of the partition of {@code __consumer_offsets} that the group belongs to. From version 4 on
 * for several groups at once.
 */
final class FindCoordinatorHandler extends MessageHandler<FindCoordinator.Request> {
    private static final int FIRST_WITH_SEVERAL_KEYS = 4;
    private static final byte GROUP = 0;
    private static final int NOBODY = -1;

    private final OffsetsTopic offsetsTopic;

    FindCoordinatorHandler(OffsetsTopic offsetsTopic) {
        super(ApiKey.FIND_COORDINATOR, FindCoordinator.Request::new);
        this.offsetsTopic = offsetsTopic;
    }

    @Override
    protected void handle(FindCoordinator.Request request, RequestContext context) {
        FindCoordinator.Response response = new FindCoordinator.Response();
        if (context.apiVersion() >= FIRST_WITH_SEVERAL_KEYS) {
            List<Coordinator> coordinators = new ArrayList<>(request.coordinatorKeys.size());
            request.coordinatorKeys.forEach(key -> coordinators.add(find(request.keyType, key, context)));
            response.coordinators = coordinators;
        } else {
            Coordinator found = find(request.keyType, request.key, context);
            response.errorCode = found.errorCode;
            response.errorMessage = found.errorMessage;
            response.nodeId = found.nodeId;
            response.host = found.host;
            response.port = found.port;
        }
        context.respond(response);
    }

    private Coordinator find(byte keyType, String key, RequestContext context) {
        if (keyType != GROUP) {
            return nobody(
                    key, ErrorCode.INVALID_REQUEST, "This broker coordinates groups only, not keys of type " + keyType);
        }
        BrokerMetadata broker = offsetsTopic.coordinator(key);
        Endpoint endpoint = broker == null ? null : broker.endpoint(context.listenerName());
        if (broker == null || endpoint == null) {
            return nobody(key, ErrorCode.COORDINATOR_NOT_AVAILABLE, "");
        }
        Coordinator coordinator = new Coordinator();
        coordinator.key = key;
        coordinator.nodeId = broker.id();
        coordinator.host = endpoint.host();
        coordinator.port = endpoint.port();
        return coordinator;
    }

    private static Coordinator nobody(String key, ErrorCode error, String message) {
        Coordinator nobody = new Coordinator();
        nobody.key = key;
        nobody.nodeId = NOBODY;
        nobody.port = NOBODY;
        nobody.errorCode = error.code();
        nobody.errorMessage = message;
        return nobody;
    }
}
