package io.millrace.broker.replica;

import io.millrace.broker.loop.Loop;

/**
 * Keeps followers from waiting here for records while there is another partition for them to fetch, of which they have just heard:
 * as long as their request waits they cannot name it, and so long nothing that is appended to it can be committed. For a second after
 * this broker began to lead something their requests wait for a moment only, because they may have heard of it a little later
 * than this broker did.
 *
 * <p>Told by the thread that applies the controller's requests, asked by event loops.
 */
final class NewLeaderships {
    private static final long PERIOD_MS = 1_000;
    private static final int SHORT_WAIT_MS = 20;

    private final FetchSessions sessions;
    private final Loop clock;
    private volatile long hurryUntilMs = Long.MIN_VALUE;

    NewLeaderships(FetchSessions sessions, Loop clock) {
        this.sessions = sessions;
        this.clock = clock;
    }

    /** This broker leads a partition with followers from now on. */
    void onLeading() {
        long nowMs = clock.nowMs();
        boolean hurrying = nowMs < hurryUntilMs;
        hurryUntilMs = nowMs + PERIOD_MS;
        if (!hurrying) {
            sessions.hurryFollowers();
        }
    }

    /** How long a follower's request that would wait for so long may wait. */
    int waitMs(int wantedMs) {
        return clock.nowMs() < hurryUntilMs ? Math.min(wantedMs, SHORT_WAIT_MS) : wantedMs;
    }
}
