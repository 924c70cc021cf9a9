package io.millrace.client.net;

import io.millrace.protocol.message.Message;
import java.util.concurrent.CompletableFuture;

/** A call on its way: waiting to be sent, or for its answer. Lives on the event loop of its connection. */
final class PendingCall<R extends Message> {
    final Call<R> call;
    final CompletableFuture<R> future = new CompletableFuture<>();
    final long deadlineNs;
    int correlationId;
    int version;

    PendingCall(Call<R> call, long deadlineNs) {
        this.call = call;
        this.deadlineNs = deadlineNs;
    }

    boolean expired(long nowNs) {
        return deadlineNs - nowNs <= 0;
    }

    void fail(ClientException failure) {
        future.completeExceptionally(failure);
    }
}
