package io.millrace.broker.replica;

/**
 * What the fetch of a follower tells its leader of one partition, and when. In a session the follower fetches with every
 * request, although only partitions that changed are looked at; so a leader that wants to know later whether it is still
 * there asks for {@link #lastFetchMs} again, on any thread; the rest is for the event loop of the request.
 */
interface FollowerFetch {

    /** Everything before it is stored there. */
    long fetchOffset();

    /** Where the follower's log starts, -1 if it does not say. */
    long followerStartOffset();

    /** Time of the last request that wanted the partition (ms, as the replicas' clock has it). */
    long lastFetchMs();

    /**
     * Time of the last request that asked for this position, or the one before, when the leader's log was no longer than at
     * the last look: the one before the present one, or the present one if the log grew while it was waiting.
     */
    long beforeMs();
}
