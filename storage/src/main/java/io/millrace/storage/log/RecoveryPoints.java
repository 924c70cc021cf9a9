package io.millrace.storage.log;

import io.millrace.protocol.TopicPartition;
import java.io.IOException;

/** The checkpoint of recovery points, as far as a log that is cut has to do with it. Any thread. */
@FunctionalInterface
public interface RecoveryPoints {
    /**
     * Makes sure that the checkpoint on disk has no recovery point of this log above {@code offset}. Waits for the disk if it had; the
     * caller holds the log's lock.
     */
    void lower(TopicPartition partition, long offset) throws IOException;
}
