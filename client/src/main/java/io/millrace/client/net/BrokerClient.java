package io.millrace.client.net;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Message;
import io.netty.channel.EventLoop;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A cluster to talk to: one event loop, the connections and the view of the cluster, which live and die together. It is
 * what a producer, a consumer and an admin client are built on.
 */
public final class BrokerClient implements AutoCloseable {
    private final Transport transport;
    private final EventLoop loop;
    private final ConnectionPool pool;
    private final ClusterView view;
    private final Backoff retry;
    private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * @param threadName of the one thread this makes
     * @param cluster where the cluster is
     * @param connections how to treat connections
     */
    public BrokerClient(String threadName, ClusterConfig cluster, ConnectionConfig connections) {
        this.transport = Transport.nio(threadName, 1);
        this.loop = transport.group().next();
        this.pool = new ConnectionPool(transport, connections);
        this.view = new ClusterView(pool, cluster, loop);
        this.retry = cluster.retry();
    }

    public EventLoop loop() {
        return loop;
    }

    public ClusterView view() {
        return view;
    }

    /** Where the memory of large answers comes from, and may go back to. */
    public FramePool frames() {
        return pool.frames();
    }

    /** Makes a call to one broker. */
    public <R extends Message> CompletableFuture<R> send(Node node, Call<R> call) {
        return pool.send(node.endpoint(), call);
    }

    /** Makes a call to the coordinator of a group; see {@link ConnectionPool#sendToCoordinator}. */
    public <R extends Message> CompletableFuture<R> sendToCoordinator(Node node, Call<R> call) {
        return pool.sendToCoordinator(node.endpoint(), call);
    }

    /** Makes a call to one broker on a connection of its own, for which it need not wait until earlier calls are answered. */
    public <R extends Message> CompletableFuture<R> sendApart(Node node, Call<R> call) {
        return pool.sendApart(node.endpoint(), call);
    }

    /** Makes a call to whichever broker, asking where the cluster is if nothing is known yet. */
    public <R extends Message> CompletableFuture<R> sendToAny(Call<R> call) {
        return knownSnapshot().thenCompose(known -> {
            Node chosen = anyOf(known.nodes());
            return chosen == null
                    ? CompletableFuture.failedFuture(
                            new ClientException(ErrorCode.BROKER_NOT_AVAILABLE, "The cluster has no brokers"))
                    : send(chosen, call).whenComplete((response, failure) -> {
                        if (failure != null && ClientException.of(failure).retriable()) {
                            view.requestRefresh();
                        }
                    });
        });
    }

    /** One of these, rather one that could be reached the last time; null if there is none. */
    public @Nullable Node anyOf(Collection<Node> nodes) {
        Node chosen = null;
        for (Node node : nodes) {
            if (chosen == null || pool.isFailing(chosen.endpoint())) {
                chosen = node;
            }
        }
        return chosen;
    }

    /** The present snapshot, or the first one as soon as there is one. */
    public CompletableFuture<ClusterSnapshot> knownSnapshot() {
        ClusterSnapshot known = view.snapshot();
        return known.nodes().isEmpty() ? view.refresh() : CompletableFuture.completedFuture(known);
    }

    /**
     * Tries until it works, fails for good, or time is over, waiting between tries as the retry backoff says.
     *
     * @param attempt makes one try; called on the event loop, or at first on the calling thread
     * @param timeoutMs for all tries together
     * @return what the first successful try ended with; or fails with the first failure that is not retriable, or with
     *     REQUEST_TIMED_OUT whose cause is the last one
     */
    public <T> CompletableFuture<T> retrying(Supplier<CompletableFuture<T>> attempt, long timeoutMs) {
        CompletableFuture<T> result = new CompletableFuture<>();
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        underWay.add(result);
        result.whenComplete((value, failure) -> underWay.remove(result));
        tryOnce(attempt, deadlineNs, 1, result);
        return result;
    }

    private <T> void tryOnce(
            Supplier<CompletableFuture<T>> attempt, long deadlineNs, int tries, CompletableFuture<T> result) {
        long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime()));
        started(attempt).orTimeout(leftMs, TimeUnit.MILLISECONDS).whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
                return;
            }
            ClientException reason = timedOut(failure)
                    ? new ClientException(ErrorCode.REQUEST_TIMED_OUT, "No answer in time")
                    : ClientException.of(failure);
            long delayMs = retry.delayMs(tries);
            boolean late = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMs) - deadlineNs >= 0;
            if (!reason.retriable() || late || closed) {
                result.completeExceptionally(reason);
                return;
            }
            try {
                loop.schedule(() -> tryOnce(attempt, deadlineNs, tries + 1, result), delayMs, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                result.completeExceptionally(reason);
            }
        });
    }

    private static <T> CompletableFuture<T> started(Supplier<CompletableFuture<T>> attempt) {
        try {
            return attempt.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static boolean timedOut(Throwable failure) {
        return failure instanceof java.util.concurrent.TimeoutException
                || failure.getCause() instanceof java.util.concurrent.TimeoutException;
    }

    /** Closes the connections and stops the thread. What is still under way fails. Not to be called on the loop. */
    @Override
    public void close() {
        closed = true;
        view.close();
        pool.close();
        transport.shutdown();
        // Those that waited for their next try, which the loop will not make any more.
        for (CompletableFuture<?> result : underWay) {
            result.completeExceptionally(new ClientException(ErrorCode.NETWORK_EXCEPTION, "The client is closed"));
        }
    }
}
