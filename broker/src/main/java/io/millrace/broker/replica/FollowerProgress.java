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
    private long leaderEndOffsetAtLastFetch;
    private long lastCaughtUpTimeMs;
    private @Nullable FetchPulse pulse;

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

    /**
     * The follower fetched. It is caught up if it has all that the leader had when it asked, or had caught up with all that
     * the leader had at the fetch before: a follower that keeps pace with a busy leader is never at its very end.
     *
     * @param epochOfBroker under which the follower is registered, -1 if it does not say
     * @param leaderEndOffset end of the leader's log, now
     * @param fetchMs when it asked
     * @param beforeMs when it last asked for this position, or for the one before, and the leader's log was not longer than
     *     at the last look
     * @param source tells when it asks again
     * @return false if this comes from a former life of the follower, and is to be forgotten
     */
    boolean onFetch(
            long epochOfBroker,
            long fetchOffset,
            long leaderEndOffset,
            long fetchMs,
            long beforeMs,
            @Nullable FetchPulse source) {
        if (epochOfBroker != -1 && epochOfBroker < brokerEpoch) {
            return false;
        }
        if (fetchOffset >= leaderEndOffset) {
            lastCaughtUpTimeMs = Math.max(lastCaughtUpTimeMs, fetchMs);
        } else if (logEndOffset != UNKNOWN_OFFSET && fetchOffset >= leaderEndOffsetAtLastFetch) {
            lastCaughtUpTimeMs = Math.max(lastCaughtUpTimeMs, beforeMs);
        }
        brokerEpoch = epochOfBroker;
        logEndOffset = fetchOffset;
        leaderEndOffsetAtLastFetch = leaderEndOffset;
        pulse = source;
        return true;
    }

    /** Whether it has been at the leader's end within the lag time, or is there. */
    boolean isCaughtUp(long leaderEndOffset, long nowMs, long lagTimeMaxMs) {
        return leaderEndOffset == logEndOffset || nowMs - lastCaughtUpTimeMs() <= lagTimeMaxMs;
    }

    /** Whether it fetched within the lag time. */
    boolean isFetching(long nowMs, long lagTimeMaxMs) {
        FetchPulse source = pulse;
        return source != null && nowMs - source.lastFetchMs() <= lagTimeMaxMs;
    }

    /** When it last had everything. */
    long lastCaughtUpTimeMs() {
        FetchPulse source = pulse;
        // At the end when looked at last, and not looked at since, because there was nothing new when it asked again.
        return source != null && logEndOffset >= leaderEndOffsetAtLastFetch
                ? Math.max(lastCaughtUpTimeMs, source.lastFetchMs())
                : lastCaughtUpTimeMs;
    }
}
