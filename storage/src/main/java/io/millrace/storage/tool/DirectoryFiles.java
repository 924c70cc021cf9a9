package io.millrace.storage.tool;

import io.millrace.storage.file.SegmentFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The segment files below a directory, in order. */
final class DirectoryFiles {
    private static final List<String> SUFFIXES = List.of(
            SegmentFiles.LOG,
            SegmentFiles.OFFSET_INDEX,
            SegmentFiles.TIME_INDEX,
            SegmentFiles.TXN_INDEX,
            SegmentFiles.PRODUCER_SNAPSHOT);

    private DirectoryFiles() {}

    static List<Path> of(Path dir) {
        try (Stream<Path> paths = Files.walk(dir, 2)) {
            return paths.filter(DirectoryFiles::isSegmentFile).sorted().toList();
        } catch (IOException e) {
            throw new IllegalArgumentException("The directory " + dir + " cannot be listed: " + reason(e), e);
        } catch (UncheckedIOException e) {
            // From the middle of the walk.
            throw new IllegalArgumentException(
                    "The directory " + dir + " cannot be listed: " + reason(e.getCause()), e);
        }
    }

    /** What is in the way of reading, for people. */
    static String reason(IOException e) {
        if (e instanceof NoSuchFileException missing) {
            return "there is no " + missing.getFile();
        }
        if (e instanceof AccessDeniedException denied) {
            return "this user may not read " + denied.getFile();
        }
        return String.valueOf(e.getMessage());
    }

    static boolean isSegmentFile(Path path) {
        String name = String.valueOf(path.getFileName());
        return SUFFIXES.stream().anyMatch(suffix -> SegmentFiles.offsetOf(name, suffix) >= 0);
    }

    /** The offset in the name of a file, whatever its suffix. */
    static long baseOffset(Path path) {
        String name = path.getFileName().toString();
        int dot = name.indexOf('.');
        long offset = dot < 0 ? -1 : SegmentFiles.offsetOf(name, name.substring(dot));
        if (offset < 0) {
            throw new IllegalArgumentException(path + " is not named after an offset of 20 digits");
        }
        return offset;
    }

    /** Whether no segment comes after the one that a file belongs to. */
    static boolean isLast(Path path) throws IOException {
        long offset = baseOffset(path);
        try (Stream<Path> siblings = Files.list(path.toAbsolutePath().getParent())) {
            return siblings.allMatch(
                    other -> SegmentFiles.offsetOf(other.getFileName().toString(), SegmentFiles.LOG) <= offset);
        }
    }

    /** The log file of the segment that a file belongs to. */
    static Path logOf(Path path) {
        return SegmentFiles.path(path.toAbsolutePath().getParent(), baseOffset(path), SegmentFiles.LOG);
    }
}
