package io.millrace.broker.fetcher;

import io.millrace.client.net.Endpoint;

/** Makes ways to leaders: through sockets, or through a simulated network. */
@FunctionalInterface
public interface LeaderLinks {

    /**
     * A way to a leader that is opened when it is first used.
     *
     * @param fetcher number of the fetcher among those of this leader
     */
    LeaderLink to(int leaderId, int fetcher, Endpoint endpoint);
}
