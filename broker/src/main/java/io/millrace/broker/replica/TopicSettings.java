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

    // The one a record comes with is put together from method handles when it is first called, here and in
    // the settings of the logs; the first topic would wait twenty milliseconds for it, only to learn that
    // they are the same object.
    @Override
    public boolean equals(Object other) {
        return other instanceof TopicSettings that
                && that.minInsyncReplicas == minInsyncReplicas
                && (that.log == log || that.log.equals(log));
    }

    @Override
    public int hashCode() {
        return 31 * log.hashCode() + minInsyncReplicas;
    }
}
