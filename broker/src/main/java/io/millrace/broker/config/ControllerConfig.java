package io.millrace.broker.config;

/**
 * What the controller needs to know beyond its broker id.
 *
 * @param numPartitions {@code num.partitions}: partitions of a topic whose creator did not say; at least 1
 * @param defaultReplicationFactor {@code default.replication.factor}: replicas where the creator did not say; at least 1
 * @param autoCreateTopicsEnable {@code auto.create.topics.enable}: whether asking for the metadata of a topic creates it
 * @param deleteTopicEnable {@code delete.topic.enable}: whether topics can be deleted
 * @param uncleanLeaderElectionEnable {@code unclean.leader.election.enable}: whether a replica that is not in sync may lead
 *     when none that is in sync is alive, at the price of records; a topic can say otherwise
 * @param leaderRebalance when leadership goes back to preferred replicas
 * @param watchPorts {@code broker.port.watch.enable}: whether others lead at once when a broker refuses connections
 */
public record ControllerConfig(
        int numPartitions,
        int defaultReplicationFactor,
        boolean autoCreateTopicsEnable,
        boolean deleteTopicEnable,
        boolean uncleanLeaderElectionEnable,
        LeaderRebalanceConfig leaderRebalance,
        boolean watchPorts) {

    public ControllerConfig {
        if (numPartitions < 1) {
            throw new IllegalArgumentException("num.partitions=" + numPartitions + " must be at least 1");
        }
        if (defaultReplicationFactor < 1 || defaultReplicationFactor > Short.MAX_VALUE) {
            throw new IllegalArgumentException("default.replication.factor=" + defaultReplicationFactor
                    + " must be between 1 and " + Short.MAX_VALUE);
        }
    }
}
