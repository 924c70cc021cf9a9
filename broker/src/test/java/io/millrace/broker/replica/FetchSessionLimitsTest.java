package io.millrace.broker.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The memory that fetch sessions take is bounded by their partitions, not only by their number. */
class FetchSessionLimitsTest {
    private final FetchSessions sessions = new FetchSessions(100, 10, () -> 0);

    @Test
    void endsASessionThatBringsTooManyPartitions() {
        FetchSession first = open(false, 6);
        assertThat(open(false, 5).continuedId()).as("11 partitions").isZero();
        assertThat(first.continuedId()).isPositive();
        assertThat(open(false, 4).continuedId()).as("10 partitions").isPositive();
        assertThat(sessions.count()).isEqualTo(2);
    }

    @Test
    void endsASessionThatGrowsTooLargeAndCountsItsPartitionsOff() {
        FetchSession session = open(false, 6);
        want(session, 6, 5);
        assertThat(session.continuedId()).isZero();
        assertThat(sessions.count()).isZero();
        assertThat(open(false, 10).continuedId()).isPositive();
    }

    @Test
    void countsForgottenPartitionsOff() {
        FetchSession session = open(false, 10);
        session.forget("t", 3);
        session.forget("t", 4);
        sessions.recount(session);
        assertThat(open(false, 2).continuedId()).isPositive();
    }

    @Test
    void makesRoomForFollowersOnly() {
        FetchSession consumer = open(false, 10);
        FetchSession follower = open(true, 10);
        assertThat(follower.continuedId()).isPositive();
        assertThat(consumer.continuedId()).isZero();
        assertThat(open(true, 1).continuedId())
                .as("followers make no room for each other")
                .isZero();
        assertThat(follower.continuedId()).isPositive();
    }

    private FetchSession open(boolean forFollower, int partitions) {
        FetchSession session = sessions.hold(0, 0, false, false, forFollower);
        want(session, 0, partitions);
        return session;
    }

    private void want(FetchSession session, int from, int count) {
        for (int partition = from; partition < from + count; partition++) {
            session.want(null, "t", partition, -1, 0, -1, -1, 1_000);
        }
        sessions.recount(session);
    }
}
