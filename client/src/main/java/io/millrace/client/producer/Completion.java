package io.millrace.client.producer;

import io.millrace.client.net.ClientException;
import io.millrace.protocol.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Learns what became of one record. Called once, on the event loop; must not wait. */
public interface Completion {

    /**
     * The record is acknowledged, or has failed.
     *
     * @param offset its offset; -1 if it failed, if nobody was asked to acknowledge it (acks=0), or if the broker knew
     *     the batch already but not where it is any more
     * @param timestamp its own, or that of the broker if the topic says so, in ms since the epoch
     * @param failure why it failed, or null
     */
    void onCompletion(TopicPartition partition, long offset, long timestamp, @Nullable ClientException failure);
}
