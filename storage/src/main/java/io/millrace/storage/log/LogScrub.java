package io.millrace.storage.log;

import io.millrace.storage.index.OffsetIndex;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a log again, batch by batch, looking for bytes that have changed on the disk. What is found is noted, so that reads step over it.
 * The scrubber's thread; takes the log's lock only to look a second time at what seems damaged, which a truncation may have been in the
 * middle of. One for each look.
 */
final class LogScrub {
    private static final Logger LOG = LoggerFactory.getLogger(LogScrub.class);

    private final LogCore log;
    private boolean found;
    private boolean firstOnly;
    private boolean cutShort;
    private int cuts;
    private int epochBefore = -1;
    private boolean epochFell;

    LogScrub(LogCore log) {
        this.log = log;
    }

    /** See {@link LogUpkeep#scrub}. */
    @Nullable
    ScrubPoint check(ScrubPoint from, long maxBytes) {
        LogSegment[] all = log.segments.array();
        int slot = Math.max(0, Segments.slotOf(all, from.segmentBase()));
        LogSegment segment = all[slot];
        boolean same = segment.baseOffset() == from.segmentBase();
        long nextBase = slot + 1 < all.length ? all[slot + 1].baseOffset() : Long.MAX_VALUE;
        long size = segment.size();
        ScrubPoint reached = same ? from : new ScrubPoint(segment.baseOffset(), 0, -1);
        try {
            reached = check(segment, nextBase, size, reached, maxBytes);
        } catch (IOException e) {
            // Removed meanwhile, or a disk that does not give its bytes back, which has been reported then.
            LOG.warn("Cannot scrub segment={}", segment, e);
            cutShort = true;
            reached = new ScrubPoint(segment.baseOffset(), size, -1);
        }
        if (found) {
            log.host.onDamage().accept(log.topicPartition);
        }
        if (reached.position() < size) {
            return reached;
        }
        return nextBase == Long.MAX_VALUE ? null : new ScrubPoint(nextBase, 0, reached.expectedOffset());
    }

    /**
     * Finds the damage that a read from this offset on has come to: looks from the last sound batch before it that the index knows, to
     * the first damage and no further than the end of the next segment.
     *
     * @return whether there is any
     */
    boolean look(long offset) {
        firstOnly = true;
        ScrubPoint point = soundBefore(offset);
        for (int segments = 0; segments < 2 && point != null && !found && !log.closed(); segments++) {
            point = check(point, Integer.MAX_VALUE);
        }
        cutShort |= log.closed();
        return found;
    }

    /** Whether {@link #look} has found something or come to its end, rather than to a stop, a closed log or bytes that it was not given. */
    boolean gotThrough() {
        return found || !cutShort;
    }

    private ScrubPoint soundBefore(long offset) {
        LogSegment[] all = log.segments.array();
        LogSegment segment = all[Math.max(0, Segments.slotOf(all, offset))];
        BatchScanner scanner = BatchScanner.large();
        try {
            long entry = segment.offsetIndex().lookup(offset);
            while (entry != OffsetIndex.NONE) {
                int position = OffsetIndex.position(entry);
                if (segment.damage().endOfStretchAt(position) < 0
                        && BatchLocator.leadsToBatch(segment, entry, segment.size(), scanner)
                        && scanner.checksumIsValid()) {
                    return new ScrubPoint(segment.baseOffset(), position, scanner.baseOffset());
                }
                entry = segment.offsetIndex().lookup(segment.offsetIndex().offset(entry) - 1);
            }
        } catch (IOException e) {
            LOG.debug("Looking for damage from the beginning of segment={}", segment, e);
        }
        return new ScrubPoint(segment.baseOffset(), 0, -1);
    }

    private ScrubPoint check(LogSegment segment, long nextBase, long size, ScrubPoint from, long maxBytes)
            throws IOException {
        BatchScanner scanner = BatchScanner.large();
        cuts = segment.damage().cuts();
        epochBefore = -1;
        long position = from.position();
        long expected = from.expectedOffset();
        if (position >= size) {
            return new ScrubPoint(segment.baseOffset(), position, expected);
        }
        long limit = position + maxBytes;
        scanner.begin(segment.log(), position, size);
        while (position < size && position < limit && !(found && firstOnly)) {
            if (log.host.stopping().getAsBoolean()) {
                cutShort = true;
                break;
            }
            long behind = segment.damage().endOfStretchAt(position);
            if (behind < 0 && isFaulty(scanner, segment, expected, nextBase)) {
                behind = confirm(segment, position, size, expected, nextBase);
            }
            if (behind >= 0) {
                expected = Math.max(expected, segment.damage().nextOffsetAt(position));
                position = behind;
                scanner.begin(segment.log(), position, size);
            } else {
                lookAtEpoch(scanner, segment);
                position += scanner.size();
                expected = scanner.lastOffset() + 1;
            }
        }
        return new ScrubPoint(segment.baseOffset(), position, expected);
    }

    // No checksum covers it, so that it may be either of the two: the records can be read all the same, and are, but
    // followers are told by it where they part from their leader.
    private void lookAtEpoch(BatchScanner scanner, LogSegment segment) {
        int epoch = scanner.leaderEpoch();
        if (epoch < 0) {
            return;
        }
        if (epoch < epochBefore && !epochFell && segment.damage().isUncutSince(cuts)) {
            epochFell = true;
            LOG.error(
                    "The leader epoch falls from {} to {} at offset={} position={} of segment={}, which it never does: one of the two is"
                            + " damaged. Have this replica made anew",
                    epochBefore,
                    epoch,
                    scanner.baseOffset(),
                    scanner.position(),
                    segment);
        }
        epochBefore = epoch;
    }

    private static boolean isFaulty(BatchScanner scanner, LogSegment segment, long expected, long nextBase)
            throws IOException {
        if (!scanner.next()) {
            return true;
        }
        long end = expected < 0 ? Math.max(segment.baseOffset(), scanner.baseOffset()) : expected;
        return BatchFault.of(scanner, segment, end, nextBase) != null;
    }

    // Looks again while nothing can change; returns where to go on.
    private long confirm(LogSegment segment, long position, long size, long expected, long nextBase)
            throws IOException {
        long behind =
                BatchSearch.next(segment.log(), position + 1, size, Math.max(segment.baseOffset(), expected), nextBase);
        log.lock.lock();
        try {
            BatchScanner scanner = BatchScanner.small();
            scanner.begin(segment.log(), position, segment.size());
            boolean stillThere = log.segments.contains(segment) && segment.size() >= size;
            if (!stillThere || !isFaulty(scanner, segment, expected, nextBase)) {
                return size;
            }
            long end = behind < 0 ? size : behind;
            // What has been appended behind it meanwhile, and what will be, is not hurt.
            long nextOffset = Math.min(nextBase, log.offsets.logEnd());
            if (end < segment.size()) {
                scanner.begin(segment.log(), end, segment.size());
                nextOffset = scanner.next() ? scanner.baseOffset() : nextOffset;
            }
            segment.markDamaged(position, end, Math.max(segment.baseOffset(), expected), nextOffset);
            found = true;
            return end;
        } finally {
            log.lock.unlock();
        }
    }
}
