package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.file.DirectoryListing;
import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.producer.CompletedTransaction;
import io.millrace.storage.producer.ProducerSnapshot;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the state of a log's producers to its end: the newest snapshot that is whole, then the headers of the batches behind it.
 */
final class ProducerReplay {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerReplay.class);

    private ProducerReplay() {}

    /**
     * Fills {@code states} anew. Snapshots outside the log are removed: they speak of batches that are gone.
     *
     * @return offset of the newest snapshot; -1 if there is none
     */
    static long rebuild(
            Path dir,
            LogSegment[] segments,
            ProducerStates states,
            long logStartOffset,
            long logEndOffset,
            LogHost host)
            throws IOException {
        states.clear();
        NavigableMap<Long, Path> snapshots = snapshots(dir);
        for (Path stale : snapshots.tailMap(logEndOffset, false).values()) {
            Files.deleteIfExists(stale);
        }
        for (Path stale : snapshots.headMap(logStartOffset, true).values()) {
            Files.deleteIfExists(stale);
        }
        long newest = -1;
        long expiredBeforeMs = host.clock().millis() - host.producerIdExpirationMs();
        long from = logStartOffset;
        for (var snapshot : snapshots
                .subMap(logStartOffset, false, logEndOffset, true)
                .descendingMap()
                .entrySet()) {
            if (ProducerSnapshot.read(snapshot.getValue(), states, expiredBeforeMs)) {
                newest = snapshot.getKey();
                from = newest;
                break;
            }
            LOG.warn("Removed damaged producer snapshot file={}", snapshot.getValue());
            Files.deleteIfExists(snapshot.getValue());
        }
        states.truncateFromStart(logStartOffset);
        if (from < logEndOffset) {
            replay(segments, states, from);
        }
        return newest;
    }

    private static void replay(LogSegment[] segments, ProducerStates states, long from) throws IOException {
        BatchScanner scanner = BatchScanner.large();
        for (int slot = Math.max(0, Segments.slotOf(segments, from)); slot < segments.length; slot++) {
            LogSegment segment = segments[slot];
            long end = segment.size();
            boolean more = BatchLocator.seekSound(segment, from, end, scanner);
            while (more) {
                if (scanner.magic() == BatchHeader.CURRENT_MAGIC) {
                    replay(scanner, states, segment);
                }
                more = BatchLocator.nextSound(segment, end, scanner);
            }
        }
    }

    /**
     * Takes note of the batch that the scanner stands on, which is of the current format.
     *
     * @return the transaction that it ended; null if it ended none
     */
    static @Nullable CompletedTransaction replay(BatchScanner scanner, ProducerStates states, LogSegment segment)
            throws IOException {
        if (BatchHeader.isControl(scanner.buffer(), scanner.index())) {
            if (!scanner.checksumIsValid()) {
                LOG.error("The marker of a transaction is damaged segment={} position={}", segment, scanner.position());
                return null;
            }
            scanner.load();
        }
        return states.append(scanner.buffer(), scanner.index());
    }

    /** Removes the snapshots of {@code offset} and later. */
    static void removeSnapshotsFrom(Path dir, long offset) throws IOException {
        for (Path snapshot : snapshots(dir).tailMap(offset, true).values()) {
            Files.deleteIfExists(snapshot);
        }
    }

    /** The files of the producer snapshots by their offsets. */
    static NavigableMap<Long, Path> snapshots(Path dir) throws IOException {
        NavigableMap<Long, Path> found = new TreeMap<>();
        for (Path file : DirectoryListing.endingIn(dir, SegmentFiles.PRODUCER_SNAPSHOT)) {
            long offset = SegmentFiles.offsetOf(file.getFileName().toString(), SegmentFiles.PRODUCER_SNAPSHOT);
            if (offset >= 0) {
                found.put(offset, file);
            }
        }
        return found;
    }
}
