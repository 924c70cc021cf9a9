package io.millrace.broker.fetcher;

import io.millrace.broker.replica.FollowerLog;
import io.millrace.broker.replica.FollowerPosition;
import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;

/** How one partition stands with its fetcher, in one leader epoch. Belongs to the loop of the fetcher. */
final class FetchState {

    private static final long TELL_OF_FAILURE_EVERY_MS = 60_000;

    enum Phase {
        /** Part of the next request. */
        FETCHING,
        /** The leader does not have the records that come next here, and is being asked where its log starts and ends. */
        ASKING,
        /** What the log holds is not on disk, though the sync policy wants it to be before the leader hears of it. */
        SYNCING,
        /** There was an error: rests for a while. */
        DELAYED,
        /** It is not for this epoch any more: what comes next is up to the controller. */
        ENDED
    }

    private final FollowerLog log;
    private Phase phase = Phase.FETCHING;
    private FollowerPosition position;

    /** How often in a row it could not be fetched. */
    int failures;

    private long toldOfFailureMs = Long.MIN_VALUE;

    /** Whether the leader knows the position: then what its next answer says of the partition refers to it. */
    boolean told;

    /** Whether the leader counts the partition to the session. */
    boolean inSession;

    FetchState(FollowerLog log) {
        this.log = log;
        this.position = log.position();
    }

    /** Whether a failure is worth a line: the first one is, and then one a minute, for it may come again every second. */
    boolean tellsOfFailure(long nowMs) {
        boolean due = toldOfFailureMs == Long.MIN_VALUE || nowMs - toldOfFailureMs >= TELL_OF_FAILURE_EVERY_MS;
        if (due) {
            toldOfFailureMs = nowMs;
        }
        return due;
    }

    FollowerLog log() {
        return log;
    }

    TopicPartition name() {
        return log.name();
    }

    Uuid topicId() {
        return log.topicId();
    }

    Phase phase() {
        return phase;
    }

    boolean isFetching() {
        return phase == Phase.FETCHING;
    }

    FollowerPosition position() {
        return position;
    }

    void become(Phase next) {
        phase = next;
    }

    /** The log has changed: takes the position from it, which the leader has yet to be told. */
    void moved() {
        position = log.position();
        told = false;
    }
}
