package io.millrace.storage.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Changes of the file system that are on disk, or have not happened, whatever moment the power fails. */
public final class DurableFiles {
    /** Ends the name of a file that is still being written; worthless at a start. */
    public static final String TEMPORARY = ".tmp";

    private DurableFiles() {}

    /**
     * Replaces a file as a whole: written beside it, synced, renamed over it, directory synced.
     *
     * @throws DiskFullException if there is no room; the file is what it was
     */
    public static void replace(Path path, ByteBuffer content) throws IOException {
        Path temporary = SegmentFiles.withSuffix(path, TEMPORARY);
        try {
            writeAndSync(temporary, content);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw DiskFullException.orSame(e);
        }
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(path.toAbsolutePath().getParent());
    }

    private static void writeAndSync(Path temporary, ByteBuffer content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
    }

    /** Makes names created, renamed and removed in a directory durable. */
    public static void syncDirectory(Path dir) throws IOException {
        try (FileChannel channel = FileChannel.open(dir, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
