package io.millrace.broker.metadata;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.message.UpdateMetadata;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the present {@link ClusterSnapshot}. Handlers read it from every event loop; the controller's news arrive on the
 * thread of its channel, or on the event loop that received UpdateMetadata.
 */
public final class MetadataCache {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataCache.class);

    private final LongSupplier brokerEpoch;
    private final List<Consumer<ClusterSnapshot>> listeners = new CopyOnWriteArrayList<>();
    private volatile ClusterSnapshot snapshot;
    private int controllerEpoch = -1;

    /**
     * @param clusterId the id that all brokers of this cluster share
     * @param brokerEpoch epoch under which this broker is registered now; news for a former life are refused
     */
    public MetadataCache(String clusterId, LongSupplier brokerEpoch) {
        this.brokerEpoch = brokerEpoch;
        this.snapshot = ClusterSnapshot.empty(clusterId);
    }

    /** The present state; take it once a request. */
    public ClusterSnapshot snapshot() {
        return snapshot;
    }

    /**
     * Calls this after every change, on the thread that brought the news; it must not wait. Changes that come on two threads
     * at once may be told in either order, and at the same time: {@link ClusterSnapshot#number} says which is newer.
     */
    public void addListener(Consumer<ClusterSnapshot> listener) {
        listeners.add(listener);
    }

    /**
     * Waits, without a thread, until something shows in the metadata.
     *
     * @return completes with true as soon as it does, on the thread that brought the news, or with false after the timeout
     */
    public CompletableFuture<Boolean> when(Predicate<ClusterSnapshot> condition, long timeoutMs) {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        Consumer<ClusterSnapshot> listener = news -> {
            if (condition.test(news)) {
                result.complete(true);
            }
        };
        listeners.add(listener);
        listener.accept(snapshot);
        if (!result.isDone()) {
            result.completeOnTimeout(false, timeoutMs, TimeUnit.MILLISECONDS);
        }
        result.whenComplete((shown, failure) -> listeners.remove(listener));
        return result;
    }

    /**
     * Takes in news of the controller.
     *
     * @return NONE, STALE_CONTROLLER_EPOCH if a newer controller has spoken already, or STALE_BROKER_EPOCH if they are meant
     *     for a former registration of this broker
     */
    public ErrorCode update(UpdateMetadata.Request news) {
        ClusterSnapshot next;
        synchronized (this) {
            if (news.brokerEpoch != -1 && news.brokerEpoch < brokerEpoch.getAsLong()) {
                LOG.warn(
                        "Refused metadata for a former life of this broker controller={} brokerEpoch={} epochNow={}",
                        news.controllerId,
                        news.brokerEpoch,
                        brokerEpoch.getAsLong());
                return ErrorCode.STALE_BROKER_EPOCH;
            }
            if (news.controllerEpoch < controllerEpoch) {
                LOG.warn(
                        "Refused metadata of a controller that is none any more controller={} epoch={} newestEpoch={}",
                        news.controllerId,
                        news.controllerEpoch,
                        controllerEpoch);
                return ErrorCode.STALE_CONTROLLER_EPOCH;
            }
            controllerEpoch = news.controllerEpoch;
            next = snapshot.with(news);
            snapshot = next;
        }
        for (Consumer<ClusterSnapshot> listener : listeners) {
            listener.accept(next);
        }
        return ErrorCode.NONE;
    }
}
