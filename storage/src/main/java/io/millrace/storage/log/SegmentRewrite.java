package io.millrace.storage.log;

import io.millrace.protocol.record.BatchHeader;
import io.millrace.storage.LogConfig;
import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.file.SpaceGuard;
import io.millrace.storage.index.AbortedTransaction;
import io.millrace.storage.index.OffsetIndex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes sealed segments anew through a filter; small neighbours become one. The new files are written as {@code .cleaned}, synced,
 * and put in place of the old ones in steps of which each can be the last, see {@link SegmentDirectory}. A storage thread.
 */
final class SegmentRewrite {
    private final Path dir;
    private final LogHost host;
    private final LogConfig config;
    private final BatchScanner scanner = BatchScanner.large();

    SegmentRewrite(Path dir, LogHost host, LogConfig config) {
        this.dir = dir;
        this.host = host;
        this.config = config;
    }

    /** Segments that end at or below {@code endOffset}, grouped so that each group fits into one. */
    List<List<LogSegment>> groups(LogSegment[] all, long endOffset) {
        List<List<LogSegment>> groups = new ArrayList<>();
        List<LogSegment> group = new ArrayList<>();
        long bytes = 0;
        long indexBytes = 0;
        for (int slot = 0; slot + 1 < all.length && all[slot + 1].baseOffset() <= endOffset; slot++) {
            LogSegment segment = all[slot];
            long segmentIndexBytes = (long) segment.offsetIndex().entries().count() * OffsetIndex.ENTRY_BYTES;
            boolean fits = bytes + segment.size() <= config.segmentBytes()
                    && indexBytes + segmentIndexBytes <= config.segmentIndexBytes() / 2
                    && (group.isEmpty() || group.get(0).canHold(all[slot + 1].baseOffset()));
            if (!group.isEmpty() && !fits) {
                groups.add(group);
                group = new ArrayList<>();
                bytes = 0;
                indexBytes = 0;
            }
            group.add(segment);
            bytes += segment.size();
            indexBytes += segmentIndexBytes;
        }
        if (!group.isEmpty()) {
            groups.add(group);
        }
        return groups;
    }

    /**
     * Writes what the filter leaves of a group into a new segment whose files end in {@code .cleaned}, and syncs it.
     *
     * @throws io.millrace.storage.file.DiskFullException if there is no room for it; nothing of it is left
     */
    LogSegment write(List<LogSegment> group, BatchFilter filter) throws IOException {
        SpaceGuard space = host.files().space();
        // Else nothing could be compacted where appends have left no more than the reserve, though that would free
        // some.
        space.serve(SpaceGuard.Purpose.COMPACTION);
        try {
            return writeWithin(group, filter);
        } finally {
            space.serve(SpaceGuard.Purpose.APPEND);
        }
    }

    private LogSegment writeWithin(List<LogSegment> group, BatchFilter filter) throws IOException {
        long base = group.get(0).baseOffset();
        removeCleaned(base);
        LogSegment cleaned = LogSegment.createCleaned(
                dir, base, SegmentShape.of(config, 0), host.clock().millis(), host.files());
        try {
            cleaned.files().create();
            for (LogSegment segment : group) {
                copy(segment, cleaned, filter);
            }
            cleaned.seal();
            if (!cleaned.files().awaitCut()) {
                throw new IOException("The zeros behind " + cleaned + " were not cut off in time");
            }
            cleaned.files().force();
            LogSegment last = group.get(group.size() - 1);
            // Retention goes by the age of the data, not by that of the copy.
            Files.setLastModifiedTime(
                    cleaned.log().path(), Files.getLastModifiedTime(last.log().path()));
            return cleaned;
        } catch (IOException | RuntimeException e) {
            cleaned.rest();
            cleaned.files().delete();
            throw e;
        }
    }

    private void removeCleaned(long base) throws IOException {
        for (String suffix : new String[] {
            SegmentFiles.LOG, SegmentFiles.OFFSET_INDEX, SegmentFiles.TIME_INDEX, SegmentFiles.TXN_INDEX
        }) {
            Files.deleteIfExists(SegmentFiles.withSuffix(SegmentFiles.path(dir, base, suffix), SegmentFiles.CLEANED));
        }
    }

    private void copy(LogSegment from, LogSegment to, BatchFilter filter) throws IOException {
        scanner.begin(from.log(), 0, from.size());
        List<AbortedTransaction> aborted = from.txnIndex().entries();
        int nextAborted = 0;
        while (scanner.next()) {
            host.requireGoingOn();
            scanner.load();
            boolean current = scanner.magic() == BatchHeader.CURRENT_MAGIC;
            if (current && !BatchHeader.crcIsValid(scanner.buffer(), scanner.index())) {
                throw BatchLocator.corrupt(from, scanner.position());
            }
            ByteBuffer kept = current ? filter.retain(scanner.buffer(), scanner.index()) : scanner.buffer();
            while (nextAborted < aborted.size() && aborted.get(nextAborted).lastOffset() < scanner.lastOffset()) {
                nextAborted++;
            }
            if (kept != null) {
                append(kept, to);
                if (nextAborted < aborted.size() && aborted.get(nextAborted).lastOffset() == scanner.lastOffset()) {
                    to.txnIndex().append(aborted.get(nextAborted));
                }
            }
        }
        if (scanner.position() < from.size()) {
            throw BatchLocator.corrupt(from, scanner.position());
        }
    }

    private void append(ByteBuffer kept, LogSegment to) throws IOException {
        boolean same = kept == scanner.buffer();
        int index = same ? scanner.index() : kept.position();
        int size = same ? scanner.size() : kept.remaining();
        to.reserve(size, config.indexIntervalBytes());
        to.append(
                kept,
                index,
                size,
                scanner.lastOffset(),
                LegacyHeader.maxTimestamp(kept, index),
                config.indexIntervalBytes());
    }
}
