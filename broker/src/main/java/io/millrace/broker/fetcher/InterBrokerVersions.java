package io.millrace.broker.fetcher;

/** Versions of the requests that followers send, as Kafka 3.9 does under inter.broker.protocol.version=3.9. */
final class InterBrokerVersions {
    static final int FETCH = 17;

    /** The first that names the follower's broker epoch (KIP-903), which keeps a former life of it out of the ISR. */
    static final int LOWEST_FETCH = 15;

    static final int LIST_OFFSETS = 9;

    /** The first that names the leader epoch. */
    static final int LOWEST_LIST_OFFSETS = 4;

    private InterBrokerVersions() {}
}
