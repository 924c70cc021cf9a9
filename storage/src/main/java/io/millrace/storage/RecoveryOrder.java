package io.millrace.storage;

import io.millrace.protocol.TopicPartition;
import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The order in which the logs of a directory are loaded: those with the least to look at first, so that one large log is the last
 * that others wait for and not the first. After a clean stop there is nothing to look at, and any order does.
 */
final class RecoveryOrder {
    private RecoveryOrder() {}

    private record Work(Path path, long bytes) {}

    /** The subdirectories of a directory that was opened, in that order. */
    static List<Path> of(LogDir dir, List<Path> found) {
        if (dir.clean()) {
            return found;
        }
        List<Work> work = new ArrayList<>(found.size());
        for (Path path : found) {
            TopicPartition partition = PartitionDirs.parse(path.getFileName().toString());
            long recoveryPoint =
                    partition == null ? -1 : dir.hintsFor(partition).recoveryPoint();
            work.add(new Work(path, partition == null ? 0 : bytesFrom(path, recoveryPoint)));
        }
        work.sort(Comparator.comparingLong(Work::bytes));
        return work.stream().map(Work::path).toList();
    }

    // Of the segment that holds the recovery point, and of those behind it.
    private static long bytesFrom(Path path, long recoveryPoint) {
        long bytes = 0;
        long before = 0;
        long baseBefore = -1;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "*" + SegmentFiles.LOG)) {
            for (Path file : files) {
                long base = SegmentFiles.offsetOf(file.getFileName().toString(), SegmentFiles.LOG);
                if (base >= recoveryPoint) {
                    bytes += Files.size(file);
                } else if (base > baseBefore) {
                    baseBefore = base;
                    before = Files.size(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Whoever loads it will say so.
            return 0;
        }
        return bytes + before;
    }
}
