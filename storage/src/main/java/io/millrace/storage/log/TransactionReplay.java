package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.producer.CompletedTransaction;
import io.millrace.storage.producer.ProducerSnapshot;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;

/**
 * Makes the transaction indexes of segments anew from the batches, which are believed. Where an aborted transaction began only the
 * state of its producer says, so each walk begins at the newest producer snapshot before the segment, or goes on from the one before.
 */
final class TransactionReplay {
    private final LogSegment[] segments;
    private final LogHost host;
    private final NavigableMap<Long, Path> snapshots;

    // The producers as of an offset.
    private ProducerStates states = new ProducerStates();
    private long reached;

    /** @param segments all of a log */
    TransactionReplay(Path dir, LogSegment[] segments, LogHost host) throws IOException {
        this.segments = segments;
        this.host = host;
        this.snapshots = ProducerReplay.snapshots(dir);
        this.reached = segments[0].baseOffset();
    }

    /** Fills the transaction indexes of these segments and has them on disk when it returns. */
    void fill(Set<LogSegment> wanted) throws IOException {
        for (LogSegment segment : segments) {
            if (wanted.contains(segment)) {
                bringTo(segment.baseOffset());
                segment.txnIndex().clear();
                walk(segment, true);
                segment.saveAborted();
            }
        }
    }

    private void bringTo(long offset) throws IOException {
        for (Map.Entry<Long, Path> snapshot :
                snapshots.subMap(reached, false, offset, true).descendingMap().entrySet()) {
            ProducerStates read = new ProducerStates();
            if (ProducerSnapshot.read(snapshot.getValue(), read, Long.MIN_VALUE)) {
                states = read;
                reached = snapshot.getKey();
                break;
            }
        }
        while (reached < offset) {
            walk(segments[Segments.slotOf(segments, reached)], false);
        }
    }

    private void walk(LogSegment segment, boolean fill) throws IOException {
        host.requireGoingOn();
        BatchScanner scanner = BatchScanner.large();
        long end = segment.size();
        boolean more = BatchLocator.seekSound(segment, reached, end, scanner);
        while (more) {
            if (scanner.magic() == BatchHeader.CURRENT_MAGIC) {
                CompletedTransaction completed = ProducerReplay.replay(scanner, states, segment);
                if (fill) {
                    segment.noteAborted(completed);
                }
            }
            more = BatchLocator.nextSound(segment, end, scanner);
        }
        reached = segment.nextBase();
    }
}
