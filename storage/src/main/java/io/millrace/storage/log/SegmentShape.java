package io.millrace.storage.log;

import io.millrace.storage.LogConfig;

/**
 * How large the files of a new or reopened segment may become.
 *
 * @param maxBytes of the log file
 * @param maxIndexBytes of each index
 * @param windowLength of the first mapped window; 0 = the smallest
 */
record SegmentShape(int maxBytes, int maxIndexBytes, int windowLength) {
    static SegmentShape of(LogConfig config, int windowLength) {
        return new SegmentShape(config.segmentBytes(), config.segmentIndexBytes(), windowLength);
    }
}
