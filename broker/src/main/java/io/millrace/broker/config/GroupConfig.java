package io.millrace.broker.config;

/**
 * What the group coordinator needs to know.
 *
 * @param minSessionTimeoutMs {@code group.min.session.timeout.ms}: a member may not ask for less; at least 1
 * @param maxSessionTimeoutMs {@code group.max.session.timeout.ms}: nor for more
 * @param initialRebalanceDelayMs {@code group.initial.rebalance.delay.ms}: how long an empty group waits for more members
 *     after each that comes; 0 for not at all
 * @param maxSize {@code group.max.size}: members of a group; at least 1
 * @param offsets what concerns committed offsets
 */
public record GroupConfig(
        int minSessionTimeoutMs, int maxSessionTimeoutMs, int initialRebalanceDelayMs, int maxSize, Offsets offsets) {

    public GroupConfig {
        requireAtLeast("group.min.session.timeout.ms", minSessionTimeoutMs, 1);
        if (maxSessionTimeoutMs < minSessionTimeoutMs) {
            throw new IllegalArgumentException("group.max.session.timeout.ms=" + maxSessionTimeoutMs
                    + " must not be less than group.min.session.timeout.ms=" + minSessionTimeoutMs);
        }
        requireAtLeast("group.initial.rebalance.delay.ms", initialRebalanceDelayMs, 0);
        requireAtLeast("group.max.size", maxSize, 1);
    }

    /**
     * What concerns committed offsets and the topic {@code __consumer_offsets}.
     *
     * @param topicPartitions {@code offsets.topic.num.partitions}: partitions of the topic when it is created; at least 1
     * @param topicReplicationFactor {@code offsets.topic.replication.factor}: its replicas; at least 1
     * @param topicSegmentBytes {@code offsets.topic.segment.bytes}: size of its segments; at least 14
     * @param topicCompressionCodec {@code offsets.topic.compression.codec}: id of the codec of its batches, 0 to 4
     * @param metadataMaxBytes {@code offset.metadata.max.bytes}: longest text that goes with an offset; 0 or more
     * @param commitTimeoutMs {@code offsets.commit.timeout.ms}: how long replicas may take to store what the coordinator
     *     writes; at least 1
     * @param retentionMs {@code offsets.retention.minutes} in milliseconds: how long offsets outlive the group; at least 1
     * @param retentionCheckIntervalMs {@code offsets.retention.check.interval.ms}: how often to look for old ones; at least 1
     */
    public record Offsets(
            int topicPartitions,
            int topicReplicationFactor,
            int topicSegmentBytes,
            int topicCompressionCodec,
            int metadataMaxBytes,
            int commitTimeoutMs,
            long retentionMs,
            long retentionCheckIntervalMs) {
        /** The smallest that a topic's {@code segment.bytes} may be. */
        private static final int MIN_SEGMENT_BYTES = 14;

        private static final int CODECS = 5;

        public Offsets {
            requireAtLeast("offsets.topic.num.partitions", topicPartitions, 1);
            requireAtLeast("offsets.topic.replication.factor", topicReplicationFactor, 1);
            requireAtLeast("offsets.topic.segment.bytes", topicSegmentBytes, MIN_SEGMENT_BYTES);
            if (topicCompressionCodec < 0 || topicCompressionCodec >= CODECS) {
                throw new IllegalArgumentException("offsets.topic.compression.codec=" + topicCompressionCodec
                        + " must be 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) or 4 (zstd)");
            }
            requireAtLeast("offset.metadata.max.bytes", metadataMaxBytes, 0);
            requireAtLeast("offsets.commit.timeout.ms", commitTimeoutMs, 1);
            requireAtLeast("offsets.retention.minutes", retentionMs, 1);
            requireAtLeast("offsets.retention.check.interval.ms", retentionCheckIntervalMs, 1);
        }
    }

    private static void requireAtLeast(String key, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(key + "=" + value + " must be at least " + least);
        }
    }
}
