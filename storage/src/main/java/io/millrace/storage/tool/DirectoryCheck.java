package io.millrace.storage.tool;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.checkpoint.LeaderEpochs;
import io.millrace.storage.checkpoint.OffsetCheckpoint;
import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What no single file shows: indexes and segments that are missing, segments that overlap, checkpoints that cannot be read. Says only what
 * nothing but a loss explains: compaction leaves gaps, and deletion takes from the beginning.
 */
final class DirectoryCheck {
    private static final List<String> CHECKPOINTS = List.of(
            OffsetCheckpoint.RECOVERY_POINT,
            OffsetCheckpoint.HIGH_WATERMARK,
            OffsetCheckpoint.LOG_START,
            OffsetCheckpoint.CLEANER,
            OffsetCheckpoint.SCRUB);

    private final Findings findings;
    private final Map<Path, LogDump.Extent> extents;

    /** @param extents of the log files that were read to their end */
    DirectoryCheck(Findings findings, Map<Path, LogDump.Extent> extents) {
        this.findings = findings;
        this.extents = extents;
    }

    /** Looks at the directories that were named, and at those of partitions in them. */
    void check(DumpOptions options) {
        for (Path dir : options.directories()) {
            for (String name : CHECKPOINTS) {
                reading(dir.resolve(name), () -> fault(dir.resolve(name), new OffsetCheckpoint(dir, name).fault()));
            }
            options.files().stream()
                    .filter(file -> file.startsWith(dir))
                    .map(Path::getParent)
                    .distinct()
                    .forEach(partition -> reading(partition, () -> checkPartition(partition, options.files())));
        }
    }

    /** Something that reads files. */
    @FunctionalInterface
    private interface Reading {
        void run() throws IOException;
    }

    private void reading(Path path, Reading work) {
        try {
            work.run();
        } catch (NoSuchFileException e) {
            // A broker that runs has taken it away meanwhile.
        } catch (IOException e) {
            findings.add(path, "cannot be read: " + DirectoryFiles.reason(e));
        }
    }

    private void fault(Path file, @Nullable String reason) {
        if (reason != null) {
            findings.add(file, "says nothing, because " + reason);
        }
    }

    private void checkPartition(Path dir, List<Path> files) throws IOException {
        fault(dir.resolve(SegmentFiles.LEADER_EPOCH_CHECKPOINT), LeaderEpochs.fault(dir));
        TreeSet<Long> bases = offsets(dir, SegmentFiles.LOG);
        for (long orphan : offsets(dir, SegmentFiles.TXN_INDEX)) {
            if (!bases.contains(orphan)) {
                Path file = SegmentFiles.path(dir, orphan, SegmentFiles.TXN_INDEX);
                findings.add(file, "its log file is missing");
            }
        }
        long gapsBelow = gapsBelow(dir);
        boolean gaps = false;
        for (long base : bases) {
            Path log = SegmentFiles.path(dir, base, SegmentFiles.LOG);
            Long next = bases.higher(base);
            if (next != null && Files.size(log) > 0) {
                requireIndexes(dir, base, log);
            }
            LogDump.Extent extent = extents.get(log);
            gaps |= extent == null || extent.gaps();
            if (next != null
                    && extent != null
                    && neighbours(files, log, SegmentFiles.path(dir, next, SegmentFiles.LOG))) {
                checkNext(log, extent.nextOffset(), next, gaps ? Long.MAX_VALUE : gapsBelow);
            }
        }
    }

    // Whether they were before, too: compaction may have put something else in the place of those that were read.
    private static boolean neighbours(List<Path> files, Path log, Path next) {
        List<Path> logs = files.stream()
                .filter(file -> file.toString().endsWith(SegmentFiles.LOG))
                .toList();
        int at = logs.indexOf(log);
        return at >= 0 && at + 1 < logs.size() && logs.get(at + 1).equals(next);
    }

    // The last segment may be without: they come with its first entry.
    private void requireIndexes(Path dir, long base, Path log) {
        for (String suffix : List.of(SegmentFiles.OFFSET_INDEX, SegmentFiles.TIME_INDEX)) {
            Path index = SegmentFiles.path(dir, base, suffix);
            if (Files.notExists(index) && Files.exists(log)) {
                findings.add(index, "is missing; the next start makes it anew");
            }
        }
    }

    private void checkNext(Path log, long end, long next, long gapsBelow) {
        if (end > next) {
            findings.add(log, "reaches up to offset " + end + ", though the next segment begins at " + next);
        } else if (end < next && end >= gapsBelow && next - end <= Integer.MAX_VALUE) {
            findings.add(
                    log,
                    "ends before offset " + end + ", and the next segment begins at " + next
                            + ": what lay between is missing");
        }
    }

    /** Below it compaction may have left gaps, or nobody misses anything; {@link Long#MAX_VALUE} if that cannot be known. */
    private static long gapsBelow(Path dir) throws IOException {
        Path logDir = dir.toAbsolutePath().getParent();
        String name = dir.toAbsolutePath().getFileName().toString();
        int dash = name.lastIndexOf('-');
        OffsetCheckpoint cleaner = new OffsetCheckpoint(logDir, OffsetCheckpoint.CLEANER);
        boolean known = Files.exists(logDir.resolve(OffsetCheckpoint.RECOVERY_POINT)) && cleaner.fault() == null;
        if (!known || dash < 0 || !name.substring(dash + 1).matches("[0-9]{1,9}")) {
            return Long.MAX_VALUE;
        }
        TopicPartition partition =
                new TopicPartition(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1)));
        long start =
                new OffsetCheckpoint(logDir, OffsetCheckpoint.LOG_START).read().getOrDefault(partition, 0L);
        return Math.max(start, cleaner.read().getOrDefault(partition, 0L));
    }

    private static TreeSet<Long> offsets(Path dir, String suffix) throws IOException {
        TreeSet<Long> offsets = new TreeSet<>();
        try (Stream<Path> files = Files.list(dir)) {
            files.mapToLong(file -> SegmentFiles.offsetOf(file.getFileName().toString(), suffix))
                    .filter(offset -> offset >= 0)
                    .forEach(offsets::add);
        }
        return offsets;
    }
}
