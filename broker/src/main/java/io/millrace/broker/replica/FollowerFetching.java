package io.millrace.broker.replica;

import io.millrace.client.net.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What has partitions of this broker follow others. Called on the thread that applies the controller's requests, after the
 * partition has taken its role. A partition is not written to by a fetcher that was told to let go of it, as {@link
 * FollowerLog} sees to.
 */
public interface FollowerFetching {

    /**
     * Fetches from this leader from now on, and no longer from another.
     *
     * @param replica of the leader epoch in which it follows
     * @param endpoint where the leader can be reached, if the controller has said so
     */
    void follow(FollowerLog replica, int leaderId, @Nullable Endpoint endpoint);

    /** Fetches no longer. */
    void stop(Partition partition);
}
