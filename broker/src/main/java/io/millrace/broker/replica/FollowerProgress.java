package io.millrace.broker.replica;

/**
 * How far one follower has come, as its leader sees it: a fetch from an offset says that everything before it is stored.
 * Guarded by the partition's lock; begins anew with every leader epoch.
 */
final class FollowerProgress {
    /** Nothing is known before the follower's first fetch. */
    static final long UNKNOWN_OFFSET = -1;

    private final int brokerId;
    private long logEndOffset = UNKNOWN_OFFSET;
    private long lastFetchTimeMs;
    private long leaderEndOffsetAtLastFetch;
    private long lastCaughtUpTimeMs;

    /**
     * @param caughtUpTimeMs when it was last known to have everything: the time of the election for a replica in sync, which so
     *     has the full lag time to show itself; 0 for others
     */
    FollowerProgress(int brokerId, long caughtUpTimeMs) {
        this.brokerId = brokerId;
        this.lastCaughtUpTimeMs = caughtUpTimeMs;
    }

    int brokerId() {
        return brokerId;
    }

    long logEndOffset() {
        return logEndOffset;
    }

    /**
     * The follower fetched. It is caught up if it has all that the leader had when it asked, or had caught up with all that
     * the leader had at the fetch before: a follower that keeps pace with a busy leader is never at its very end.
     */
    void onFetch(long fetchOffset, long leaderEndOffset, long nowMs) {
        if (fetchOffset >= leaderEndOffset) {
            lastCaughtUpTimeMs = Math.max(lastCaughtUpTimeMs, nowMs);
        } else if (fetchOffset >= leaderEndOffsetAtLastFetch) {
            lastCaughtUpTimeMs = Math.max(lastCaughtUpTimeMs, lastFetchTimeMs);
        }
        logEndOffset = fetchOffset;
        leaderEndOffsetAtLastFetch = leaderEndOffset;
        lastFetchTimeMs = nowMs;
    }

    /** Whether it has been at the leader's end within the lag time, or is there. */
    boolean isCaughtUp(long leaderEndOffset, long nowMs, long lagTimeMaxMs) {
        return leaderEndOffset == logEndOffset || nowMs - lastCaughtUpTimeMs <= lagTimeMaxMs;
    }
}
