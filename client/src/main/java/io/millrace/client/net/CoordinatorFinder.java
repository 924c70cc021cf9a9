package io.millrace.client.net;

import io.millrace.protocol.ApiKey;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.FindCoordinator;
import io.millrace.protocol.message.Message;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Asks which broker coordinates a group. One try each: who asks knows whether another one is worth while. Any thread.
 */
public final class CoordinatorFinder {
    /** A request names one group before this version, and any number from then on. */
    private static final int LOWEST_VERSION_WITH_LIST = 4;

    private final BrokerClient client;

    public CoordinatorFinder(BrokerClient client) {
        this.client = client;
    }

    /** Finds the coordinator of one group. */
    public CompletableFuture<Node> find(String groupId) {
        return client.sendToAny(Call.of(
                        ApiKey.FIND_COORDINATOR,
                        version -> request(version, List.of(groupId)),
                        FindCoordinator.Response::new))
                .thenApply(response -> {
                    if (response.coordinators.isEmpty()) {
                        requireSuccess(groupId, response.errorCode, response.errorMessage);
                        return new Node(response.nodeId, new Endpoint(response.host, response.port), null);
                    }
                    return node(groupId, response.coordinators.get(0));
                });
    }

    /** Finds those of several, with one request where the broker knows how to answer that. */
    public CompletableFuture<Outcomes<String, Node>> find(Collection<String> groupIds) {
        List<String> asked = List.copyOf(groupIds);
        Call<FindCoordinator.Response> call = Call.of(
                        ApiKey.FIND_COORDINATOR, version -> request(version, asked), FindCoordinator.Response::new)
                .versions(LOWEST_VERSION_WITH_LIST, ApiKey.FIND_COORDINATOR.highestVersion());
        return client.sendToAny(call)
                .thenApply(CoordinatorFinder::outcomes)
                .exceptionallyCompose(failure -> ClientException.of(failure).error() == ErrorCode.UNSUPPORTED_VERSION
                        ? findOneByOne(asked)
                        : CompletableFuture.failedFuture(failure));
    }

    private static Outcomes<String, Node> outcomes(FindCoordinator.Response response) {
        Outcomes<String, Node> found = new Outcomes<>();
        for (FindCoordinator.Response.Coordinator coordinator : response.coordinators) {
            try {
                found.succeed(coordinator.key, node(coordinator.key, coordinator));
            } catch (ClientException e) {
                found.fail(coordinator.key, e);
            }
        }
        return found;
    }

    private CompletableFuture<Outcomes<String, Node>> findOneByOne(List<String> groupIds) {
        Outcomes<String, Node> found = new Outcomes<>();
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (String groupId : groupIds) {
            answers.add(find(groupId).handle((node, failure) -> {
                synchronized (found) {
                    if (failure == null) {
                        found.succeed(groupId, node);
                    } else {
                        found.fail(groupId, ClientException.of(failure));
                    }
                }
                return null;
            }));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(all -> found);
    }

    private static Message request(int version, List<String> groupIds) {
        FindCoordinator.Request request = new FindCoordinator.Request();
        if (version >= LOWEST_VERSION_WITH_LIST) {
            request.coordinatorKeys = groupIds;
        } else {
            request.key = groupIds.get(0);
        }
        return request;
    }

    private static Node node(String groupId, FindCoordinator.Response.Coordinator found) {
        requireSuccess(groupId, found.errorCode, found.errorMessage);
        return new Node(found.nodeId, new Endpoint(found.host, found.port), null);
    }

    private static void requireSuccess(String groupId, short code, @Nullable String message) {
        ClientException.requireSuccess(code, message, "The coordinator of group " + groupId + " is not to be found");
    }
}
