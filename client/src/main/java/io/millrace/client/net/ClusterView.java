package io.millrace.client.net;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.Metadata;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link ClusterSnapshot} fresh: it is refreshed when somebody found it stale, when topics are added, and when it
 * grows old. There is one refresh at a time; wishes that come up meanwhile are served by the next one; refreshes that
 * follow each other keep the distance of the retry backoff. Methods may be called from any thread; the rest happens on one
 * event loop.
 */
public final class ClusterView implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterView.class);

    private final ConnectionPool pool;
    private final ClusterConfig config;
    private final EventLoop loop;
    private final List<Consumer<ClusterSnapshot>> listeners = new CopyOnWriteArrayList<>();
    private volatile ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;

    // On the event loop only.
    private final Set<String> topics = new HashSet<>();
    private boolean allTopics;
    private boolean refreshing;
    private boolean scheduled;
    private int failures;
    private int unsettled;
    private int nextNode;
    private long lastRefreshNs;
    private boolean everRefreshed;
    private List<CompletableFuture<ClusterSnapshot>> waiters = new ArrayList<>();
    private boolean closed;

    public ClusterView(ConnectionPool pool, ClusterConfig config, EventLoop loop) {
        this.pool = pool;
        this.config = config;
        this.loop = loop;
    }

    /** What is known now; empty before the first refresh. */
    public ClusterSnapshot snapshot() {
        return snapshot;
    }

    /** Calls the listener on the event loop whenever there is a new snapshot. It must not wait. */
    public void addListener(Consumer<ClusterSnapshot> listener) {
        listeners.add(listener);
    }

    /** Adds topics to those the snapshot tells of, and refreshes it if some of them are new. */
    public CompletableFuture<ClusterSnapshot> track(Collection<String> names) {
        CompletableFuture<ClusterSnapshot> result = new CompletableFuture<>();
        run(result, () -> {
            if (topics.addAll(names) || !everRefreshed) {
                join(result);
            } else {
                result.complete(snapshot);
            }
        });
        return result;
    }

    /** Makes the snapshot tell of every topic there is, now and later, and refreshes it. */
    public CompletableFuture<ClusterSnapshot> trackAll() {
        CompletableFuture<ClusterSnapshot> result = new CompletableFuture<>();
        run(result, () -> {
            allTopics = true;
            join(result);
        });
        return result;
    }

    /** Makes the snapshot tell of these topics and no others. */
    public void trackOnly(Collection<String> names) {
        run(new CompletableFuture<>(), () -> {
            allTopics = false;
            topics.retainAll(names);
            if (topics.addAll(names)) {
                schedule();
            }
        });
    }

    /**
     * Asks the cluster again.
     *
     * @return ends with a snapshot asked for after this call, or fails with a {@link ClientException} when this is
     *     closed; brokers that cannot be reached are tried until one can, so callers bound their wait themselves
     */
    public CompletableFuture<ClusterSnapshot> refresh() {
        CompletableFuture<ClusterSnapshot> result = new CompletableFuture<>();
        run(result, () -> join(result));
        return result;
    }

    /** Says that the snapshot was found stale. Like {@link #refresh}, for those who do not wait for it. */
    public void requestRefresh() {
        run(new CompletableFuture<>(), this::schedule);
    }

    @Override
    public void close() {
        run(new CompletableFuture<>(), () -> {
            closed = true;
            List<CompletableFuture<ClusterSnapshot>> left = waiters;
            waiters = new ArrayList<>();
            left.forEach(waiter -> waiter.completeExceptionally(closedException()));
        });
    }

    private void run(CompletableFuture<?> result, Runnable task) {
        try {
            loop.execute(() -> {
                if (closed) {
                    result.completeExceptionally(closedException());
                } else {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(closedException());
        }
    }

    private static ClientException closedException() {
        return new ClientException(ErrorCode.NETWORK_EXCEPTION, "The client is closed");
    }

    private void join(CompletableFuture<ClusterSnapshot> waiter) {
        waiters.add(waiter);
        schedule();
    }

    private void schedule() {
        if (scheduled || closed) {
            return;
        }
        scheduled = true;
        if (refreshing) {
            return; // it is taken up when the present one has ended
        }
        loop.schedule(this::refreshNow, delayMs(), TimeUnit.MILLISECONDS);
    }

    private long delayMs() {
        if (!everRefreshed && failures == 0) {
            return 0;
        }
        long sinceMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastRefreshNs);
        return Math.max(0, config.retry().delayMs(Math.max(1, Math.max(failures, unsettled))) - sinceMs);
    }

    private void refreshNow() {
        if (closed) {
            return;
        }
        scheduled = false;
        refreshing = true;
        lastRefreshNs = System.nanoTime();
        List<CompletableFuture<ClusterSnapshot>> served = waiters;
        waiters = new ArrayList<>();
        Endpoint endpoint = chooseEndpoint();
        pool.send(endpoint, Call.of(request(), Metadata.Response::new)).whenComplete((response, failure) -> {
            try {
                loop.execute(() -> onAnswer(endpoint, response, failure, served));
            } catch (RejectedExecutionException e) {
                served.forEach(waiter -> waiter.completeExceptionally(closedException()));
            }
        });
    }

    private Metadata.Request request() {
        Metadata.Request request = new Metadata.Request();
        request.allowAutoTopicCreation = config.allowAutoTopicCreation();
        if (allTopics) {
            request.topics = null;
            return request;
        }
        List<Metadata.Request.MetadataRequestTopic> wanted = new ArrayList<>(topics.size());
        for (String name : topics) {
            Metadata.Request.MetadataRequestTopic topic = new Metadata.Request.MetadataRequestTopic();
            topic.name = name;
            wanted.add(topic);
        }
        request.topics = wanted;
        return request;
    }

    /** The next broker in turn that is not known to be out of reach; after all others, also such a one. */
    private Endpoint chooseEndpoint() {
        List<Endpoint> candidates = new ArrayList<>();
        for (Node node : snapshot.nodes()) {
            candidates.add(node.endpoint());
        }
        if (failures > candidates.size() || candidates.isEmpty()) {
            // The brokers we know may all have moved: the ones we were told of at first know where to.
            candidates.addAll(config.bootstrap());
        }
        int start = Math.floorMod(nextNode++, candidates.size());
        for (int i = 0; i < candidates.size(); i++) {
            Endpoint candidate = candidates.get((start + i) % candidates.size());
            if (!pool.isFailing(candidate)) {
                return candidate;
            }
        }
        return candidates.get(start);
    }

    private void onAnswer(
            Endpoint endpoint,
            Metadata.@Nullable Response response,
            @Nullable Throwable failure,
            List<CompletableFuture<ClusterSnapshot>> served) {
        refreshing = false;
        if (closed) {
            served.forEach(waiter -> waiter.completeExceptionally(closedException()));
            return;
        }
        if (response == null || (response.brokers.isEmpty() && failure == null)) {
            failures++;
            LOG.debug("No metadata from {}", endpoint, failure);
            waiters.addAll(served);
            scheduled = false;
            schedule();
            return;
        }
        failures = 0;
        everRefreshed = true;
        snapshot = snapshot.next(response);
        for (Consumer<ClusterSnapshot> listener : listeners) {
            listener.accept(snapshot);
        }
        served.forEach(waiter -> waiter.complete(snapshot));
        unsettled = isSettled(snapshot) ? 0 : unsettled + 1;
        if (scheduled || unsettled > 0) {
            scheduled = false;
            schedule();
        } else {
            loop.schedule(this::refreshIfOld, config.metadataMaxAgeMs(), TimeUnit.MILLISECONDS);
        }
    }

    /** Whether nothing is about to come up by itself: a topic that is being created, a leader that is being elected. */
    private static boolean isSettled(ClusterSnapshot cluster) {
        for (ClusterSnapshot.TopicInfo topic : cluster.topics()) {
            if (topic.error().retriable()) {
                return false;
            }
            for (ClusterSnapshot.PartitionInfo partition : topic.partitions()) {
                if (cluster.node(partition.leaderId()) == null) {
                    return false;
                }
            }
        }
        return true;
    }

    private void refreshIfOld() {
        long ageMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastRefreshNs);
        if (!closed && ageMs >= config.metadataMaxAgeMs()) {
            schedule();
        }
    }
}
