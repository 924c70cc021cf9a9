package io.millrace.storage.log;

/**
 * A segment as retention and compaction see it.
 *
 * @param baseOffset first offset it can hold
 * @param endOffset offset after its last
 * @param bytes of its log file
 * @param timestamp by which retention judges its age, ms
 * @param firstTimestamp since when, ms, something in it waits to be compacted: of its first batch; {@link #timestamp} if that has none
 */
public record SegmentView(long baseOffset, long endOffset, long bytes, long timestamp, long firstTimestamp) {}
