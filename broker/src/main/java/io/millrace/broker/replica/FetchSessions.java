package io.millrace.broker.replica;

import io.millrace.protocol.ErrorCode;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The incremental fetch sessions of this broker, no more than a fixed number, with no more than a fixed number of partitions
 * together. When all places are taken, the session used least recently makes room if it has been idle for long, or if it is a
 * consumer's and a follower asks; otherwise the client goes on without a session. Safe for use by any thread.
 */
public final class FetchSessions {
    /** A client that is alive fetches far more often. */
    static final long EVICTABLE_AFTER_MS = 120_000;

    /** A few hundred bytes each; existing partitions or not, a session keeps what its client names. */
    private static final int MAX_PARTITIONS = 250_000;

    private final int maxSessions;
    private final int maxPartitions;
    private final LongSupplier clock;
    private int partitions;
    private final Map<Integer, FetchSession> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param maxSessions 0 for none at all
     * @param clock milliseconds that never go back
     */
    FetchSessions(int maxSessions, LongSupplier clock) {
        this(maxSessions, MAX_PARTITIONS, clock);
    }

    /** @param maxPartitions of all sessions together */
    FetchSessions(int maxSessions, int maxPartitions, LongSupplier clock) {
        this.clock = clock;
        this.maxSessions = maxSessions;
        this.maxPartitions = maxPartitions;
    }

    /**
     * The session that a request is to use, which then holds it: the one it names, a new one, or one for itself alone.
     *
     * @param sessionId 0 if it names none
     * @param sessionEpoch 0 to open a session, -1 to go without
     * @param topicIds whether topics are named by id
     * @return the session; or the error, as an exception without a stack trace
     * @throws FetchSessionException with the error that the client is told
     */
    public FetchSession hold(int sessionId, int sessionEpoch, boolean topicIds, boolean empty, boolean forFollower) {
        long nowMs = clock.getAsLong();
        if (sessionEpoch > FetchSession.FIRST_EPOCH) {
            FetchSession session = find(sessionId);
            ErrorCode error = session == null
                    ? ErrorCode.FETCH_SESSION_ID_NOT_FOUND
                    : session.hold(sessionEpoch, topicIds, nowMs);
            if (session == null || error != ErrorCode.NONE) {
                throw new FetchSessionException(error);
            }
            return session;
        }
        if (sessionId != FetchSession.NO_ID) {
            close(sessionId);
        }
        return sessionEpoch == FetchSession.FIRST_EPOCH && !empty
                ? open(topicIds, forFollower, nowMs)
                : single(topicIds, forFollower, nowMs);
    }

    /**
     * Counts the partitions of a session after a request has told it which it wants, on the event loop of the request that holds
     * it. If there are too many, others make room as for a new session; otherwise this one ends with the request, and the client
     * is told so.
     */
    public synchronized void recount(FetchSession session) {
        if (sessions.get(session.id()) != session) {
            return;
        }
        partitions += session.recount();
        long nowMs = session.lastUsedMs();
        while (partitions > maxPartitions) {
            if (!evict(session.isForFollower(), nowMs)) {
                close(session.id());
                return;
            }
        }
    }

    /** A session that the request holds which opens it; with id 0 if there is no place. */
    synchronized FetchSession open(boolean topicIds, boolean forFollower, long nowMs) {
        if (sessions.size() >= maxSessions && !evict(forFollower, nowMs)) {
            return single(topicIds, forFollower, nowMs);
        }
        FetchSession session = new FetchSession(newId(), topicIds, forFollower, nowMs);
        sessions.put(session.id(), session);
        return session;
    }

    /** The session of a request that wants none. */
    static FetchSession single(boolean topicIds, boolean forFollower, long nowMs) {
        return new FetchSession(FetchSession.NO_ID, topicIds, forFollower, nowMs);
    }

    /** The session with this id, now used last; or null. */
    synchronized @Nullable FetchSession find(int id) {
        return sessions.get(id);
    }

    /** Ends a session, if there is one with this id. */
    synchronized void close(int id) {
        FetchSession session = sessions.remove(id);
        if (session != null) {
            onRemoved(session);
        }
    }

    synchronized int count() {
        return sessions.size();
    }

    /** Has the requests of followers that wait answered with what there is. */
    synchronized void hurryFollowers() {
        for (FetchSession session : sessions.values()) {
            if (session.isForFollower()) {
                session.set().hurry();
            }
        }
    }

    private void onRemoved(FetchSession session) {
        partitions -= session.countedPartitions();
        session.close();
    }

    private boolean evict(boolean forFollower, long nowMs) {
        Iterator<FetchSession> byLastUse = sessions.values().iterator();
        while (byLastUse.hasNext()) {
            FetchSession session = byLastUse.next();
            if (nowMs - session.lastUsedMs() >= EVICTABLE_AFTER_MS || (forFollower && !session.isForFollower())) {
                byLastUse.remove();
                onRemoved(session);
                return true;
            }
            if (!forFollower) {
                // All others were used later.
                return false;
            }
        }
        return false;
    }

    private int newId() {
        int id;
        do {
            id = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
        } while (sessions.containsKey(id));
        return id;
    }
}
