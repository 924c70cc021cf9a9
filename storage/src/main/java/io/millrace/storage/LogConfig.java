package io.millrace.storage;

import io.millrace.protocol.record.TimestampType;

/**
 * The settings of one topic's logs, immutable and checked. Each component carries the name of Kafka's topic configuration
 * with its dots removed; {@code Long.MAX_VALUE} stands for "never" and -1 for "no limit" where Kafka says so.
 *
 * @param segmentBytes largest size of a segment in bytes, at least 14
 * @param segmentMs longest time between the first record of a segment and its roll, at least 1
 * @param segmentJitterMs at most this much is taken off {@code segmentMs}, at random per segment, so that not all roll at once
 * @param segmentIndexBytes largest size of an index in bytes; the segment rolls when one is full
 * @param indexIntervalBytes bytes of log between two index entries
 * @param flushMessages records after which a log is flushed in the background; 1 = each counts only once it is on disk, as under
 *     {@link SyncPolicy#GROUP}
 * @param flushMs milliseconds after which unflushed records are flushed
 * @param retentionBytes bytes that a log keeps when it deletes; -1 = all
 * @param retentionMs milliseconds that a record is kept when the log deletes; -1 = for ever
 * @param maxMessageBytes largest batch accepted, header included
 * @param fileDeleteDelayMs milliseconds between removing a segment from the log and removing its files
 * @param deleteRetentionMs milliseconds that a tombstone survives compaction
 * @param minCompactionLagMs milliseconds that a record stays uncompacted at least
 * @param maxCompactionLagMs milliseconds after which a record is compacted in any case
 * @param minCleanableDirtyRatio part of the log, 0 to 1, that is dirty before it is compacted
 * @param compact whether {@code cleanup.policy} names compact
 * @param delete whether {@code cleanup.policy} names delete
 * @param compressionType how batches are kept
 * @param preallocate accepted for compatibility: space is always provided ahead of the append
 * @param messageTimestampType whose clock counts
 * @param messageTimestampBeforeMaxMs how far a record's timestamp may lie before the broker's clock
 * @param messageTimestampAfterMaxMs how far it may lie ahead
 * @param messageDownconversionEnable whether old fetchers get batches converted
 */
public record LogConfig(
        int segmentBytes,
        long segmentMs,
        long segmentJitterMs,
        int segmentIndexBytes,
        int indexIntervalBytes,
        long flushMessages,
        long flushMs,
        long retentionBytes,
        long retentionMs,
        int maxMessageBytes,
        long fileDeleteDelayMs,
        long deleteRetentionMs,
        long minCompactionLagMs,
        long maxCompactionLagMs,
        double minCleanableDirtyRatio,
        boolean compact,
        boolean delete,
        CompressionPolicy compressionType,
        boolean preallocate,
        TimestampType messageTimestampType,
        long messageTimestampBeforeMaxMs,
        long messageTimestampAfterMaxMs,
        boolean messageDownconversionEnable) {

    /** Kafka 3.9's defaults. */
    public static final LogConfig DEFAULT = new Builder().build();

    public LogConfig {
        atLeast("segment.bytes", segmentBytes, 14);
        atLeast("segment.ms", segmentMs, 1);
        atLeast("segment.jitter.ms", segmentJitterMs, 0);
        atLeast("segment.index.bytes", segmentIndexBytes, 4);
        atLeast("index.interval.bytes", indexIntervalBytes, 0);
        atLeast("flush.messages", flushMessages, 1);
        atLeast("flush.ms", flushMs, 0);
        atLeast("retention.bytes", retentionBytes, -1);
        atLeast("retention.ms", retentionMs, -1);
        atLeast("max.message.bytes", maxMessageBytes, 0);
        atLeast("file.delete.delay.ms", fileDeleteDelayMs, 0);
        atLeast("delete.retention.ms", deleteRetentionMs, 0);
        atLeast("min.compaction.lag.ms", minCompactionLagMs, 0);
        atLeast("max.compaction.lag.ms", maxCompactionLagMs, 1);
        atLeast("message.timestamp.before.max.ms", messageTimestampBeforeMaxMs, 0);
        atLeast("message.timestamp.after.max.ms", messageTimestampAfterMaxMs, 0);
        if (!(minCleanableDirtyRatio >= 0 && minCleanableDirtyRatio <= 1)) {
            throw new IllegalArgumentException(
                    "min.cleanable.dirty.ratio is " + minCleanableDirtyRatio + " but must lie between 0 and 1");
        }
        if (minCompactionLagMs > maxCompactionLagMs) {
            throw new IllegalArgumentException("min.compaction.lag.ms is " + minCompactionLagMs
                    + " but must not exceed max.compaction.lag.ms, which is " + maxCompactionLagMs);
        }
    }

    /** Whether a record counts only once it is on disk, whatever the sync policy. */
    public boolean flushesEach() {
        return flushMessages == 1;
    }

    /** A builder that starts from these values. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    private static void atLeast(String key, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(key + " is " + value + " but must be at least " + least);
        }
    }

    /** Collects values for a {@link LogConfig}; starts from Kafka's defaults. */
    public static final class Builder {
        private int segmentBytes = 1024 * 1024 * 1024;
        private long segmentMs = 604_800_000;
        private long segmentJitterMs;
        private int segmentIndexBytes = 10 * 1024 * 1024;
        private int indexIntervalBytes = 4096;
        private long flushMessages = Long.MAX_VALUE;
        private long flushMs = Long.MAX_VALUE;
        private long retentionBytes = -1;
        private long retentionMs = 604_800_000;
        private int maxMessageBytes = 1_048_588;
        private long fileDeleteDelayMs = 60_000;
        private long deleteRetentionMs = 86_400_000;
        private long minCompactionLagMs;
        private long maxCompactionLagMs = Long.MAX_VALUE;
        private double minCleanableDirtyRatio = 0.5;
        private boolean compact;
        private boolean delete = true;
        private CompressionPolicy compressionType = CompressionPolicy.PRODUCER;
        private boolean preallocate;
        private TimestampType messageTimestampType = TimestampType.CREATE_TIME;
        private long messageTimestampBeforeMaxMs = Long.MAX_VALUE;
        private long messageTimestampAfterMaxMs = Long.MAX_VALUE;
        private boolean messageDownconversionEnable = true;

        public Builder() {}

        private Builder(LogConfig config) {
            segmentBytes = config.segmentBytes;
            segmentMs = config.segmentMs;
            segmentJitterMs = config.segmentJitterMs;
            segmentIndexBytes = config.segmentIndexBytes;
            indexIntervalBytes = config.indexIntervalBytes;
            flushMessages = config.flushMessages;
            flushMs = config.flushMs;
            retentionBytes = config.retentionBytes;
            retentionMs = config.retentionMs;
            maxMessageBytes = config.maxMessageBytes;
            fileDeleteDelayMs = config.fileDeleteDelayMs;
            deleteRetentionMs = config.deleteRetentionMs;
            minCompactionLagMs = config.minCompactionLagMs;
            maxCompactionLagMs = config.maxCompactionLagMs;
            minCleanableDirtyRatio = config.minCleanableDirtyRatio;
            compact = config.compact;
            delete = config.delete;
            compressionType = config.compressionType;
            preallocate = config.preallocate;
            messageTimestampType = config.messageTimestampType;
            messageTimestampBeforeMaxMs = config.messageTimestampBeforeMaxMs;
            messageTimestampAfterMaxMs = config.messageTimestampAfterMaxMs;
            messageDownconversionEnable = config.messageDownconversionEnable;
        }

        public Builder segmentBytes(int value) {
            segmentBytes = value;
            return this;
        }

        public Builder segmentMs(long value) {
            segmentMs = value;
            return this;
        }

        public Builder segmentJitterMs(long value) {
            segmentJitterMs = value;
            return this;
        }

        public Builder segmentIndexBytes(int value) {
            segmentIndexBytes = value;
            return this;
        }

        public Builder indexIntervalBytes(int value) {
            indexIntervalBytes = value;
            return this;
        }

        public Builder flushMessages(long value) {
            flushMessages = value;
            return this;
        }

        public Builder flushMs(long value) {
            flushMs = value;
            return this;
        }

        public Builder retentionBytes(long value) {
            retentionBytes = value;
            return this;
        }

        public Builder retentionMs(long value) {
            retentionMs = value;
            return this;
        }

        public Builder maxMessageBytes(int value) {
            maxMessageBytes = value;
            return this;
        }

        public Builder fileDeleteDelayMs(long value) {
            fileDeleteDelayMs = value;
            return this;
        }

        public Builder deleteRetentionMs(long value) {
            deleteRetentionMs = value;
            return this;
        }

        public Builder minCompactionLagMs(long value) {
            minCompactionLagMs = value;
            return this;
        }

        public Builder maxCompactionLagMs(long value) {
            maxCompactionLagMs = value;
            return this;
        }

        public Builder minCleanableDirtyRatio(double value) {
            minCleanableDirtyRatio = value;
            return this;
        }

        public Builder compact(boolean value) {
            compact = value;
            return this;
        }

        public Builder delete(boolean value) {
            delete = value;
            return this;
        }

        public Builder compressionType(CompressionPolicy value) {
            compressionType = value;
            return this;
        }

        public Builder preallocate(boolean value) {
            preallocate = value;
            return this;
        }

        public Builder messageTimestampType(TimestampType value) {
            messageTimestampType = value;
            return this;
        }

        public Builder messageTimestampBeforeMaxMs(long value) {
            messageTimestampBeforeMaxMs = value;
            return this;
        }

        public Builder messageTimestampAfterMaxMs(long value) {
            messageTimestampAfterMaxMs = value;
            return this;
        }

        public Builder messageDownconversionEnable(boolean value) {
            messageDownconversionEnable = value;
            return this;
        }

        /** @throws IllegalArgumentException naming key, value and rule, if a value is out of its range */
        public LogConfig build() {
            return new LogConfig(
                    segmentBytes,
                    segmentMs,
                    segmentJitterMs,
                    segmentIndexBytes,
                    indexIntervalBytes,
                    flushMessages,
                    flushMs,
                    retentionBytes,
                    retentionMs,
                    maxMessageBytes,
                    fileDeleteDelayMs,
                    deleteRetentionMs,
                    minCompactionLagMs,
                    maxCompactionLagMs,
                    minCleanableDirtyRatio,
                    compact,
                    delete,
                    compressionType,
                    preallocate,
                    messageTimestampType,
                    messageTimestampBeforeMaxMs,
                    messageTimestampAfterMaxMs,
                    messageDownconversionEnable);
        }
    }
}
