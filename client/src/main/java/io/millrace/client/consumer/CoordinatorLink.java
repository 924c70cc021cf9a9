package io.millrace.client.consumer;

import io.millrace.client.net.BrokerClient;
import io.millrace.client.net.Call;
import io.millrace.client.net.ClientException;
import io.millrace.client.net.CoordinatorFinder;
import io.millrace.client.net.Node;
import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Message;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The way to the coordinator of one group: finds it when it is needed, and again after it has moved. Any thread. */
public final class CoordinatorLink {
    private final BrokerClient client;
    private final CoordinatorFinder finder;
    private final String groupId;
    private volatile @Nullable Node coordinator;

    public CoordinatorLink(BrokerClient client, String groupId) {
        this.client = client;
        this.finder = new CoordinatorFinder(client);
        this.groupId = groupId;
    }

    /** Makes a call to the coordinator; fails as {@link BrokerClient#sendToCoordinator}, or as finding the coordinator does. */
    <R extends Message> CompletableFuture<R> send(Call<R> call) {
        Node known = coordinator;
        if (known != null) {
            return sendTo(known, call);
        }
        return find().thenCompose(found -> sendTo(found, call));
    }

    /** Like {@link #send}, past a call that may wait for long, as joining does for all other members. */
    <R extends Message> CompletableFuture<R> sendApart(Call<R> call) {
        Node known = coordinator;
        return known != null
                ? client.sendApart(known, call)
                : find().thenCompose(found -> client.sendApart(found, call));
    }

    private <R extends Message> CompletableFuture<R> sendTo(Node node, Call<R> call) {
        return client.sendToCoordinator(node, call).whenComplete((response, failure) -> {
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
        return finder.find(groupId).thenApply(found -> {
            coordinator = found;
            return found;
        });
    }
}
