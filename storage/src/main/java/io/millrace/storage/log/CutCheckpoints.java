package io.millrace.storage.log;

import io.millrace.protocol.TopicPartition;
import java.io.IOException;

/** The checkpoints of a log directory, as far as a log that is cut has to do with them. Any thread. */
@FunctionalInterface
public interface CutCheckpoints {
    /**
     * Makes sure that no checkpoint on disk has this log flushed, or compacted, above {@code offset}. Waits for the disk if one had;
     * the caller holds the log's lock.
     */
    void lower(TopicPartition partition, long offset) throws IOException;
}
