package io.millrace.storage.log;

import io.millrace.storage.LogConfig;
import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.file.BootIdentity;
import io.millrace.storage.file.SegmentFiles;
import io.millrace.storage.producer.ProducerRuns;
import io.millrace.storage.producer.ProducerSnapshot;
import io.millrace.storage.producer.ProducerStates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a log from its directory. A directory closed in order is believed: only the end of the last segment is looked at, and indexes
 * that are gone are made anew. Otherwise every segment that reaches beyond the recovery point is recovered, see
 * {@link SegmentRecovery}.
 */
final class LogLoader {
    private static final Logger LOG = LoggerFactory.getLogger(LogLoader.class);

    /** How often a long recovery says how far it is. */
    private static final long PROGRESS_MS = 5_000;

    private final Path dir;
    private final LogConfig config;
    private final LogHost host;
    private final LogHints hints;
    private final SegmentShape shape;
    private final List<LogSegment> segments = new ArrayList<>();
    private final ProducerStates producers = new ProducerStates();
    private final LeaderEpochs epochs;

    // Those whose transaction index is damaged, or may be missing. A segment without aborted transactions has none, so
    // that only a missing offset index tells that somebody has removed indexes.
    private final Set<LogSegment> untrusted = new HashSet<>();

    private long snapshotOffset = -1;
    private boolean marked;

    private LogLoader(Path dir, LogConfig config, LogHost host, LogHints hints) throws IOException {
        this.dir = dir;
        this.config = config;
        this.host = host;
        this.hints = hints;
        this.shape = SegmentShape.of(config, 0);
        this.epochs = hints == LogHints.NEW ? LeaderEpochs.ofNew(dir) : LeaderEpochs.load(dir);
    }

    static LogState load(Path dir, LogConfig config, LogHost host, LogHints hints) throws IOException {
        LogLoader loader = new LogLoader(dir, config, host, hints);
        LogState state = loader.load();
        if (!loader.marked && hints != LogHints.NEW) {
            // It may vouch for what recovery has just cut.
            RecoveryMark.remove(dir);
        }
        return state;
    }

    private LogState load() throws IOException {
        if (hints == LogHints.NEW) {
            return new LogState(List.of(newSegment(0)), 0, 0, 0, epochs, producers, -1, true);
        }
        int firstDirty = openSegments();
        if (segments.isEmpty()) {
            return empty(Math.max(0, hints.logStartOffset()), true);
        }
        firstDirty = Math.min(firstDirty, firstDirty());
        long start = Math.max(segments.get(0).baseOffset(), hints.logStartOffset());
        if (!epochs.known()) {
            readEpochs(firstDirty);
        }
        long end = firstDirty == segments.size() ? endOfCleanLog() : -1;
        boolean clean = end >= 0;
        if (!clean) {
            firstDirty = Math.min(firstDirty, segments.size() - 1);
            end = recover(firstDirty, start);
        } else if (end >= start) {
            rebuildMissingIndexes(segments.size());
            snapshotOffset =
                    ProducerReplay.rebuild(dir, segments.toArray(new LogSegment[0]), producers, start, end, host);
        }
        if (end < start) {
            // Also a log whose batches are all before the start, and whose end lay in the gap of offsets behind them.
            LOG.warn(
                    "Log ends before its start and begins anew dir={} logEndOffset={} logStartOffset={}",
                    dir,
                    end,
                    start);
            for (LogSegment segment : segments) {
                segment.files().renameTo(SegmentFiles.DELETED);
                segment.files().delete();
            }
            marked = false;
            return empty(start, false);
        }
        epochs.truncateFromEnd(end);
        epochs.truncateFromStart(start);
        long recoveryPoint = clean ? end : Math.min(end, Math.max(start, flushedTo(firstDirty)));
        return new LogState(segments, start, end, recoveryPoint, epochs, producers, snapshotOffset, clean);
    }

    // Behind the marker of a clean stop everything was on disk, but the files that recovery makes anew are not.
    private long flushedTo(int firstDirty) {
        return hints.clean() ? segments.get(firstDirty).baseOffset() : hints.recoveryPoint();
    }

    /** Opens what is there; returns the slot of the first segment that has a damaged transaction index. */
    private int openSegments() throws IOException {
        int firstDamaged = Integer.MAX_VALUE;
        for (long base : SegmentDirectory.prepare(dir, host.files())) {
            LogSegment segment = LogSegment.open(dir, base, shape, host.files());
            if (segment.size() > 0 && Files.notExists(SegmentFiles.path(dir, base, SegmentFiles.OFFSET_INDEX))) {
                untrusted.add(segment);
            } else if (!segment.txnIndex().load()) {
                LOG.warn("Recovering log because the transaction index of segment={} is damaged", segment);
                firstDamaged = Math.min(firstDamaged, segments.size());
                untrusted.add(segment);
            }
            if (!segments.isEmpty()) {
                segments.get(segments.size() - 1).nextBase(base);
            }
            segments.add(segment);
        }
        return firstDamaged;
    }

    // Their file is missing or makes no sense: the batches say which epoch begins where.
    private void readEpochs(int count) throws IOException {
        EpochReplay replay = new EpochReplay(dir, epochs);
        BatchScanner scanner = BatchScanner.large();
        for (LogSegment segment : segments.subList(0, count)) {
            scanner.begin(segment.log(), 0, segment.size());
            while (BatchLocator.nextSound(segment, segment.size(), scanner)) {
                host.requireGoingOn();
                replay.next(scanner.leaderEpoch(), scanner.baseOffset());
            }
        }
        replay.end();
    }

    private LogState empty(long offset, boolean isNew) throws IOException {
        LogSegment first = newSegment(offset);
        if (offset > 0) {
            first.files().create();
        }
        segments.clear();
        segments.add(first);
        epochs.clear();
        ProducerReplay.removeSnapshotsFrom(dir, 0);
        return new LogState(segments, offset, offset, offset, epochs, producers, -1, hints.clean() || isNew);
    }

    private LogSegment newSegment(long offset) {
        return LogSegment.create(dir, offset, shape, host.clock().millis(), host.files());
    }

    /** Slot of the first segment that reaches beyond the recovery point; the number of segments if none has to be recovered. */
    private int firstDirty() throws IOException {
        if (hints.clean()) {
            return segments.size();
        }
        long recoveryPoint = Math.max(hints.recoveryPoint(), markedBase());
        for (int slot = 0; slot + 1 < segments.size(); slot++) {
            if (segments.get(slot + 1).baseOffset() > recoveryPoint) {
                return slot;
            }
        }
        return segments.size() - 1;
    }

    // Everything before the segment of a mark had been synced when it was written, though no checkpoint may say so yet.
    private long markedBase() throws IOException {
        RecoveryMarks marks = host.marks();
        RecoveryMark mark = marks == null ? null : RecoveryMark.read(dir);
        return mark != null && mark.identity().startsWith(marks.identity() + " ") ? mark.base() : -1;
    }

    /** The log end, found behind the last index entry; -1 if the last segment does not end where its file does. */
    private long endOfCleanLog() throws IOException {
        LogSegment last = segments.get(segments.size() - 1);
        if (last.size() == 0) {
            return last.baseOffset();
        }
        if (!last.indexesFit()) {
            LOG.warn("Rebuilding the indexes of segment={} because they do not fit it", last);
            last.rebuildIndexes(config.indexIntervalBytes());
        }
        last.rescanTail();
        BatchScanner scanner = BatchScanner.small();
        long position = last.lastIndexedPosition();
        scanner.begin(last.log(), position, last.size());
        long end = -1;
        while (scanner.next()) {
            end = scanner.lastOffset() + 1;
        }
        if (scanner.position() != last.size()) {
            LOG.warn(
                    "Recovering log though it was closed in order: no batch at position={} of segment={}",
                    scanner.position(),
                    last);
            return -1;
        }
        return end;
    }

    private long recover(int firstDirty, long start) throws IOException {
        rebuildMissingIndexes(firstDirty);
        RecoveryMark mark = mark(firstDirty);
        marked = mark != null;
        long from = mark == null ? segments.get(firstDirty).baseOffset() : mark.offset();
        long flushed = hints.clean() ? Long.MAX_VALUE : hints.recoveryPoint();
        if (mark == null) {
            ProducerReplay.rebuild(
                    dir,
                    segments.subList(0, firstDirty).toArray(new LogSegment[0]),
                    producers,
                    Math.min(start, from),
                    from,
                    host);
        }
        epochs.truncateFromEnd(from);
        long gapsBelow = config.compact() ? Long.MAX_VALUE : hints.compactedTo();
        SegmentRecovery recovery = new SegmentRecovery(
                dir, host, producers, epochs, config.indexIntervalBytes(), gapsBelow, flushed, start);
        long end = from;
        long toldMs = host.clock().millis();
        for (int slot = firstDirty; slot < segments.size(); slot++) {
            LogSegment segment = segments.get(slot);
            long nowMs = host.clock().millis();
            if (nowMs - toldMs >= PROGRESS_MS) {
                toldMs = nowMs;
                LOG.info(
                        "Recovering log dir={} segment={} of={} logEndOffset={}",
                        dir,
                        slot - firstDirty + 1,
                        segments.size() - firstDirty,
                        end);
            }
            long nextBase = slot + 1 < segments.size() ? segments.get(slot + 1).baseOffset() : Long.MAX_VALUE;
            end = mark != null && segment.baseOffset() == mark.base()
                    ? recovery.recoverFrom(segment, mark.position(), mark.offset(), nextBase)
                    : recovery.recover(segment, end, nextBase);
            if (recovery.cutShort()) {
                dropFrom(slot + 1);
            }
        }
        recovery.end();
        if (mark != null) {
            ProducerReplay.removeSnapshotsFrom(dir, end + 1);
        }
        return end;
    }

    /** Where the segment that is to be recovered first was at the last mark; null if all of it has to be looked at. */
    private @Nullable RecoveryMark mark(int firstDirty) throws IOException {
        RecoveryMarks marks = host.marks();
        LogSegment segment = segments.get(firstDirty);
        boolean usable = marks != null && !hints.clean() && epochs.known() && !untrusted.contains(segment);
        RecoveryMark mark = usable ? RecoveryMark.read(dir) : null;
        if (mark == null || mark.base() != segment.baseOffset() || segment.size() < mark.position()) {
            return null;
        }
        String identity =
                marks.identity() + " " + BootIdentity.keyOf(segment.log().path());
        if (!identity.equals(mark.identity()) || !segment.resumeAt(mark)) {
            return null;
        }
        producers.clear();
        if (!ProducerSnapshot.decode(
                mark.producers(), producers, host.clock().millis() - host.producerIdExpirationMs())) {
            producers.clear();
            return null;
        }
        ProducerRuns.decode(mark.runs(), producers);
        LOG.info("Recovering from the mark of this boot dir={} logEndOffset={}", dir, mark.offset());
        return mark;
    }

    // What lies behind a cut has no predecessor any more; it comes back from the leader.
    private void dropFrom(int slot) throws IOException {
        while (segments.size() > slot) {
            LogSegment segment = segments.remove(segments.size() - 1);
            LOG.warn("Removed segment={} behind a cut", segment);
            segment.files().renameTo(SegmentFiles.DELETED);
            segment.files().delete();
        }
    }

    private void rebuildMissingIndexes(int count) throws IOException {
        Set<LogSegment> withoutIndex = new HashSet<>(segments.subList(0, count));
        withoutIndex.retainAll(untrusted);
        if (!withoutIndex.isEmpty()) {
            // First: once it has its offset index a segment is believed.
            new TransactionReplay(dir, segments.toArray(new LogSegment[0]), host).fill(withoutIndex);
        }
        for (LogSegment segment : segments.subList(0, count)) {
            host.requireGoingOn();
            boolean timesMissing = segment.size() > 0
                    && Files.notExists(SegmentFiles.path(dir, segment.baseOffset(), SegmentFiles.TIME_INDEX));
            boolean roomIsLacking = segment.offsetIndex().distrusted();
            if (withoutIndex.contains(segment) ? !roomIsLacking : timesMissing) {
                LOG.warn("Rebuilding missing index of segment={}", segment);
                segment.rebuildIndexes(config.indexIntervalBytes());
            }
        }
    }
}
