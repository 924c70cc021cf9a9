package io.millrace.storage.log;

/**
 * A segment as retention sees it.
 *
 * @param baseOffset first offset it can hold
 * @param endOffset offset after its last
 * @param bytes of its log file
 * @param timestamp by which its age is judged, ms
 */
public record SegmentView(long baseOffset, long endOffset, long bytes, long timestamp) {}
