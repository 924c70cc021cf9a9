package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NewLeadershipsTest {
    private static final int WAIT_MS = 500;

    private final TestLoop loop = new TestLoop();
    private final FetchSessions sessions = new FetchSessions(10, loop::nowMs);
    private final NewLeaderships leaderships = new NewLeaderships(sessions, loop);
    private final List<Runnable> woken = new ArrayList<>();

    @Test
    void answersFollowersThatWaitAndNobodyElse() {
        waiting(false);
        Runnable follower = waiting(true);
        leaderships.onLeading();
        assertThat(woken).containsExactly(follower);
    }

    @Test
    void letsFollowersWaitOnlyForAMomentWhileOneMayNotHaveHeardYet() {
        assertThat(leaderships.waitMs(WAIT_MS)).isEqualTo(WAIT_MS);
        leaderships.onLeading();
        assertThat(leaderships.waitMs(WAIT_MS)).isBetween(1, 50);
        assertThat(leaderships.waitMs(0)).isZero();
        loop.advance(900);
        leaderships.onLeading();
        loop.advance(900);
        assertThat(leaderships.waitMs(WAIT_MS)).as("counted from the last").isBetween(1, 50);
        loop.advance(100);
        assertThat(leaderships.waitMs(WAIT_MS)).isEqualTo(WAIT_MS);
    }

    /** A request that waits in a session of its own. */
    private DelayedFetch waiting(boolean forFollower) {
        FetchSession session = sessions.open(true, forFollower, loop.nowMs());
        FetchParams params = new FetchParams(
                forFollower ? 2 : -1, -1, WAIT_MS, 1, 1_000, false, false, "", "PLAINTEXT", false, forFollower);
        DelayedFetch fetch = new DelayedFetch(null, woken::add, params, session, true, null);
        assertThat(session.set().await(fetch)).isTrue();
        return fetch;
    }
}
