package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.LegacyCursor;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.storage.index.AbortedTransaction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Finds things in the segments of a log. Takes no lock; any thread. A fetch makes no object. */
final class LogReader {
    /** Needed only while a read looks for its place. Slices are as many as partitions are fetched, threads are few. */
    private static final ThreadLocal<SliceSearch> SEARCHES = ThreadLocal.withInitial(SliceSearch::new);

    private final Segments segments;

    LogReader(Segments segments) {
        this.segments = segments;
    }

    /** See {@link PartitionLog#read}; the offset has been checked. False if the log begins behind it by now. */
    boolean read(long offset, int maxBytes, boolean minOneBatch, long upperBoundOffset, LogSlice out)
            throws IOException {
        return SEARCHES.get().find(segments.array(), offset, maxBytes, minOneBatch, upperBoundOffset, out);
    }

    /** See {@link PartitionLog#offsetForTimestamp}. */
    TimestampOffset offsetForTimestamp(long timestamp, long logStartOffset) throws IOException {
        for (LogSegment segment : segments.array()) {
            if (segment.size() == 0 || segment.times().max() < timestamp) {
                continue;
            }
            long from = Math.max(logStartOffset, segment.times().searchStart(timestamp));
            TimestampOffset found = firstAtOrAfter(segment, from, timestamp, logStartOffset);
            if (found != TimestampOffset.NONE) {
                return found;
            }
        }
        return TimestampOffset.NONE;
    }

    /** See {@link PartitionLog#offsetOfMaxTimestamp}. */
    TimestampOffset offsetOfMaxTimestamp(long logStartOffset) throws IOException {
        LogSegment best = null;
        for (LogSegment segment : segments.array()) {
            if (segment.size() > 0
                    && (best == null || segment.times().max() > best.times().max())) {
                best = segment;
            }
        }
        if (best == null || best.times().max() < 0) {
            return TimestampOffset.NONE;
        }
        return firstAtOrAfter(best, best.times().offsetOfMax(), best.times().max(), logStartOffset);
    }

    private static TimestampOffset firstAtOrAfter(
            LogSegment segment, long fromOffset, long timestamp, long logStartOffset) throws IOException {
        BatchScanner scanner = BatchScanner.small();
        RecordCursor cursor = new RecordCursor();
        boolean more = BatchLocator.seek(segment, fromOffset, segment.size(), scanner);
        while (more) {
            if (scanner.maxTimestamp() >= timestamp) {
                scanner.load();
                TimestampOffset found = scanner.magic() == BatchHeader.CURRENT_MAGIC
                        ? inBatch(scanner, cursor, timestamp, logStartOffset)
                        : inLegacyMessage(scanner, timestamp, logStartOffset);
                if (found != TimestampOffset.NONE) {
                    return found;
                }
            }
            more = scanner.next();
        }
        return TimestampOffset.NONE;
    }

    private static TimestampOffset inBatch(
            BatchScanner scanner, RecordCursor cursor, long timestamp, long logStartOffset) {
        cursor.wrap(scanner.buffer(), scanner.index());
        while (cursor.next()) {
            if (cursor.timestamp() >= timestamp && cursor.offset() >= logStartOffset) {
                return new TimestampOffset(cursor.timestamp(), cursor.offset(), scanner.leaderEpoch());
            }
        }
        return TimestampOffset.NONE;
    }

    private static TimestampOffset inLegacyMessage(BatchScanner scanner, long timestamp, long logStartOffset) {
        LegacyCursor messages = new LegacyCursor().wrap(scanner.buffer(), scanner.index(), scanner.size());
        while (messages.next()) {
            if (messages.timestamp() >= timestamp && messages.offset() >= logStartOffset) {
                return new TimestampOffset(messages.timestamp(), messages.offset(), BatchHeader.NO_LEADER_EPOCH);
            }
        }
        return TimestampOffset.NONE;
    }

    /** See {@link PartitionLog#abortedTransactions}. */
    List<AbortedTransaction> abortedTransactions(long fetchOffset, long upperBoundOffset) {
        List<AbortedTransaction> found = new ArrayList<>();
        LogSegment[] all = segments.array();
        for (int slot = Math.max(0, Segments.slotOf(all, fetchOffset)); slot < all.length; slot++) {
            if (!all[slot].files().collectAborted(fetchOffset, upperBoundOffset, found)) {
                break;
            }
        }
        return found;
    }
}
