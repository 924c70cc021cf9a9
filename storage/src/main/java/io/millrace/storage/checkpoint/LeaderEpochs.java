package io.millrace.storage.checkpoint;

/**
 * Which leader epoch began at which offset: how a follower finds where its log departs from its leader's. Kept in
 * {@code leader-epoch-checkpoint}. Reads are lock-free; the log changes it.
 */
public final class LeaderEpochs {

    /** The newest epoch; -1 if there is none. */
    public int latestEpoch() {
        throw new UnsupportedOperationException();
    }

    /** Start offset of the newest epoch; -1 if there is none. */
    public long latestStartOffset() {
        throw new UnsupportedOperationException();
    }

    /**
     * The epoch at or below {@code leaderEpoch} and the offset where the next one begins: OffsetForLeaderEpoch.
     *
     * @param logEndOffset answer for the newest epoch
     */
    public EpochEndOffset endOffsetFor(int leaderEpoch, long logEndOffset) {
        throw new UnsupportedOperationException();
    }

    /** The epoch of the record at {@code offset}; -1 if unknown. */
    public int epochForOffset(long offset) {
        throw new UnsupportedOperationException();
    }
}
