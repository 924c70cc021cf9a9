package io.millrace.storage.checkpoint;

/**
 * Where an epoch ends.
 *
 * @param leaderEpoch the largest epoch known that is not above the one asked for; -1 if none
 * @param endOffset offset after its last record; -1 if unknown
 */
public record EpochEndOffset(int leaderEpoch, long endOffset) {
    /** Nothing is known. */
    public static final EpochEndOffset UNKNOWN = new EpochEndOffset(-1, -1);
}
