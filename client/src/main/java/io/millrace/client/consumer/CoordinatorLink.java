package io.millrace.client.consumer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.Endpoint;
import io.millrace.client.net.Node;
import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.FindCoordinator;
import io.millrace.protocol.message.Message;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The way to the coordinator of one group: finds it when it is needed, and again after it has moved. Any thread. */
public final class CoordinatorLink {
    private static final int LOWEST_VERSION_WITH_LIST = 4;

    private final BrokerClient client;
    private final String groupId;
    private volatile @Nullable Node coordinator;

    public CoordinatorLink(BrokerClient client, String groupId) {
        this.client = client;
        this.groupId = groupId;
    }

    /** Makes a call to the coordinator; fails as {@link BrokerClient#send}, or as finding the coordinator does. */
    <R extends Message> CompletableFuture<R> send(Call<R> call) {
        Node known = coordinator;
        if (known != null) {
            return sendTo(known, call);
        }
        return find().thenCompose(found -> sendTo(found, call));
    }

    private <R extends Message> CompletableFuture<R> sendTo(Node node, Call<R> call) {
        return client.send(node, call).whenComplete((response, failure) -> {
            if (failure != null) {
                forget(ClientException.of(failure).error());
            }
        });
    }

    /** Forgets the coordinator if the error says that it is another one, or that this one cannot be reached. */
    void forget(ErrorCode error) {
        switch (error) {
            case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, NETWORK_EXCEPTION, REQUEST_TIMED_OUT -> coordinator = null;
            default -> {
                // it is still the one
            }
        }
    }

    private CompletableFuture<Node> find() {
        Call<FindCoordinator.Response> call =
                Call.of(ApiKey.FIND_COORDINATOR, this::request, FindCoordinator.Response::new);
        return client.sendToAny(call).thenApply(response -> {
            Node found = node(response);
            coordinator = found;
            return found;
        });
    }

    private Message request(int version) {
        FindCoordinator.Request request = new FindCoordinator.Request();
        if (version >= LOWEST_VERSION_WITH_LIST) {
            request.coordinatorKeys = List.of(groupId);
        } else {
            request.key = groupId;
        }
        return request;
    }

    private Node node(FindCoordinator.Response response) {
        if (response.coordinators.isEmpty()) {
            requireSuccess(response.errorCode, response.errorMessage);
            return new Node(response.nodeId, new Endpoint(response.host, response.port), null);
        }
        FindCoordinator.Response.Coordinator first = response.coordinators.get(0);
        requireSuccess(first.errorCode, first.errorMessage);
        return new Node(first.nodeId, new Endpoint(first.host, first.port), null);
    }

    private void requireSuccess(short code, @Nullable String message) {
        ErrorCode error = ErrorCode.of(code);
        if (error != ErrorCode.NONE) {
            String said = message == null || message.isEmpty() ? "" : ": " + message;
            throw new ClientException(error, "The coordinator of group " + groupId + " is not to be found" + said);
        }
    }
}
