package io.millrace.client.net;

import io.millrace.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Asks for many things that lie with different brokers: finds out which broker is in charge of which, asks each once for all
 * of its own, and goes on with those that were asked of the wrong broker, or could not be asked at all, until each has an
 * outcome or time is over. One thing that fails does not hold up the others. Any thread.
 *
 * @param <K> what is asked for: partitions, groups, brokers
 * @param <V> what comes of it
 */
public final class Scatter<K, V extends @Nullable Object> {
    private final BrokerClient client;
    private final Router<K> router;
    private final Exchange<K, V> exchange;
    private final Predicate<ClientException> passing;

    /** Says who is in charge. Called anew for each try, with what is left. */
    @FunctionalInterface
    public interface Router<K> {
        CompletableFuture<Outcomes<K, Node>> route(Collection<K> keys);
    }

    /** Asks one broker for all that it is in charge of. What the answer leaves out has failed. */
    @FunctionalInterface
    public interface Exchange<K, V extends @Nullable Object> {
        CompletableFuture<Outcomes<K, V>> ask(Node node, List<K> keys);
    }

    /** @param passing which failures inside an answer may be gone at the next try */
    public Scatter(BrokerClient client, Router<K> router, Exchange<K, V> exchange, Predicate<ClientException> passing) {
        this.client = client;
        this.router = router;
        this.exchange = exchange;
        this.passing = passing;
    }

    /** Whether a failure says no more than that another broker is in charge by now, or that this one is not ready. */
    public static boolean misdirected(ClientException failure) {
        return switch (failure.error()) {
            case NOT_CONTROLLER,
                    NOT_COORDINATOR,
                    COORDINATOR_NOT_AVAILABLE,
                    COORDINATOR_LOAD_IN_PROGRESS,
                    NOT_LEADER_OR_FOLLOWER,
                    LEADER_NOT_AVAILABLE,
                    FENCED_LEADER_EPOCH,
                    UNKNOWN_LEADER_EPOCH,
                    OFFSET_NOT_AVAILABLE,
                    THROTTLING_QUOTA_EXCEEDED -> true;
            default -> false;
        };
    }

    /** Asks. The result never fails as a whole; it ends when everything has an outcome, at the latest when time is over. */
    public CompletableFuture<Outcomes<K, V>> ask(Collection<K> keys, long timeoutMs) {
        Run run = new Run(keys);
        return client.retrying(run::round, timeoutMs).handle((done, failure) -> run.outcomes(failure));
    }

    /** One question with all its tries. The lock is for a try that ends after time was over. */
    private final class Run {
        private final List<K> asked;
        private final Set<K> open;
        private final Map<K, ClientException> lastFailures = new HashMap<>();
        private final Outcomes<K, V> settled = new Outcomes<>();

        Run(Collection<K> keys) {
            open = new LinkedHashSet<>(keys);
            asked = List.copyOf(open);
        }

        CompletableFuture<Void> round() {
            List<K> left;
            synchronized (this) {
                left = List.copyOf(open);
            }
            return left.isEmpty()
                    ? CompletableFuture.completedFuture(null)
                    : router.route(left).thenCompose(this::askEach);
        }

        private CompletableFuture<Void> askEach(Outcomes<K, Node> routes) {
            routes.failures().forEach(this::onFailure);
            Map<Node, List<K>> byNode = new LinkedHashMap<>();
            routes.values()
                    .forEach((key, node) ->
                            byNode.computeIfAbsent(node, n -> new ArrayList<>()).add(key));
            List<CompletableFuture<Void>> answers = new ArrayList<>();
            byNode.forEach((node, keys) -> answers.add(
                    exchange.ask(node, keys).handle((outcomes, failure) -> onAnswer(keys, outcomes, failure))));
            return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                    .thenRun(this::requireNoneOpen);
        }

        private @Nullable Void onAnswer(List<K> keys, @Nullable Outcomes<K, V> outcomes, @Nullable Throwable failure) {
            if (outcomes == null) {
                ClientException reason = ClientException.of(Objects.requireNonNull(failure));
                keys.forEach(key -> settleUnless(reason.retriable(), key, reason));
                return null;
            }
            outcomes.values().forEach(this::onSuccess);
            outcomes.failures().forEach(this::onFailure);
            for (K key : keys) {
                if (!outcomes.has(key)) {
                    onFailure(
                            key,
                            new ClientException(
                                    ErrorCode.UNKNOWN_SERVER_ERROR, "The broker's answer says nothing about " + key));
                }
            }
            return null;
        }

        private synchronized void onSuccess(K key, V value) {
            if (open.remove(key)) {
                settled.succeed(key, value);
            }
        }

        private void onFailure(K key, ClientException failure) {
            settleUnless(passing.test(failure), key, failure);
        }

        private synchronized void settleUnless(boolean again, K key, ClientException failure) {
            if (again) {
                lastFailures.put(key, failure);
            } else if (open.remove(key)) {
                settled.fail(key, failure);
            }
        }

        private synchronized void requireNoneOpen() {
            for (K key : open) {
                throw new ClientException(
                        ErrorCode.LEADER_NOT_AVAILABLE, "Trying " + key + " again", lastFailures.get(key));
            }
        }

        /** In the order of asking. What is still open fails for the reason that it failed for last. */
        synchronized Outcomes<K, V> outcomes(@Nullable Throwable failure) {
            Outcomes<K, V> inOrder = new Outcomes<>();
            Map<K, V> values = settled.values();
            for (K key : asked) {
                if (values.containsKey(key)) {
                    inOrder.succeed(key, values.get(key));
                    continue;
                }
                ClientException reason = settled.failures().get(key);
                if (reason == null) {
                    reason = lastFailures.get(key);
                }
                inOrder.fail(key, reason == null ? ClientException.of(Objects.requireNonNull(failure)) : reason);
            }
            open.clear();
            return inOrder;
        }
    }
}
