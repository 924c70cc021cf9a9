package io.millrace.broker.simulation;

import io.millrace.protocol.TopicPartition;
import io.millrace.protocol.Uuid;

/** A partition of one topic among those that have the same name, one after the other. */
record TopicIdPartition(Uuid topicId, TopicPartition name) {
    @Override
    public String toString() {
        return name + " of topic " + topicId;
    }
}
