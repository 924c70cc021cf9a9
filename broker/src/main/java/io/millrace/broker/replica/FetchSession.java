package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;

/**
 * An incremental fetch session (KIP-227): the broker remembers which partitions a client reads, so that a request names only
 * what it changed, and an answer only what is new. Every request carries the next epoch, which shows a lost one. A request
 * without a session has one for itself, with id 0, that ends with it.
 *
 * <p>One request holds it at a time.
 */
final class FetchSession {
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

    int id() {
        return id;
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

    /** The request is answered. */
    synchronized void release() {
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
