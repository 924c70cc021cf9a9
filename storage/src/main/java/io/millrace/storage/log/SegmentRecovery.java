package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.producer.CompletedTransaction;
import io.millrace.storage.producer.ProducerSnapshot;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks segments after a stop that was not in order: every batch is checked by length, checksum and offset, the first bad one and all behind
 * it are cut off, and indexes, producers and epochs are made anew from what is good.
 */
final class SegmentRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentRecovery.class);

    private final Path dir;
    private final ProducerStates producers;
    private final LeaderEpochs epochs;
    private final int indexIntervalBytes;
    private final boolean gapsAllowed;
    private final BatchScanner scanner = BatchScanner.large();
    private boolean cutShort;

    /** @param gapsAllowed whether offsets may be missing between batches, as where a leader compacts */
    SegmentRecovery(
            Path dir, ProducerStates producers, LeaderEpochs epochs, int indexIntervalBytes, boolean gapsAllowed) {
        this.dir = dir;
        this.producers = producers;
        this.epochs = epochs;
        this.indexIntervalBytes = indexIntervalBytes;
        this.gapsAllowed = gapsAllowed;
    }

    /**
     * Recovers one segment; they come in order.
     *
     * @param nextOffset where the log ends so far
     * @param nextBase base offset of the segment that follows, {@link Long#MAX_VALUE} if none does
     * @return where the log ends with this segment
     */
    long recover(LogSegment segment, long nextOffset, long nextBase) throws IOException {
        long size = segment.size();
        segment.resetIndexes();
        scanner.begin(segment.log(), 0, size);
        long end = Math.max(nextOffset, segment.baseOffset());
        String reason = null;
        while (reason == null && scanner.next()) {
            scanner.load();
            reason = fault(end);
            if (reason == null) {
                accept(segment);
                end = scanner.lastOffset() + 1;
            }
        }
        long good = scanner.position();
        if (good < size) {
            boolean zeros = reason == null && isZero(segment, good, size);
            if (!zeros) {
                LOG.warn(
                        "Cut segment={} at position={} of {} bytes because={} logEndOffset={}",
                        segment,
                        good,
                        size,
                        reason == null ? "no batch lies there" : reason,
                        end);
            }
            segment.log().truncateTo(good);
            // Zeros are what a segment ends with when its roll was not finished: the next one may follow. They are also
            // what is left of batches that a power cut took, and then the next one does not begin where this one ends.
            boolean follows = nextBase == end || (nextBase > end && gapsAllowed);
            cutShort = !zeros || (nextBase != Long.MAX_VALUE && !follows);
        } else {
            cutShort = false;
        }
        if (nextBase != Long.MAX_VALUE) {
            segment.seal();
            if (!cutShort) {
                ProducerSnapshot.write(dir, nextBase, ProducerSnapshot.encode(producers));
            }
        } else {
            segment.rest();
        }
        return end;
    }

    /** Whether the last segment lost batches, so that what follows it has no predecessor. */
    boolean cutShort() {
        return cutShort;
    }

    private @Nullable String fault(long end) {
        if (scanner.magic() == BatchHeader.CURRENT_MAGIC) {
            if (!BatchHeader.crcIsValid(scanner.buffer(), scanner.index())) {
                return "the checksum of a batch is wrong";
            }
        } else if (!LegacyHeader.crcIsValid(scanner.buffer(), scanner.index(), scanner.size())) {
            return "the checksum of a message is wrong";
        }
        if (scanner.baseOffset() < end || scanner.lastOffset() < scanner.baseOffset()) {
            return "offset " + scanner.baseOffset() + " comes after " + (end - 1);
        }
        return null;
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
        epochs.assign(scanner.leaderEpoch(), scanner.baseOffset());
        CompletedTransaction completed = producers.append(scanner.buffer(), scanner.index());
        if (completed != null && completed.aborted()) {
            segment.txnIndex()
                    .append(new AbortedTransaction(
                            completed.producerId(),
                            completed.firstOffset(),
                            completed.lastOffset(),
                            completed.lastStableOffset()));
        }
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
