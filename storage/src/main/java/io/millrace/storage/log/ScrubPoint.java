package io.millrace.storage.log;

/**
 * Where a scrub goes on.
 *
 * @param segmentBase base offset of the segment
 * @param position of the next batch in it
 * @param expectedOffset where the log ends before that batch; -1 if that is not known
 */
public record ScrubPoint(long segmentBase, long position, long expectedOffset) {
    /** At the oldest record. */
    public static final ScrubPoint BEGINNING = new ScrubPoint(-1, 0, -1);
}
