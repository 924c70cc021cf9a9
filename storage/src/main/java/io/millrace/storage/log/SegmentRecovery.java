package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.file.DiskFullException;
import io.millrace.storage.producer.ProducerSnapshot;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks segments after a stop that was not in order: every batch is checked by length, checksum and offset, and indexes,
 * producers and epochs are made anew from what is good. In what was not flushed the first bad batch and all behind it are cut
 * off. In what was, bad bytes that are followed by good ones stay, are reported, and cannot be read. A segment that ends before
 * the next one begins, because its end or the whole of it was never synced, is treated likewise.
 */
final class SegmentRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentRecovery.class);
    private static final String NO_BATCH = "no batch lies there";

    private final Path dir;
    private final LogHost host;
    private final ProducerStates producers;
    private final EpochReplay epochs;
    private final int indexIntervalBytes;
    private final long gapsBelow;
    private final long recoveryPoint;
    private final long logStart;
    private final BatchScanner scanner = BatchScanner.large();
    private boolean cutShort;
    private boolean gapsSeen;

    /**
     * @param gapsBelow offset below which offsets may be missing between batches, as where a leader compacts
     * @param recoveryPoint what lies below was on disk: damage there is noted and stepped over as long as something good follows
     * @param logStart below it nobody misses anything
     */
    SegmentRecovery(
            Path dir,
            LogHost host,
            ProducerStates producers,
            LeaderEpochs epochs,
            int indexIntervalBytes,
            long gapsBelow,
            long recoveryPoint,
            long logStart) {
        this.dir = dir;
        this.host = host;
        this.producers = producers;
        this.epochs = new EpochReplay(dir, epochs);
        this.indexIntervalBytes = indexIntervalBytes;
        this.gapsBelow = gapsBelow;
        this.recoveryPoint = recoveryPoint;
        this.logStart = logStart;
    }

    /**
     * Recovers one segment; they come in order.
     *
     * @param nextOffset where the log ends so far
     * @param nextBase base offset of the segment that follows, {@link Long#MAX_VALUE} if none does
     * @return where the log ends with this segment
     */
    long recover(LogSegment segment, long nextOffset, long nextBase) throws IOException {
        segment.resetIndexes();
        // What was noted by a first look at the end may be cut now.
        segment.damage().cutAt(0);
        return recoverFrom(segment, 0, Math.max(nextOffset, segment.baseOffset()), nextBase);
    }

    /** Likewise for a segment of which everything before {@code position} is known to be good, up to an offset. */
    long recoverFrom(LogSegment segment, long position, long nextOffset, long nextBase) throws IOException {
        long size = segment.size();
        scanner.begin(segment.log(), position, size);
        long end = nextOffset;
        String reason = null;
        while (reason == null) {
            host.requireGoingOn();
            boolean more = scanner.next();
            if (!more && scanner.position() >= size) {
                break;
            }
            reason = more ? BatchFault.of(scanner, segment, end, nextBase) : NO_BATCH;
            if (reason != null && stepOver(segment, end, size, nextBase)) {
                reason = null;
            } else if (reason == null && scanner.baseOffset() > end) {
                gapsSeen = true;
            }
            if (reason == null) {
                accept(segment);
                end = scanner.lastOffset() + 1;
            }
        }
        long good = scanner.position();
        if (good < size && isFlushed(end, nextBase) && !(end < gapsBelow && isZero(segment, good, size))) {
            segment.markDamaged(good, size, end, nextBase);
            end = nextBase;
            cutShort = false;
        } else if (good < size) {
            boolean zeros = NO_BATCH.equals(reason) && isZero(segment, good, size);
            if (!zeros) {
                LOG.warn(
                        "Cut segment={} at position={} of {} bytes because={} logEndOffset={}",
                        segment,
                        good,
                        size,
                        reason,
                        end);
            }
            segment.log().truncateTo(good);
            // Zeros are what a segment ends with when its roll was not finished: the next one may follow. They are also
            // what is left of batches that a power cut took, and then the next one does not begin where this one ends.
            cutShort = nextBase != end && nextBase > logStart && !(zeros && nextBase > end && end < gapsBelow);
        } else if (isFlushed(end, nextBase) && isHole(end, nextBase)) {
            segment.markDamaged(size, size, end, nextBase);
            end = nextBase;
            cutShort = false;
        } else {
            cutShort = isHole(end, nextBase);
            if (cutShort) {
                LOG.warn(
                        "Segment={} ends at position={} and offset={}, before the next one begins at offset={}",
                        segment,
                        size,
                        end,
                        nextBase);
            }
        }
        if (nextBase != Long.MAX_VALUE) {
            segment.sealRecovered();
            if (nextBase <= recoveryPoint) {
                // No flush comes to it, and the next start believes it.
                segment.saveAborted();
            }
            if (!cutShort) {
                writeSnapshot(nextBase);
            }
        } else {
            segment.rest();
        }
        return end;
    }

    // Whether records are missing between the end of a segment and the next one though they were on disk once.
    private boolean isFlushed(long end, long nextBase) {
        return nextBase != Long.MAX_VALUE && end < nextBase && nextBase <= recoveryPoint;
    }

    // An append begins a new segment where the log ends, unless it is too far from there. A log that was compacted once
    // has gaps inside its segments as well as between them.
    private boolean isHole(long end, long nextBase) {
        return nextBase > logStart
                && nextBase - end <= Integer.MAX_VALUE
                && end < nextBase
                && end >= gapsBelow
                && !gapsSeen;
    }

    // Without it a later start has more to read.
    private void writeSnapshot(long offset) throws IOException {
        try {
            ProducerSnapshot.write(dir, offset, ProducerSnapshot.encode(producers));
        } catch (DiskFullException e) {
            host.health().full("writing a producer snapshot in " + dir, e);
        }
    }

    /** There is no further segment. */
    void end() {
        epochs.end();
    }

    /** Whether the last segment lost batches, so that what follows it has no predecessor. */
    boolean cutShort() {
        return cutShort;
    }

    // Goes to the next good batch of the segment if what is bad here was on disk once.
    private boolean stepOver(LogSegment segment, long end, long size, long nextBase) throws IOException {
        if (end >= recoveryPoint) {
            return false;
        }
        long position = scanner.position();
        long behind = BatchSearch.next(segment.log(), position + 1, size, end, nextBase);
        scanner.begin(segment.log(), behind < 0 ? position : behind, size);
        if (behind < 0 || !scanner.next()) {
            return false;
        }
        segment.markDamaged(position, behind, end, scanner.baseOffset());
        return true;
    }

    private void accept(LogSegment segment) throws IOException {
        segment.recovered(
                (int) scanner.position(),
                scanner.size(),
                scanner.lastOffset(),
                scanner.maxTimestamp(),
                indexIntervalBytes);
        if (scanner.magic() < BatchHeader.CURRENT_MAGIC) {
            return;
        }
        if (BatchHeader.isControl(scanner.buffer(), scanner.index())) {
            scanner.load();
        }
        epochs.next(scanner.leaderEpoch(), scanner.baseOffset());
        segment.noteAborted(producers.append(scanner.buffer(), scanner.index()));
    }

    private boolean isZero(LogSegment segment, long from, long to) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
        for (long position = from; position < to; position += bytes.limit()) {
            bytes.clear();
            segment.log().read(position, bytes, (int) Math.min(bytes.capacity(), to - position));
            bytes.flip();
            for (int i = 0; i < bytes.limit(); i++) {
                if (bytes.get(i) != 0) {
                    return false;
                }
            }
        }
        return true;
    }
}
