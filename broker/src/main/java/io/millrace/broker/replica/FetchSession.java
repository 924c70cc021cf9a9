package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;
import io.millrace.protocol.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * An incremental fetch session (KIP-227): the broker remembers which partitions a client reads, so that a request names only
 * what it changed, and an answer only what is new. Every request carries the next epoch, which shows a lost one. A request
 * without a session has one for itself, with id 0, that ends with it.
 *
 * <p>One request holds it at a time.
 */
public final class FetchSession {
    /** Stands for "no session". */
    static final int NO_ID = 0;

    /** Epoch of the request that opens a session. */
    static final int FIRST_EPOCH = 0;

    /** Epoch of a request that wants no session, and ends the one it names. */
    static final int FINAL_EPOCH = -1;

    private final int id;
    private final boolean topicIds;
    private final boolean forFollower;
    private final FetchSet set;
    private int nextEpoch = FIRST_EPOCH + 1;
    private boolean held = true;
    private boolean closed;
    // Guarded by the sessions.
    private int countedPartitions;
    private long lastUsedMs;

    /**
     * A session that its first request holds.
     *
     * @param id 0 for that of a single request
     * @param topicIds whether its requests name topics by id
     */
    FetchSession(int id, boolean topicIds, boolean forFollower, long nowMs) {
        this.id = id;
        this.topicIds = topicIds;
        this.forFollower = forFollower;
        this.set = new FetchSet(id != NO_ID, forFollower);
        this.lastUsedMs = nowMs;
    }

    /** What the client calls it; 0 if it is for one request alone. */
    public int id() {
        return id;
    }

    /** The id that the client may go on with; 0 if the session has ended. */
    synchronized int continuedId() {
        return closed ? NO_ID : id;
    }

    /** The request wants these records of this partition. */
    public void want(
            @Nullable Uuid topicId,
            @Nullable String topic,
            int partition,
            int currentLeaderEpoch,
            long fetchOffset,
            int lastFetchedEpoch,
            long logStartOffset,
            int maxBytes) {
        set.want(topicId, topic, partition)
                .want(currentLeaderEpoch, fetchOffset, lastFetchedEpoch, logStartOffset, maxBytes);
    }

    /** The session does without this partition from now on. */
    public void forget(Object topicIdOrName, int partition) {
        set.forget(topicIdOrName, partition);
    }

    /** Counts its partitions, on the event loop of the request that holds it; returns how many more they are than before. */
    int recount() {
        int more = set.size() - countedPartitions;
        countedPartitions += more;
        return more;
    }

    int countedPartitions() {
        return countedPartitions;
    }

    FetchSet set() {
        return set;
    }

    boolean isForFollower() {
        return forFollower;
    }

    synchronized long lastUsedMs() {
        return lastUsedMs;
    }

    /** A request wants it. It holds the session if NONE is returned, and releases it when it is answered. */
    synchronized ErrorCode hold(int epoch, boolean requestHasTopicIds, long nowMs) {
        if (closed) {
            return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
        }
        if (requestHasTopicIds != topicIds) {
            return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
        }
        // Two requests of one session at a time come from a client that has lost count as well.
        if (epoch != nextEpoch || held) {
            return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
        }
        nextEpoch = nextEpoch == Integer.MAX_VALUE ? FIRST_EPOCH + 1 : nextEpoch + 1;
        held = true;
        lastUsedMs = nowMs;
        return ErrorCode.NONE;
    }

    /** The request that holds it is answered. */
    public synchronized void release() {
        held = false;
        if (closed || id == NO_ID) {
            set.close();
        }
    }

    /** Ends it; its partitions are let go of as soon as no request holds it. */
    synchronized void close() {
        closed = true;
        if (!held) {
            set.close();
        }
    }
}
