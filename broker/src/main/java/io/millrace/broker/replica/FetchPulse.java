package io.millrace.broker.replica;

/**
 * When a follower fetched a partition last. In a session it does so with every request, although only partitions that changed
 * are looked at; so a leader that wants to know whether the follower is alive asks the session.
 */
@FunctionalInterface
interface FetchPulse {

    /** Time of the last request that wanted the partition (ms, as the replicas' clock has it). Any thread. */
    long lastFetchMs();
}
