package io.millrace.broker.replica;

import io.millrace.storage.LogConfig;

/**
 * The settings of a topic that its replicas go by.
 *
 * @param log those of its logs
 * @param minInsyncReplicas {@code min.insync.replicas}: how many replicas must be in sync for acks=all, at least 1
 */
public record TopicSettings(LogConfig log, int minInsyncReplicas) {

    public TopicSettings {
        if (minInsyncReplicas < 1) {
            throw new IllegalArgumentException("min.insync.replicas=" + minInsyncReplicas + " must be at least 1");
        }
    }
}
