package io.millrace.broker.replica;

import org.jspecify.annotations.Nullable;

/**
 * How far one follower has come, as its leader sees it: a fetch from an offset says that everything before it is stored.
 * Guarded by the partition's lock; begins anew with every leader epoch.
 */
final class FollowerProgress {
    /** Nothing is known before the follower's first fetch. */
    static final long UNKNOWN_OFFSET = -1;

    private final int brokerId;
    private long brokerEpoch = -1;
    private long logEndOffset = UNKNOWN_OFFSET;
    private long logStartOffset = UNKNOWN_OFFSET;
    private long leaderEndOffsetAtLastFetch;
    private long lastCaughtUpTimeMs;
    private long refusedUntilMs = Long.MIN_VALUE;
    private long refusedEpoch;
    private long refusalMs;
    private @Nullable FollowerFetch lastFetch;

    /**
     * @param caughtUpTimeMs when it was last known to have everything: the time of the election for a replica in sync, which so
     *     has the full lag time to show itself; long ago for others
     */
    FollowerProgress(int brokerId, long caughtUpTimeMs) {
        this.brokerId = brokerId;
        this.lastCaughtUpTimeMs = caughtUpTimeMs;
    }

    int brokerId() {
        return brokerId;
    }

    /** The epoch under which it was registered when it told how far it is; -1 if it did not say. */
    long brokerEpoch() {
        return brokerEpoch;
    }

    long logEndOffset() {
        return logEndOffset;
    }

    /** Start of its log, or {@link #UNKNOWN_OFFSET}. */
    long logStartOffset() {
        return logStartOffset;
    }

    /** Whether it has the record at an offset, or will have it next. */
    boolean holds(long offset) {
        return logEndOffset >= offset && logStartOffset <= offset;
    }

    /**
     * The follower fetched. It is caught up if it has all that the leader had when it asked, or had caught up with all that
     * the leader had at the fetch before: a follower that keeps pace with a busy leader is never at its very end.
     *
     * @param epochOfBroker under which the follower is registered, -1 if it does not say
     * @param fetch what it tells, and tells again
     * @param leaderEndOffset end of the leader's log, now
     * @return false if this comes from a former life of the follower, and is to be forgotten
     */
    boolean onFetch(long epochOfBroker, FollowerFetch fetch, long leaderEndOffset) {
        if (epochOfBroker != -1 && epochOfBroker < brokerEpoch) {
            return false;
        }
        long fetchOffset = fetch.fetchOffset();
        if (fetchOffset >= leaderEndOffset) {
            lastCaughtUpTimeMs = Math.max(lastCaughtUpTimeMs, fetch.lastFetchMs());
        } else if (logEndOffset != UNKNOWN_OFFSET && fetchOffset >= leaderEndOffsetAtLastFetch) {
            lastCaughtUpTimeMs = Math.max(lastCaughtUpTimeMs, fetch.beforeMs());
        }
        brokerEpoch = epochOfBroker;
        logEndOffset = fetchOffset;
        leaderEndOffsetAtLastFetch = leaderEndOffset;
        logStartOffset = fetch.followerStartOffset();
        lastFetch = fetch;
        return true;
    }

    /** Whether it has been at the leader's end within the lag time, or is there. */
    boolean isCaughtUp(long leaderEndOffset, long nowMs, long lagTimeMaxMs) {
        return leaderEndOffset == logEndOffset || nowMs - lastCaughtUpTimeMs() <= lagTimeMaxMs;
    }

    /**
     * The controller does not want it in the ISR: for a while it is neither proposed again nor waited for, and for twice as long the
     * next time, unless it has been registered anew meanwhile.
     */
    void refuse(long nowMs, long firstMs, long longestMs) {
        boolean again = refusalMs > 0 && refusedEpoch == brokerEpoch();
        refusalMs = again ? Math.min(Math.max(firstMs, longestMs), 2 * refusalMs) : firstMs;
        refusedEpoch = brokerEpoch();
        refusedUntilMs = nowMs + refusalMs;
    }

    boolean isRefused(long nowMs) {
        return nowMs < refusedUntilMs && refusedEpoch == brokerEpoch();
    }

    /**
     * It is in the ISR: what was before says nothing any more. One that has come has the lag time to catch up, as one that was in it when
     * the leader was elected; or it would have to leave at once, and be taken in again at once, since it has what is committed.
     */
    void accept(boolean hasCome, long nowMs) {
        refusalMs = 0;
        if (hasCome) {
            lastCaughtUpTimeMs = Math.max(lastCaughtUpTimeMs, nowMs);
        }
    }

    /** Whether it fetched within the lag time. */
    boolean isFetching(long nowMs, long lagTimeMaxMs) {
        FollowerFetch source = lastFetch;
        return source != null && nowMs - source.lastFetchMs() <= lagTimeMaxMs;
    }

    /** When it last had everything. */
    long lastCaughtUpTimeMs() {
        FollowerFetch source = lastFetch;
        // At the end when looked at last, and not looked at since, because there was nothing new when it asked again.
        return source != null && logEndOffset >= leaderEndOffsetAtLastFetch
                ? Math.max(lastCaughtUpTimeMs, source.lastFetchMs())
                : lastCaughtUpTimeMs;
    }
}
