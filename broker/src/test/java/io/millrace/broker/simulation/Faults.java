package io.millrace.broker.simulation;

/** How bad the world is at present; {@link Chaos} sets it, network and sessions act accordingly. */
final class Faults {
    private final VirtualTime time;

    /** Part of the requests to brokers that get lost, with the connection that they or their answer took. */
    double lostRequests;

    /** Part of the requests to ZooKeeper whose answer gets lost. */
    double lostZooKeeperAnswers;

    /** Longest way of a message between brokers, one way, in microseconds. */
    long longestWayUs = 1_000;

    /** Longest time that an answer of ZooKeeper takes, in microseconds. */
    long longestZooKeeperAnswerUs = 1_000;

    /** How far a server of the ensemble may lag, in microseconds. */
    long longestZooKeeperLagUs = 1_000;

    Faults(VirtualTime time) {
        this.time = time;
    }

    boolean losesRequest() {
        return lostRequests > 0 && time.chance(lostRequests);
    }

    boolean losesZooKeeperAnswer() {
        return lostZooKeeperAnswers > 0 && time.chance(lostZooKeeperAnswers);
    }

    /** Nothing goes wrong any more. */
    void end() {
        lostRequests = 0;
        lostZooKeeperAnswers = 0;
        longestWayUs = 1_000;
        longestZooKeeperAnswerUs = 1_000;
        longestZooKeeperLagUs = 1_000;
    }
}
