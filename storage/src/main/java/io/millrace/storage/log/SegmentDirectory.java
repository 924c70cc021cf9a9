package io.millrace.storage.log;

import io.millrace.storage.file.DirectoryListing;
import io.millrace.storage.file.DurableFiles;
import io.millrace.storage.file.FileHost;
import io.millrace.storage.file.LogFile;
import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.TreeSet;

/**
 * Puts a partition's directory in order before it is loaded: finishes or undoes what a stop interrupted. Files marked
 * {@code .deleted} and unfinished compactions ({@code .cleaned}) go; a finished one ({@code .swap}) takes its place, and the
 * segments that it replaces go.
 */
final class SegmentDirectory {
    private static final String[] INDEX_SUFFIXES = {
        SegmentFiles.OFFSET_INDEX, SegmentFiles.TIME_INDEX, SegmentFiles.TXN_INDEX
    };

    private SegmentDirectory() {}

    /** Puts the directory in order and returns the base offsets of its segments, rising. */
    static long[] prepare(Path dir, FileHost host) throws IOException {
        List<Path> files = DirectoryListing.of(dir);
        if (files.stream().anyMatch(SegmentDirectory::isLeftOver)) {
            finishInterrupted(dir, host);
            files = DirectoryListing.of(dir);
        }
        TreeSet<Long> bases = bases(files);
        removeOrphans(files, bases);
        return bases.stream().mapToLong(Long::longValue).toArray();
    }

    private static boolean isLeftOver(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(SegmentFiles.DELETED)
                || name.endsWith(SegmentFiles.CLEANED)
                || name.endsWith(SegmentFiles.SWAP)
                || name.endsWith(DurableFiles.TEMPORARY);
    }

    private static void finishInterrupted(Path dir, FileHost host) throws IOException {
        removeEndingIn(dir, SegmentFiles.DELETED);
        removeEndingIn(dir, SegmentFiles.CLEANED);
        removeEndingIn(dir, DurableFiles.TEMPORARY);
        for (Path swap : DirectoryListing.endingIn(dir, SegmentFiles.LOG + SegmentFiles.SWAP)) {
            completeSwap(dir, swap, host);
        }
        for (Path swap : DirectoryListing.endingIn(dir, SegmentFiles.SWAP)) {
            Path target = withoutSwap(swap);
            if (Files.exists(target)) {
                Files.delete(swap);
            } else {
                Files.move(swap, target, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private static void completeSwap(Path dir, Path swap, FileHost host) throws IOException {
        Path target = withoutSwap(swap);
        long base = SegmentFiles.offsetOf(target.getFileName().toString(), SegmentFiles.LOG);
        if (base < 0) {
            return;
        }
        long next = nextOffset(swap, base, host);
        for (long replaced :
                bases(DirectoryListing.endingIn(dir, SegmentFiles.LOG)).subSet(base, Math.max(next, base + 1))) {
            Files.deleteIfExists(SegmentFiles.path(dir, replaced, SegmentFiles.LOG));
            for (String suffix : INDEX_SUFFIXES) {
                Files.deleteIfExists(SegmentFiles.path(dir, replaced, suffix));
            }
        }
        Files.move(swap, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static long nextOffset(Path log, long base, FileHost host) throws IOException {
        LogFile file = new LogFile(log, Files.size(log), Integer.MAX_VALUE, 0, host);
        BatchScanner scanner = BatchScanner.small();
        scanner.begin(file, 0, file.size());
        long next = base;
        while (scanner.next()) {
            next = scanner.lastOffset() + 1;
        }
        return next;
    }

    private static TreeSet<Long> bases(List<Path> files) {
        TreeSet<Long> bases = new TreeSet<>();
        for (Path file : files) {
            long base = SegmentFiles.offsetOf(file.getFileName().toString(), SegmentFiles.LOG);
            if (base >= 0) {
                bases.add(base);
            }
        }
        return bases;
    }

    // An index whose log is gone would be taken for that of a later segment of the same name.
    private static void removeOrphans(List<Path> files, TreeSet<Long> bases) throws IOException {
        for (Path file : files) {
            for (String suffix : INDEX_SUFFIXES) {
                long base = SegmentFiles.offsetOf(file.getFileName().toString(), suffix);
                if (base >= 0 && !bases.contains(base)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static Path withoutSwap(Path swap) {
        String name = swap.getFileName().toString();
        return swap.resolveSibling(name.substring(0, name.length() - SegmentFiles.SWAP.length()));
    }

    private static void removeEndingIn(Path dir, String suffix) throws IOException {
        for (Path file : DirectoryListing.endingIn(dir, suffix)) {
            Files.deleteIfExists(file);
        }
    }
}
