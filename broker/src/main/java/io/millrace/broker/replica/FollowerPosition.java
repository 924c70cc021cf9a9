package io.millrace.broker.replica;

/**
 * Where a follower goes on, as its fetch tells the leader.
 *
 * @param offset of the first record it lacks
 * @param lastEpoch of the last record it has; -1 if that is unknown
 * @param logStartOffset of its first record
 */
public record FollowerPosition(long offset, int lastEpoch, long logStartOffset) {}
