package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.protocol.record.LegacyCursor;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.index.OffsetIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Finds things in the segments of a log. Takes no lock; any thread. A fetch makes no object. */
final class LogReader {
    /** Needed only while a read looks for its place. Slices are as many as partitions are fetched, threads are few. */
    private static final ThreadLocal<Search> SEARCHES = ThreadLocal.withInitial(Search::new);

    private static final class Search {
        final BatchScanner scanner = new BatchScanner(ByteBuffer.allocateDirect(BatchLocator.CHUNK_BYTES));
        final RecentBatches.Found recent = new RecentBatches.Found();
    }

    private final Segments segments;

    LogReader(Segments segments) {
        this.segments = segments;
    }

    /** See {@link PartitionLog#read}; the offset has been checked. False if the log begins behind it by now. */
    boolean read(long offset, int maxBytes, boolean minOneBatch, long upperBoundOffset, LogSlice out)
            throws IOException {
        Search search = SEARCHES.get();
        BatchScanner scanner = search.scanner;
        LogSegment[] all = segments.array();
        int first = Segments.slotOf(all, offset);
        if (first < 0) {
            return false;
        }
        RecentBatches recent = first == all.length - 1 ? all[first].recent() : null;
        if (recent != null && recent.find(offset, maxBytes, minOneBatch, upperBoundOffset, search.recent)) {
            RecentBatches.Found found = search.recent;
            if (found.end > found.position) {
                out.set(all[first].log(), found.position, (int) (found.end - found.position), found.firstBatchBytes);
            }
            return true;
        }
        for (int slot = first; slot < all.length; slot++) {
            LogSegment segment = all[slot];
            long end = segment.size();
            boolean wholeSegment = slot + 1 < all.length && all[slot + 1].baseOffset() <= upperBoundOffset;
            if (slot == first
                    && readByIndex(segment, end, offset, maxBytes, minOneBatch, upperBoundOffset, wholeSegment, out)) {
                return true;
            }
            if (end == 0 && segment.damage().isEmpty() || !BatchLocator.seek(segment, offset, end, scanner)) {
                continue;
            }
            long start = scanner.position();
            int firstBatchBytes = scanner.size();
            if (scanner.lastOffset() >= upperBoundOffset) {
                return true;
            }
            if (!segment.damage().isEmpty()) {
                end = Math.min(end, segment.damage().nextPosition(start));
            }
            int bytes = minOneBatch ? Math.max(maxBytes, scanner.size()) : maxBytes;
            long limit = Math.min(start + bytes, end);
            if (!wholeSegment) {
                limit = boundedBy(segment, upperBoundOffset, limit, end, scanner);
            }
            if (limit > start) {
                out.set(segment.log(), start, (int) (limit - start), firstBatchBytes);
            }
            return true;
        }
        return true;
    }

    /**
     * Finds the slice without a look at the log, where the index knows each batch from the one before the first to the one behind it:
     * the way of those that catch up. False where it does not.
     */
    private static boolean readByIndex(
            LogSegment segment,
            long end,
            long offset,
            int maxBytes,
            boolean minOneBatch,
            long upperBoundOffset,
            boolean wholeSegment,
            LogSlice out)
            throws IOException {
        long batch = segment.damage().isEmpty() ? segment.offsetIndex().ownBatch(offset) : OffsetIndex.NONE;
        if (batch == OffsetIndex.NONE) {
            return false;
        }
        int start = OffsetIndex.position(batch);
        int firstBatchBytes = OffsetIndex.bytes(batch);
        long limit = Math.min((long) start + (minOneBatch ? Math.max(maxBytes, firstBatchBytes) : maxBytes), end);
        if (limit <= start || !wholeSegment && !liesBelow(segment, limit, upperBoundOffset)) {
            return false;
        }
        out.set(segment.log(), start, (int) (limit - start), firstBatchBytes);
        return true;
    }

    /** Whether the index knows that everything up to {@code limit} bytes lies below the bound; false says nothing. */
    private static boolean liesBelow(LogSegment segment, long limit, long upperBoundOffset) throws IOException {
        long entry = segment.offsetIndex().lookup(upperBoundOffset);
        return entry != OffsetIndex.NONE
                && OffsetIndex.position(entry) >= limit
                && segment.offsetIndex().isOwn(entry);
    }

    // The scanner stands on the first batch of the slice. Batches that end below the bound may go out, up to the limit.
    private static long boundedBy(LogSegment segment, long upperBoundOffset, long limit, long end, BatchScanner scanner)
            throws IOException {
        long entry = segment.offsetIndex().lookup(upperBoundOffset);
        if (entry != OffsetIndex.NONE) {
            int position = OffsetIndex.position(entry);
            if (position >= limit && segment.offsetIndex().isOwn(entry)) {
                return limit;
            }
            long start = scanner.position();
            long firstEnd = scanner.lastOffset();
            if (position > start && position < end) {
                scanner.begin(segment.log(), position, end);
                if (scanner.next()
                        && scanner.baseOffset() > firstEnd
                        && scanner.baseOffset() <= segment.offsetIndex().offset(entry)) {
                    if (position >= limit) {
                        return limit;
                    }
                } else {
                    // The entry is wrong, or a truncation is under way: the batches themselves say where the bound
                    // lies.
                    scanner.begin(segment.log(), start, end);
                    if (!scanner.next()) {
                        return start;
                    }
                }
            }
        }
        while (scanner.lastOffset() < upperBoundOffset) {
            // Where no batch follows a truncation is under way: what it takes away lies above the bound.
            if (scanner.position() >= limit || !scanner.next()) {
                break;
            }
        }
        return Math.min(limit, scanner.position());
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
            if (!all[slot].collectAborted(fetchOffset, upperBoundOffset, found)) {
                break;
            }
        }
        return found;
    }
}
