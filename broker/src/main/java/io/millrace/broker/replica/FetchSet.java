package io.millrace.broker.replica;

import io.millrace.protocol.Uuid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of a fetch: of one request, or of a session over many. Those that changed since they were looked at last, or
 * that have more to give, stand in a queue, so that a fetch costs as much as there are changes, however many partitions the
 * session has. Who had its turn goes to the back, so that a limit on bytes starves nobody.
 *
 * <p>One fetch holds the set at a time, on its event loop. Changes of partitions arrive on any thread.
 */
final class FetchSet {
    /** A set of one request does not watch its partitions until it has to wait. */
    private boolean keepsWatching;

    /** When the present request came, and the one before it; 0 if there was none. */
    private volatile long requestMs;

    private long previousRequestMs;
    private int requestNumber;
    private boolean hasWaited;
    private volatile boolean tellsHighWatermark;

    private final Map<Object, Int2ObjectHashMap<FetchedPartition>> topics = new HashMap<>();
    private int size;
    private int nextPosition;

    // Guarded by this.
    private @Nullable FetchedPartition first;
    private @Nullable FetchedPartition last;
    private boolean changed;
    private final boolean forFollower;
    private @Nullable DelayedFetch waiting;

    /** @param keepsWatching whether partitions are watched from the beginning, as in a session */
    FetchSet(boolean keepsWatching, boolean forFollower) {
        this.keepsWatching = keepsWatching;
        this.forFollower = forFollower;
    }

    boolean keepsWatching() {
        return keepsWatching;
    }

    /**
     * A request begins to look.
     *
     * @param hurriesHighWatermark whether a follower wants to hear at once that more is committed
     */
    void begin(long nowMs, boolean hurriesHighWatermark) {
        tellsHighWatermark = hurriesHighWatermark;
        previousRequestMs = requestMs;
        requestMs = nowMs;
        requestNumber++;
        hasWaited = false;
    }

    /** Counts the requests. */
    int requestNumber() {
        return requestNumber;
    }

    /** When the present request, or the last one, came. Any thread. */
    long requestMs() {
        return requestMs;
    }

    /** When the request before it came; 0 if there was none. */
    long previousRequestMs() {
        return previousRequestMs;
    }

    /** From now on partitions are watched as they are read. */
    void startWatching() {
        keepsWatching = true;
    }

    /** Number of partitions. */
    int size() {
        return size;
    }

    /** The partition, added if it is new, and queued. */
    FetchedPartition want(@Nullable Uuid topicId, @Nullable String topic, int partition) {
        Object key = Objects.requireNonNull(topicId != null ? topicId : topic);
        Int2ObjectHashMap<FetchedPartition> partitions = topics.computeIfAbsent(key, k -> new Int2ObjectHashMap<>());
        FetchedPartition found = partitions.get(partition);
        if (found == null) {
            found = new FetchedPartition(this, nextPosition++, topicId, topic, partition);
            partitions.put(partition, found);
            size++;
        }
        queue(found);
        return found;
    }

    /** The client wants nothing of this partition any more. */
    void forget(Object topicIdOrName, int partition) {
        Int2ObjectHashMap<FetchedPartition> partitions = topics.get(topicIdOrName);
        FetchedPartition forgotten = partitions == null ? null : partitions.remove(partition);
        if (forgotten != null) {
            forgotten.onForgotten();
            unqueue(forgotten);
            size--;
            if (partitions.isEmpty()) {
                topics.remove(topicIdOrName);
            }
        }
    }

    /** Watches nothing any more. */
    void close() {
        for (Int2ObjectHashMap<FetchedPartition> partitions : topics.values()) {
            partitions.values().forEach(FetchedPartition::unwatch);
        }
    }

    /** Puts a partition at the end of the queue, if it is not in it. */
    synchronized void queue(FetchedPartition partition) {
        if (partition.queued) {
            return;
        }
        partition.queued = true;
        if (last == null) {
            first = partition;
        } else {
            last.nextQueued = partition;
        }
        last = partition;
    }

    /** Empties the queue into a list, in its order. */
    synchronized void takeQueued(List<FetchedPartition> out) {
        FetchedPartition partition = first;
        while (partition != null) {
            FetchedPartition after = partition.nextQueued;
            partition.nextQueued = null;
            partition.queued = false;
            out.add(partition);
            partition = after;
        }
        first = null;
        last = null;
        changed = false;
    }

    /** Lets a fetch wait for a change; false if there was one since the queue was emptied. */
    synchronized boolean await(DelayedFetch fetch) {
        if (changed) {
            return false;
        }
        waiting = fetch;
        return true;
    }

    /** The present request has looked, and looks again only when something has changed. */
    void beginWait() {
        hasWaited = true;
    }

    /** Whether the present request had to wait. */
    boolean hasWaited() {
        return hasWaited;
    }

    /** Nobody waits any more. */
    synchronized void endWait() {
        waiting = null;
    }

    /** The request that waits, if there is one, has waited long enough. Any thread. */
    synchronized void hurry() {
        if (waiting != null) {
            waiting.onTimeout();
        }
    }

    /** A partition changed. Any thread. */
    void onChange(FetchedPartition partition, boolean logEnd, boolean highWatermark, boolean role) {
        DelayedFetch wake = null;
        synchronized (this) {
            queue(partition);
            // A follower reads to the end of the log, a consumer to the high watermark.
            if (role || (forFollower ? logEnd || (tellsHighWatermark && highWatermark) : highWatermark)) {
                changed = true;
                wake = waiting;
            }
        }
        if (wake != null) {
            wake.wake();
        }
    }

    private synchronized void unqueue(FetchedPartition partition) {
        if (!partition.queued) {
            return;
        }
        List<FetchedPartition> others = new ArrayList<>();
        boolean changedBefore = changed;
        takeQueued(others);
        changed = changedBefore;
        for (FetchedPartition other : others) {
            if (other != partition) {
                queue(other);
            }
        }
    }
}
