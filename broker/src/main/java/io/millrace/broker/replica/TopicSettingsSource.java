package io.millrace.broker.replica;

/** Says which settings a topic has that the replicas of its partitions go by. */
@FunctionalInterface
public interface TopicSettingsSource {
    /** Those on record now; may wait for whoever keeps the record. */
    TopicSettings of(String topic);

    /**
     * Those that were heard of last, for who must not wait. {@link ReplicaManager#updateSettings} follows whenever others are
     * heard of.
     */
    default TopicSettings lastHeard(String topic) {
        return of(topic);
    }
}
