package io.millrace.broker.replica;

/**
 * What a fetch asks for as a whole.
 *
 * @param replicaId broker that fetches as a follower; -1 for a consumer
 * @param replicaEpoch broker epoch of that follower; -1 if it does not say
 * @param maxWaitMs how long to wait for {@code minBytes}
 * @param minBytes answer at once when there are as many
 * @param maxBytes most bytes of records in the answer
 * @param hardMaxBytes whether a first batch larger than the limits is cut off rather than given whole
 * @param readCommitted whether to read up to the last stable offset only
 * @param rackId where the consumer is, to be sent to a replica there; empty for a follower, or to be read from here
 * @param listenerName the one by which the client came, in upper case
 * @param hurriesHighWatermark whether a follower is told at once that more is committed, for those who read there
 * @param onlyLeader whether a follower may not answer
 */
public record FetchParams(
        int replicaId,
        long replicaEpoch,
        int maxWaitMs,
        int minBytes,
        int maxBytes,
        boolean hardMaxBytes,
        boolean readCommitted,
        String rackId,
        String listenerName,
        boolean hurriesHighWatermark,
        boolean onlyLeader) {

    public boolean isFollower() {
        return replicaId >= 0;
    }
}
