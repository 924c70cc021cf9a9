package io.millrace.broker.config;

/**
 * What replicas and the requests on them need to know.
 *
 * @param brokerId id of this broker, 0 or more
 * @param interBrokerListener name of the listener, in upper case, at which other brokers speak to this one
 * @param controlPlaneListener name of the listener at which the controller does, perhaps the same
 * @param fetchMaxBytes {@code fetch.max.bytes}: the most one answer to Fetch carries, whatever the client asks for; at least 1024
 * @param maxFetchSessions {@code max.incremental.fetch.session.cache.slots}: 0 turns incremental fetch sessions off
 * @param replicaLagTimeMaxMs {@code replica.lag.time.max.ms}: a follower that has not reached the end of the log for so long
 *     leaves the ISR
 * @param rackAware whether consumers that say where they are get sent to replicas there, by {@code replica.selector.class}
 */
public record ReplicaConfig(
        int brokerId,
        String interBrokerListener,
        String controlPlaneListener,
        int fetchMaxBytes,
        int maxFetchSessions,
        long replicaLagTimeMaxMs,
        boolean rackAware) {

    public ReplicaConfig {
        if (brokerId < 0) {
            throw new IllegalArgumentException("broker.id=" + brokerId + " must be 0 or more once it is known");
        }
        if (fetchMaxBytes < 1024) {
            throw new IllegalArgumentException("fetch.max.bytes=" + fetchMaxBytes + " must be at least 1024");
        }
        if (maxFetchSessions < 0) {
            throw new IllegalArgumentException(
                    "max.incremental.fetch.session.cache.slots=" + maxFetchSessions + " must be 0 or more");
        }
        if (replicaLagTimeMaxMs < 1) {
            throw new IllegalArgumentException(
                    "replica.lag.time.max.ms=" + replicaLagTimeMaxMs + " must be at least 1");
        }
    }

    /** Whether what passes between the controller and brokers may come in at a listener. */
    public boolean isForController(String listener) {
        return listener.equals(controlPlaneListener) || listener.equals(interBrokerListener);
    }
}
